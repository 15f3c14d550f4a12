"""``chcloud api7 api``: any request of API7 Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.api_command import api_command
from clickhouse_cloud_async.cli.api_options import ByPath

from .account import load_client

if TYPE_CHECKING:
    from collections.abc import Callable

_EXAMPLES = (
    "{id} stands for the organisation and {control_plane_id} for the control plane:"
    " chcloud api7 api GET 'controlplanes/{control_plane_id}/apps'."
)


api: Callable[..., None] = api_command(
    ByPath(
        load_client,
        "clickhouse_cloud_async.apis.api7.operations",
        "/api/v1",
        examples=_EXAMPLES,
    )
)
