"""``chcloud contract``: a specification beside the contract that this version was made from."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from .exit_codes import ExitCode
from .failures import CommandError
from .options import Options, Output, with_options
from .output import note
from .results import show

if TYPE_CHECKING:
    from clickhouse_cloud_async.codegen.diff import Change, Difference

    from .output import Fields


_COLUMNS: Fields[Change] = {
    "change": lambda change: change.action,
    "what": lambda change: change.kind,
    "where": lambda change: change.place,
    "before": lambda change: change.before,
    "after": lambda change: change.after,
}


def contract_commands(api: str) -> typer.Typer:
    """Create the commands about the contract of an API.

    Args:
        api: Name of the API's folder.
    """
    app = typer.Typer(no_args_is_help=True, help="Compare the API's contract with a specification.")

    @app.callback()
    def _group() -> None:
        # With one command and no callback, typer would merge the group with the command.
        pass

    @app.command("diff")
    @with_options
    def diff(
        options: Options,
        spec: Annotated[
            Path, typer.Argument(metavar="SPEC", help="OpenAPI 3.0 or 3.1 document, JSON or YAML.")
        ],
    ) -> None:
        """Compare a specification with the contract of this version.

        Prints each operation, parameter, field, word, bound and so on that the specification adds,
        removes or changes. Texts are not compared. The exit code is 3 if there is a difference, 0
        if there is none, and 1 if the specification cannot be read.
        """
        _show(options, _difference(api, spec))

    return app


def _difference(api: str, spec: Path) -> Difference:
    from clickhouse_cloud_async.codegen.diff import difference
    from clickhouse_cloud_async.codegen.importer import (
        SpecificationError,
        import_document,
        read_document,
    )
    from clickhouse_cloud_async.core.contract import load_contract

    present = load_contract(api).facts
    try:
        return difference(import_document(read_document(spec), present), present)
    except SpecificationError as error:
        raise CommandError(str(error)) from None


def _show(options: Options, found: Difference) -> None:
    if found.changes or options.format is not Output.TABLE:
        show(options, list(found.changes), _COLUMNS, document=_as_json)
    note(found.summary() if found.changes else "no differences")
    if found.changes:
        raise typer.Exit(ExitCode.CHANGES)


def _as_json(change: Change) -> dict[str, object]:
    return {
        "change": change.action,
        "what": change.kind,
        "where": change.place,
        "before": change.before,
        "after": change.after,
    }
