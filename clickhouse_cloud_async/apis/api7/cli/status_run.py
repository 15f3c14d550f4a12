"""The requests behind ``chcloud api7 status``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.api7.client import AsyncAPI7Cloud
from clickhouse_cloud_async.cli.connection import connect

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.models import ControlPlane
    from clickhouse_cloud_async.cli.options import Options

_AT_ONCE = 10
"""Maximum number of applications whose APIs are listed concurrently."""


async def rows_of(options: Options) -> list[dict[str, Any]]:
    """Return a row for each control plane.

    Args:
        options: How to reach the API and how to print.
    """
    async with connect(AsyncAPI7Cloud, options) as cloud:
        planes = await cloud.control_planes.list()
        return [await _row(cloud, plane) for plane in planes]


async def _row(cloud: AsyncAPI7Cloud, plane: ControlPlane) -> dict[str, Any]:
    applications = await cloud.applications.list(control_plane_id=plane.id)
    gateways = await cloud.gateway_instances.list(control_plane_id=plane.id)
    slots = asyncio.Semaphore(_AT_ONCE)

    async def count(app_id: str) -> int:
        async with slots:
            return len(await cloud.apis.list(app_id))

    counts = await asyncio.gather(*(count(application.id) for application in applications))
    return {
        "name": plane.name,
        "id": plane.id,
        "status": getattr(plane.status, "name", str(plane.status)).lower(),
        "applications": len(applications),
        "published": sum(application.active == 0 for application in applications),
        "apis": sum(counts),
        "gateways": len(gateways),
        "healthy": sum(gateway.status == "Healthy" for gateway in gateways),
    }
