"""``chcloud omnistrate api``: any request of Omnistrate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.api_command import api_command
from clickhouse_cloud_async.cli.api_options import ByPath

from .account import load_client

if TYPE_CHECKING:
    from collections.abc import Callable

api: Callable[..., None] = api_command(
    ByPath(
        load_client,
        "clickhouse_cloud_async.apis.omnistrate.operations",
        "/2022-09-01-00",
        examples="All services: chcloud omnistrate api GET service.",
    )
)
