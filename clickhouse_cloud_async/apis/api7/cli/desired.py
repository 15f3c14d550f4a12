"""The settings of API7 Cloud for the commands of desired state."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.desired.about import DesiredOf

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from clickhouse_cloud_async.apis.api7.resources.desired_state import AsyncDesiredState
    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.desired.engine import Engine


def _load_engine() -> Engine:
    from clickhouse_cloud_async.apis.api7.resources.kinds import ENGINE

    return ENGINE


@asynccontextmanager
async def _open(options: Options) -> AsyncGenerator[AsyncDesiredState]:
    from clickhouse_cloud_async.apis.api7.client import AsyncAPI7Cloud
    from clickhouse_cloud_async.apis.api7.resources.desired_state import AsyncDesiredState
    from clickhouse_cloud_async.cli.connection import connect_profile

    profile = options.single_profile
    client = connect_profile(AsyncAPI7Cloud, options, profile, timeout=None, shows_progress=True)
    async with client as cloud:
        yield AsyncDesiredState(cloud)


DESIRED = DesiredOf(_load_engine, _open, "applications")
