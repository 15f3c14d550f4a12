"""The requests behind ``chcloud api7 status``."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import typer

from clickhouse_cloud_async import HTTPOptions
from clickhouse_cloud_async.apis.api7.client import AsyncAPI7Cloud
from clickhouse_cloud_async.core.client import DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.models import ControlPlane
    from clickhouse_cloud_async.cli.options import Options

_AT_ONCE = 10
"""How many applications' APIs are listed at once."""


async def rows_of(options: Options) -> list[dict[str, Any]]:
    """Return a row for each control plane.

    Args:
        options: What the command line gave.
    """
    async with _connect(options) as cloud:
        planes = await cloud.control_planes.list()
        return [await _row(cloud, plane) for plane in planes]


def _connect(options: Options) -> AsyncAPI7Cloud:
    if options.profile and len(options.profile) > 1:
        raise typer.BadParameter("this takes one profile")
    for name in options.profile or ():
        # What stands in the environment belongs to another token than that of the profile.
        for setting in ("TOKEN", "ACCESS_TOKEN", "ORGANIZATION_ID", "CONTROL_PLANE_ID"):
            os.environ.pop(f"API7_CLOUD_{setting}", None)
        for setting in ("URL", "ADDR"):
            os.environ.pop(f"API7_CLOUD_{setting}", None)
        os.environ["API7_CLOUD_PROFILE"] = name
    return AsyncAPI7Cloud(
        organization_id=options.organization,
        base_url=options.url,
        timeout=DEFAULT_TIMEOUT if options.timeout is None else options.timeout,
        http=HTTPOptions(trust_env=True),
    )


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
