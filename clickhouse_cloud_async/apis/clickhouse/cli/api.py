"""``chcloud api``: any request of ClickHouse Cloud."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.api_command import api_command
from clickhouse_cloud_async.cli.api_options import ByPath

from .account import load_client

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async import AsyncClickHouseCloud

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_EXAMPLES = (
    "You can give a service by name instead of its ID: chcloud api GET services/etl/backups.\n\n"
    "chcloud api PATCH services/etl/state -f command=stop"
)


async def _with_id(cloud: AsyncClickHouseCloud, path: str) -> str:
    """Replace the name of a service in a path by its id."""
    first, *rest = path.split("/")
    if first != "services" or not rest or not rest[0] or _UUID.fullmatch(rest[0]):
        return path
    service = await cloud.services.get_by_name(rest[0])
    return "/".join([first, service.id, *rest[1:]])


api: Callable[..., None] = api_command(
    ByPath(
        load_client,
        "clickhouse_cloud_async.apis.clickhouse.operations",
        "/v1/organizations/{organizationId}",
        _with_id,
        _EXAMPLES,
    )
)
