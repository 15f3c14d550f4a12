"""The options of ``chcloud query``."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import typer


class QueryOptions(NamedTuple):
    """Options of a query.

    Attributes:
        file: File with the query; None if the command line contains it.
        param: Values of its parameters, as ``NAME=VALUE``.
        format: Format of its result; None for the one that matches the output.
        database: Database in which it runs; None for the default one.
        wake: Whether to wake an idle service.
        temporary_key: Whether to create a temporary key for it.
        query_url: URL of the query service; None for the one that belongs to the API.
        dry_run: Whether to print the first request that is not a read instead of sending it.
    """

    file: Annotated[
        str | None,
        typer.Option("--file", "-f", help="File with the query; - for standard input."),
    ] = None
    param: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Value of a parameter of the query, written as {NAME:Type}. Repeatable.",
        ),
    ] = None
    format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            help="Any ClickHouse format; by default the one that corresponds to --output, else"
            " PrettyCompact on a terminal and TabSeparated elsewhere.",
        ),
    ] = None
    database: Annotated[str | None, typer.Option(help="Database in which the query runs.")] = None
    wake: Annotated[bool, typer.Option(help="Wake the service if it is idle.")] = True
    temporary_key: Annotated[
        bool,
        typer.Option(
            "--temporary-key",
            help="Create an API key that can only read from the service, and remove it afterwards.",
        ),
    ] = False
    query_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="URL of the query service; by default that of the API."),
    ] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")
    ] = False
