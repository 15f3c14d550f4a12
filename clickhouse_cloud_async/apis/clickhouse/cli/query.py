"""``chcloud query``: SQL through the query endpoint of a service."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from clickhouse_cloud_async.cli.options import Options, Output, with_options

from .query_options import QueryOptions  # noqa: TC001 - typer reads annotations

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMATS: Mapping[Output, str] = {
    Output.TABLE: "PrettyCompact",
    Output.JSON: "JSON",
    Output.JSONL: "JSONEachRow",
    Output.CSV: "CSVWithNames",
    Output.MARKDOWN: "Markdown",
}
"""ClickHouse's formats for the output formats of the program."""


@with_options
def query(
    options: Options,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="ID or name of the service.")],
    sql: Annotated[
        str | None, typer.Argument(metavar="SQL", help="The query, unless --file is given.")
    ] = None,
    *,
    asked: QueryOptions,
) -> None:
    """Run SQL on a service without a driver or a password, and print the result as it arrives.

    The query endpoint of the service has to allow the key: set it up with query-endpoints set, or
    pass --temporary-key. Queries run with the roles of the endpoint. --timeout limits the time
    until the result begins, 900 seconds by default.

    chcloud query analytics "SELECT city, count() FROM visits GROUP BY city"

    chcloud query analytics --file report.sql --param day=2026-01-31 --format CSVWithNames
    """
    from clickhouse_cloud_async.cli.commands.values import read_content

    from .query_run import run_query

    if (sql is None) == (asked.file is None):
        raise typer.BadParameter("pass the query as SQL or with --file", param_hint="SQL")
    if options.columns or options.sort or options.query or options.limit is not None:
        raise typer.BadParameter("filter in the query instead", param_hint="--query")
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
            f"ClickHouse has no format for {options.output}: pass --format", param_hint="--output"
        )
    return _FORMATS[options.output]
