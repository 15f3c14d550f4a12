"""``chcloud api7 api``: any request of API7 Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.api_command import api_command
from clickhouse_cloud_async.cli.api_options import ByPath

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async.apis.api7.client import AsyncAPI7Cloud

_EXAMPLES = (
    "{id} stands for the organisation and {control_plane_id} for the control plane:"
    " chcloud api7 api GET 'controlplanes/{control_plane_id}/apps'."
)


def _load() -> type[AsyncAPI7Cloud]:
    from clickhouse_cloud_async.apis.api7.client import AsyncAPI7Cloud

    return AsyncAPI7Cloud


api: Callable[..., None] = api_command(
    ByPath(
        _load,
        "clickhouse_cloud_async.apis.api7.operations",
        "/api/v1",
        examples=_EXAMPLES,
    )
)
