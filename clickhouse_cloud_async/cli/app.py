"""The command line as a whole: its commands, and how failures become exit codes."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from clickhouse_cloud_async._version import __version__

from . import demo, emulator, fleet, organizations, services
from .exit_codes import ExitCode, code_of
from .options import Options, with_options
from .output import complain

_HELP = (
    "Drive ClickHouse Cloud from the command line."
    "\n\nCredentials come from CLICKHOUSE_CLOUD_API_KEY and CLICKHOUSE_CLOUD_API_SECRET (or"
    " CLICKHOUSE_CLOUD_TOKEN), or from a profile; never from the command line, where other users"
    " of the machine could see them."
)
_EXIT_CODES = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the plan has changes, 4 credentials or"
    " configuration, 5 not found, 6 conflict, 7 rate limit or time limit, 8 outcome unknown,"
    " 9 nothing matched, 130 interrupted."
)


class _Commands(TyperGroup):
    def invoke(self, ctx: Any) -> Any:  # its type is private to typer
        from clickhouse_cloud_async.core.errors import CloudError

        try:
            return super().invoke(ctx)
        except CloudError as error:
            complain(str(error))
            raise typer.Exit(code_of(error)) from None
        except KeyboardInterrupt:
            raise typer.Exit(ExitCode.INTERRUPTED) from None


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - called by typer
    if wanted:
        typer.echo(f"chcloud {__version__}")
        raise typer.Exit


app: typer.Typer = typer.Typer(
    cls=_Commands,
    help=_HELP,
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(emulator.emulator)
app.add_typer(services.app, name="services")
app.add_typer(fleet.app, name="fleet")
app.add_typer(organizations.app, name="organizations")


@app.callback()
@with_options
def _root(
    _options: Options,
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Take the options that stand before the command's name."""
