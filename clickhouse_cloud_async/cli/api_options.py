"""Options of the command ``api``, and its settings for an API."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clickhouse_cloud_async.core.client import AsyncAPIClient


class ByPath(NamedTuple):
    """The settings of an API for the command.

    Attributes:
        load: Returns the class of its clients.
        operations: The package of its operations, which describe the paging of lists.
        base: The path that paths without a slash in front are below.
        complete: Replaces names of resources in such a path by their IDs; None if there are none.
        examples: Lines for the end of the help.
    """

    load: Callable[[], type[AsyncAPIClient]]
    operations: str
    base: str
    complete: Callable[[Any, str], Awaitable[str]] | None = None
    examples: str = ""


class Content(NamedTuple):
    """Options for the query or the body of a request.

    Attributes:
        field: Fields with texts.
        json_field: Fields with JSON values.
        input: File with the body.
        paginate: Whether all pages of a list are read.
    """

    field: Annotated[
        list[str] | None,
        typer.Option(
            "--field",
            "-f",
            metavar="KEY=VALUE",
            help="Text field of the body; of the query for GET, HEAD and DELETE. Repeatable.",
        ),
    ] = None
    json_field: Annotated[
        list[str] | None,
        typer.Option(
            "--json-field",
            "-F",
            metavar="KEY:=JSON",
            help="The same with a JSON value, such as -F numReplicas:=3. Repeatable.",
        ),
    ] = None
    input: Annotated[
        Path | None,
        typer.Option(
            "--input",
            metavar="FILE",
            help="Body in JSON or YAML; - for standard input. Fields override it.",
        ),
    ] = None
    paginate: Annotated[
        bool, typer.Option("--paginate", help="Print the items of all pages of a list.")
    ] = False
