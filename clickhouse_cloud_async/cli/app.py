"""The command line as a whole: the commands of all APIs, and how failures become exit codes."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from clickhouse_cloud_async import apis
from clickhouse_cloud_async._version import __version__

from .exit_codes import ExitCode, code_of
from .options import Options, with_options
from .output import complain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_EXIT_CODES = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 there are differences, 4 credentials or"
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


def make_app() -> typer.Typer:
    """Make the program of the commands that each API adds."""
    trees = list(_command_trees())
    app = typer.Typer(
        cls=_Commands,
        help="\n\n".join(tree.HELP for tree in trees),
        epilog=_EXIT_CODES,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    for tree in trees:
        tree.add_commands(app)
    return app


def _command_trees() -> Iterator[ModuleType]:
    """The module of each API that has its help and adds its commands."""
    for found in pkgutil.iter_modules(apis.__path__, f"{apis.__name__}."):
        name = f"{found.name}.cli"
        if find_spec(name) is not None:
            yield import_module(name)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - called by typer
    if wanted:
        typer.echo(f"chcloud {__version__}")
        raise typer.Exit


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
