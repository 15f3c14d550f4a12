"""The commands of desired state, for any API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clickhouse_cloud_async.cli.completion import complete_kinds
from clickhouse_cloud_async.cli.options import Options, with_options

from .options import (  # typer reads annotations
    Applying,  # noqa: TC001
    Exporting,  # noqa: TC001
    Planning,  # noqa: TC001
    Pricing,  # noqa: TC001
    Showing,  # noqa: TC001
)
from .texts import HELPS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clickhouse_cloud_async.desired.verbs import AsyncDesiredVerbs

    from .about import DesiredOf

    _Act = Callable[[AsyncDesiredVerbs], Awaitable[str]]

_Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...", exists=True, help="YAML files that describe resources, or folders."
    ),
]
_Fleet = Annotated[str, typer.Argument(metavar="FLEET", help="Name of the fleet.")]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="Name or ID of the resource.")]
_Kind = Annotated[
    str | None,
    typer.Option(metavar="KIND", help="Kind of the resource.", autocompletion=complete_kinds),
]


def add_desired_commands(app: typer.Typer, about: DesiredOf) -> None:
    """Add the commands to a group.

    Args:
        app: The group.
        about: The API.
    """
    _add_plan(app, about)
    _add_changes(app, about)
    _add_views(app, about)
    _add_actions_on_one(app, about)


def _add_plan(app: typer.Typer, about: DesiredOf) -> None:
    @with_options
    def plan(options: Options, files: _Files, planning: Planning, showing: Showing) -> None:
        from .plan import show_plan

        show_plan(about, options, files, planning, showing)

    @with_options
    def plan_with_prices(
        options: Options, files: _Files, planning: Planning, showing: Showing, pricing: Pricing
    ) -> None:
        from .plan import show_plan

        show_plan(about, options, files, planning, showing, pricing.prices)

    _add(app, "plan", plan_with_prices if about.has_prices else plan)


def _add_changes(app: typer.Typer, about: DesiredOf) -> None:
    @with_options
    def apply(options: Options, files: _Files, planning: Planning, applying: Applying) -> None:
        from .apply import apply_description

        apply_description(about, options, files, planning, applying)

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
            bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")
        ] = False,
    ) -> None:
        from .apply import destroy_description

        destroy_description(about, options, files, confirm=confirm, yes=yes)

    _add(app, "apply", apply)
    nothing = "Nothing is sent if the number of resources to delete differs from the confirmed one."
    _add(app, "destroy", destroy, nothing)


def _add_views(app: typer.Typer, about: DesiredOf) -> None:
    @with_options
    def drift(
        options: Options,
        files: _Files,
        planning: Planning,
        *,
        watch: Annotated[
            bool, typer.Option("--watch", help="Compare repeatedly, and print new differences.")
        ] = False,
        every: Annotated[
            float, typer.Option(metavar="SECONDS", help="Interval of --watch.")
        ] = 300.0,
    ) -> None:
        from .drift import show_drift, watch_drift

        if watch:
            watch_drift(about, options, files, planning, every=every)
        else:
            show_drift(about, options, files, planning)

    @with_options
    def export(options: Options, fleet: _Fleet, exporting: Exporting) -> None:
        from .export import export_fleet

        export_fleet(about, options, fleet, exporting)

    def schema() -> None:
        from clickhouse_cloud_async.cli.output import show_json

        show_json(about.load_engine().schema())

    _add(app, "drift", drift)
    _add(app, "export", export)
    _add(app, "schema", schema)


def _add_actions_on_one(app: typer.Typer, about: DesiredOf) -> None:
    def run(
        options: Options, act: Callable[[AsyncDesiredVerbs], Awaitable[str]], text: str
    ) -> None:
        from .single import act_on_one

        act_on_one(about, options, act, text)

    @with_options
    def adopt(options: Options, fleet: _Fleet, name: _Name, kind: _Kind = None) -> None:
        run(
            options, lambda verbs: verbs.adopt(fleet, name, kind=kind), f"{name} is part of {fleet}"
        )

    @with_options
    def forget(options: Options, name: _Name, kind: _Kind = None) -> None:
        run(options, lambda verbs: verbs.forget(name, kind=kind), f"{name} is not part of a fleet")

    @with_options
    def rename(
        options: Options,
        name: _Name,
        new_name: Annotated[str, typer.Argument(metavar="NEW_NAME", help="New name.")],
        kind: _Kind = None,
    ) -> None:
        run(
            options,
            lambda verbs: verbs.rename(name, new_name, kind=kind),
            f"{name} is renamed to {new_name}: change the name in the files, too",
        )

    main = f"The resource is one of the {about.main_kind}, unless --kind names another kind."
    _add(app, "adopt", adopt, main)
    _add(app, "forget", forget, main)
    _add(app, "rename", rename, main)


def _add(app: typer.Typer, name: str, command: Callable[..., None], more: str = "") -> None:
    app.command(name, help="\n\n".join(filter(None, (HELPS[name], more))))(command)
