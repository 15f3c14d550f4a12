"""``chcloud contract``: a specification beside the contract that this version was made from."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from .exit_codes import ExitCode
from .output import complain, note, print_lines, show_json, show_table, stdout

if TYPE_CHECKING:
    from clickhouse_cloud_async.codegen.diff import Change, Difference

    from .output import Fields


class DiffOutput(StrEnum):
    """How differences are printed."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


_COLUMNS: Fields[Change] = {
    "change": lambda change: change.action,
    "what": lambda change: change.kind,
    "where": lambda change: change.place,
    "before": lambda change: change.before,
    "after": lambda change: change.after,
}


def contract_commands(api: str) -> typer.Typer:
    """Make the commands about the contract of an API.

    Args:
        api: Name of the API's folder.
    """
    app = typer.Typer(no_args_is_help=True, help="Compare the API's contract with a specification.")

    @app.callback()
    def _group() -> None:
        # With one command and no callback, typer would take the group for the command.
        pass

    @app.command("diff")
    def diff(
        spec: Annotated[
            Path, typer.Argument(metavar="SPEC", help="OpenAPI 3.0 or 3.1 document, JSON or YAML.")
        ],
        output: Annotated[
            DiffOutput, typer.Option("--output", "-o", help="How differences are printed.")
        ] = DiffOutput.TABLE,
    ) -> None:
        """Compare a specification with the contract that this version was made from.

        Prints each operation, parameter, field, word, bound and so on that the specification adds,
        removes or changes. Texts are not compared. The exit code is 3 if there is a difference, 0
        if there is none, and 1 if the specification cannot be read.
        """
        _show(_difference(api, spec), output)

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
        complain(str(error))
        raise typer.Exit(ExitCode.FAILED) from None


def _show(found: Difference, output: DiffOutput) -> None:
    if output is DiffOutput.JSON:
        show_json([_as_json(change) for change in found.changes])
    elif output is DiffOutput.MARKDOWN:
        print_lines(stdout(), _markdown(found))
    elif found.changes:
        show_table(found.changes, _COLUMNS)
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


def _markdown(found: Difference) -> str:
    rows = [
        f"| {change.action} | {change.kind} | {_code(change.place)} |"
        f" {_code(change.before)} | {_code(change.after)} |"
        for change in found.changes
    ]
    head = "| Change | What | Where | Before | After |"
    return "\n".join((head, "| --- | --- | --- | --- | --- |", *rows))


def _code(text: str | None) -> str:
    """A cell of a table; what would end it is escaped."""
    return "" if text is None else f"`{text.replace('`', chr(39)).replace('|', chr(92) + '|')}`"
