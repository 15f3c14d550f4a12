"""``chcloud fleet``: many services at once."""

from __future__ import annotations

from typing import Annotated

import typer

from clickhouse_cloud_async.cli.options import Options, with_options

from .fleet_options import (  # typer reads annotations
    AllowEmpty,  # noqa: TC001
    Scaling,  # noqa: TC001
    Selectors,  # noqa: TC001
    Steering,  # noqa: TC001
)

app: typer.Typer = typer.Typer(
    no_args_is_help=True,
    help="List, start, stop, scale, watch and delete many services, or apply a description.",
)


@app.command()
@with_options
def status(options: Options, selectors: Selectors, *, allow_empty: AllowEmpty = False) -> None:
    """List services and count their states."""
    from .fleet_status import show_status

    show_status(options, selectors, allow_empty=allow_empty)


@app.command()
@with_options
def start(options: Options, selectors: Selectors, steering: Steering) -> None:
    """Start stopped services; idle ones count as started."""
    _act(options, selectors, steering, "start")


@app.command()
@with_options
def stop(options: Options, selectors: Selectors, steering: Steering) -> None:
    """Stop running and idle services."""
    _act(options, selectors, steering, "stop")


@app.command()
@with_options
def wake(options: Options, selectors: Selectors, steering: Steering) -> None:
    """Wake idle services; stopped ones stay stopped."""
    _act(options, selectors, steering, "wake")


@app.command()
@with_options
def watch(
    options: Options,
    selectors: Selectors,
    every: Annotated[float, typer.Option(metavar="SECONDS", help="Polling interval.")] = 10.0,
    *,
    initial: Annotated[
        bool, typer.Option("--initial", help="Print the services of the first poll, too.")
    ] = False,
) -> None:
    """Print events of services, until Ctrl-C or for --timeout seconds."""
    from .fleet_watch import watch_fleet

    watch_fleet(options, selectors, every=every, initial=initial)


@app.command()
@with_options
def restart(options: Options, selectors: Selectors, steering: Steering) -> None:
    """Stop running and idle services, and start them again; stopped ones stay stopped."""
    _act(options, selectors, steering, "restart")


@app.command()
@with_options
def scale(options: Options, scaling: Scaling, selectors: Selectors, steering: Steering) -> None:
    """Change how services scale: memory per replica, number of replicas, idling."""
    if not scaling.fields:
        raise typer.BadParameter(
            "no changes given: pass at least one setting, such as --num-replicas 3"
        )
    _act(options, selectors, steering, "scale", **scaling.fields)


@app.command()
@with_options
def delete(
    options: Options,
    selectors: Selectors,
    steering: Steering,
    *,
    confirm: Annotated[
        int | None,
        typer.Option(
            metavar="COUNT", help="Number of services to delete; prompted for if omitted."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete services; those that run are stopped first.

    Nothing is sent if the number of matching services differs from the confirmed one.
    """
    from .fleet_deletion import ask_how_many, how_many

    _check_meaning(selectors, steering)
    if confirm is None and not steering.dry_run:
        count = how_many if yes else ask_how_many
        confirm = count(options, selectors)
    _act(options, selectors, steering, "delete", confirm=confirm)


def _act(
    options: Options, selectors: Selectors, steering: Steering, action: str, **arguments: object
) -> None:
    from .fleet_action import run_action

    _check_meaning(selectors, steering)
    run_action(options, selectors, steering, action, **arguments)


def _check_meaning(selectors: Selectors, steering: Steering) -> None:
    if not (selectors.criteria or steering.all):
        raise typer.BadParameter(
            "no services selected: pass --tag, --name, --region, --provider or --state,"
            " or --all for every service"
        )
