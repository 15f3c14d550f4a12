"""``chcloud fleet``: fleets as files describe them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clickhouse_cloud_async.cli.options import Options, with_options

from .fleet import app
from .fleet_options import (  # typer reads annotations
    Applying,  # noqa: TC001
    Exporting,  # noqa: TC001
    Planning,  # noqa: TC001
    Showing,  # noqa: TC001
)

__all__ = ["app"]

_Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...", exists=True, help="YAML files that describe the fleet, or folders."
    ),
]
_Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of the fleet.")]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="Name or ID of the resource.")]
_Kind = Annotated[str, typer.Option(metavar="KIND", help="Kind of the resource.")]


@app.command()
@with_options
def plan(options: Options, files: _Files, planning: Planning, showing: Showing) -> None:
    """Show what `apply` would change to match files."""
    from .fleet_plan import show_plan

    show_plan(options, files, planning, showing)


@app.command()
@with_options
def apply(options: Options, files: _Files, planning: Planning, applying: Applying) -> None:
    """Change resources to match files; shows the plan and asks first."""
    from .fleet_plan import apply_description

    apply_description(options, files, planning, applying)


@app.command()
@with_options
def drift(
    options: Options,
    files: _Files,
    planning: Planning,
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again and again, and print what has changed.")
    ] = False,
    every: Annotated[float, typer.Option(metavar="SECONDS", help="Interval of --watch.")] = 300.0,
) -> None:
    """Show where resources differ from files; exit with 3 where any does."""
    from .fleet_drift import show_drift, watch_drift

    if watch:
        watch_drift(options, files, planning, every=every)
    else:
        show_drift(options, files, planning)


@app.command()
@with_options
def destroy(
    options: Options,
    files: _Files,
    *,
    confirm: Annotated[
        int | None,
        typer.Option(
            metavar="COUNT", help="Number of resources to delete; prompted for if omitted."
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask, however many resources there are.")
    ] = False,
) -> None:
    """Delete all resources that files describe.

    If another number of resources would be deleted than was confirmed, nothing is sent.
    """
    from .fleet_plan import destroy_description

    destroy_description(options, files, confirm=confirm, yes=yes)


@app.command()
@with_options
def export(options: Options, fleet: _Fleet, exporting: Exporting) -> None:
    """Print a description of what there is, as YAML."""
    from .fleet_export import export_fleet

    export_fleet(options, fleet, exporting)


@app.command("from-terraform")
@with_options
def from_terraform(
    options: Options,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="STATE...",
            help="Files that `terraform show -json` has written; - for standard input.",
        ),
    ],
    fleet: Annotated[
        str, typer.Option(metavar="NAME", help="Name of the fleet in the document.")
    ] = "terraform",
    clickstack_service: Annotated[
        str | None,
        typer.Option(
            metavar="SERVICE",
            help="Name or id of the service whose ClickStack is managed, which no state tells.",
        ),
    ] = None,
) -> None:
    """Print the description of what Terraform manages, as YAML.

    Secrets are not in it: references to environment variables stand in their place. What it cannot
    carry is listed beside it, on stderr. Nothing is sent.
    """
    from .fleet_terraform import convert_states

    convert_states(options, files, fleet, clickstack_service)


@app.command()
@with_options
def adopt(
    options: Options,
    fleet: _Fleet,
    name: _Name,
    kind: _Kind = "services",
) -> None:
    """Make a resource that was made elsewhere a part of a fleet."""
    from .fleet_single import act_on_one

    act_on_one(options, lambda all_: all_.adopt(fleet, name, kind=kind), f"{name} is in {fleet}")


@app.command()
@with_options
def forget(
    options: Options,
    name: _Name,
    kind: _Kind = "services",
) -> None:
    """Let a resource be a part of no fleet; it stays as it is."""
    from .fleet_single import act_on_one

    act_on_one(options, lambda all_: all_.forget(name, kind=kind), f"{name} is in no fleet")


@app.command()
@with_options
def rename(
    options: Options,
    name: _Name,
    new_name: Annotated[str, typer.Argument(metavar="NEW_NAME", help="Its new name.")],
    kind: _Kind = "services",
) -> None:
    """Give a resource another name, under which it keeps its ID and contents."""
    from .fleet_single import act_on_one

    act_on_one(
        options,
        lambda all_: all_.rename(name, new_name, kind=kind),
        f"{name} is called {new_name}: change its name in the files, too",
    )


@app.command()
def schema() -> None:
    """Print the JSON Schema of the files, for editors."""
    from clickhouse_cloud_async.cli.output import show_json
    from clickhouse_cloud_async.fleet import DesiredFleet

    show_json(DesiredFleet.schema())


@app.command()
def prices() -> None:
    """Print an example of a file for --prices, with invented prices."""
    from clickhouse_cloud_async.apis.clickhouse.resources.prices import EXAMPLE_PRICES

    typer.echo(EXAMPLE_PRICES, nl=False)
