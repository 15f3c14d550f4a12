"""``chcloud api7 status``: control planes, applications, APIs and gateways at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.cli.options import Options, with_options

if TYPE_CHECKING:
    from clickhouse_cloud_async.cli.output import Fields

_COLUMNS: Fields[dict[str, Any]] = {
    "control plane": lambda row: row["name"],
    "id": lambda row: row["id"],
    "status": lambda row: row["status"],
    "applications": lambda row: row["applications"],
    "published": lambda row: row["published"],
    "APIs": lambda row: row["apis"],
    "gateways": lambda row: row["gateways"],
    "healthy": lambda row: row["healthy"],
}


@with_options
def status(options: Options) -> None:
    """Show the control planes of the organisation with their applications, APIs and gateways."""
    import asyncio

    from clickhouse_cloud_async.cli.results import show

    from .status_run import rows_of

    show(options, asyncio.run(rows_of(options)), _COLUMNS)
