"""The whole command line: the commands of all APIs, and the exit codes of failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperOption

from clickhouse_cloud_async._version import __version__

from .failures import report
from .lazy import LazyGroup
from .options import Options, with_options
from .trees import command_trees

if TYPE_CHECKING:
    from collections.abc import Sequence

_EPILOG = (
    "Options of all commands, such as --profile and --output, can precede or follow the command;"
    " the help of each command lists them."
    "\n\n"
    "Exit codes: 0 success, 1 failure, 2 usage error, 3 differences found, 4 credentials or"
    " configuration, 5 not found, 6 conflict, 7 rate limited or timed out, 8 outcome unknown,"
    " 9 nothing matched, 130 interrupted."
)


class _Program(LazyGroup):
    """The program, with the commands of all APIs."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self._has_options = True
        for tree in command_trees():
            self.commands |= tree.commands()

    def make_context(self, info_name: Any, args: list[str], *rest: Any, **extra: Any) -> Any:
        """Record whether there are options before the command's name."""
        self._has_options = not args or args[0].startswith("-")
        return super().make_context(info_name, args, *rest, **extra)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Omit the options that all commands have: their table takes long to lay out."""
        for parameter in self.params:
            if isinstance(parameter, TyperOption) and parameter.name in Options._fields:
                parameter.hidden = True
        super().format_help(ctx, formatter)

    def get_params(self, ctx: Any) -> Any:
        """Omit options that were not given, which saves the time to check them."""
        return super().get_params(ctx) if self._has_options else []


def run(arguments: Sequence[str]) -> int:
    """Run the program and return its exit code.

    Args:
        arguments: The command line without the program's name.
    """
    try:
        code: int | None = make_app()(arguments, prog_name="chcloud", standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - what is not one of ours is raised again
        return report(error, arguments)
    return code or 0


def make_app() -> typer.Typer:
    """Create the program from the commands of each API."""
    app = typer.Typer(
        cls=_Program,
        help="\n\n".join(tree.HELP for tree in command_trees()),
        epilog=_EPILOG,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    return app


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
    """Read the options before the command's name."""
