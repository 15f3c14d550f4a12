"""``chcloud query``: SQL through the query endpoint of a service."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from clickhouse_cloud_async.cli.options import Options, Output, with_options

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMATS: Mapping[Output, str] = {
    Output.TABLE: "PrettyCompact",
    Output.JSON: "JSON",
    Output.JSONL: "JSONEachRow",
    Output.CSV: "CSVWithNames",
    Output.MARKDOWN: "Markdown",
}
"""ClickHouse's formats for those of all commands."""


class QueryOptions(NamedTuple):
    """How a query is run.

    Attributes:
        file: File with the query; None where it stands on the command line.
        param: Values of its parameters, as ``NAME=VALUE``.
        format: Format of its result; None for the one that fits the output.
        database: Database that it is run in; None for the default one.
        wake: Whether an idle service is woken.
        temporary_key: Whether a key is made for it.
        query_url: URL of the query service; None for the one that belongs to the API.
        dry_run: Whether the first request that is no read is printed and not sent.
    """

    file: Annotated[
        str | None,
        typer.Option("--file", "-f", help="File with the query; - for standard input."),
    ] = None
    param: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Value of a parameter that stands in the query as {NAME:Type}. Repeatable.",
        ),
    ] = None
    format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            help="Any format of ClickHouse; by default the one that --output names,"
            " PrettyCompact on a terminal and TabSeparated elsewhere.",
        ),
    ] = None
    database: Annotated[str | None, typer.Option(help="Database that the query is run in.")] = None
    wake: Annotated[bool, typer.Option(help="Wake the service where it is idle.")] = True
    temporary_key: Annotated[
        bool,
        typer.Option(
            "--temporary-key",
            help="Make an API key that may only query, let it read from the service, and remove it"
            " in the end.",
        ),
    ] = False
    query_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Query service; else the one that belongs to the API."),
    ] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")
    ] = False


@with_options
def query(
    options: Options,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="ID or name of the service.")],
    sql: Annotated[
        str | None, typer.Argument(metavar="SQL", help="The query; else that of --file.")
    ] = None,
    *,
    asked: QueryOptions,
) -> None:
    """Run SQL on a service, without a driver and a password, and print its result as it comes.

    The query endpoint of the service has to know the key: set it up with query-endpoints set, or
    add --temporary-key. Its roles say what a query may do. --timeout is the time until the result
    begins, 900 seconds by default.

    chcloud query analytics "SELECT city, count() FROM visits GROUP BY city"

    chcloud query analytics --file report.sql --param day=2026-01-31 --format CSVWithNames
    """
    from clickhouse_cloud_async.cli.commands.values import read_content

    from .query_run import run_query

    if (sql is None) == (asked.file is None):
        raise typer.BadParameter("give the query as SQL or with --file", param_hint="SQL")
    if options.columns or options.sort or options.query or options.limit is not None:
        raise typer.BadParameter("select in the query itself", param_hint="--query")
    text = read_content(asked.file, "--file") if sql is None and asked.file else sql
    run_query(options, service, text or "", asked._replace(format=_format_of(options, asked)))


def _format_of(options: Options, asked: QueryOptions) -> str:
    """Return the format of a result.

    Raises:
        BadParameter: ClickHouse has no format for the one of --output.
    """
    if asked.format:
        return asked.format
    if options.output is None:
        return "PrettyCompact" if sys.stdout.isatty() else "TabSeparated"
    if options.output not in _FORMATS:
        raise typer.BadParameter(
            f"ClickHouse has no format for {options.output}: give --format", param_hint="--output"
        )
    return _FORMATS[options.output]
