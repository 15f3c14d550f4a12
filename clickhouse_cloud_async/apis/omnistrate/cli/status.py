"""``chcloud omnistrate status``: the plans on offer with their instances at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.cli.options import Options, with_options

if TYPE_CHECKING:
    from clickhouse_cloud_async.cli.output import Fields

_COLUMNS: Fields[dict[str, Any]] = {
    "service": lambda row: row["service"],
    "environment": lambda row: row["environment"],
    "plan": lambda row: row["plan"],
    "version": lambda row: row["version"],
    "instances": lambda row: row["instances"],
    "running": lambda row: row["running"],
    "stopped": lambda row: row["stopped"],
    "failed": lambda row: row["failed"],
}


@with_options
def status(options: Options) -> None:
    """Show the plans with the states of their instances."""
    import asyncio

    from clickhouse_cloud_async.cli.results import show

    from .status_run import rows_of

    show(options, asyncio.run(rows_of(options)), _COLUMNS)
