"""Wait for many services with one task each, and count the polling requests."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from .cloud import in_state, open_client, open_cloud

if TYPE_CHECKING:
    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.models import Service


async def waiting(services: int) -> dict[str, float]:
    """Start services, and wait until each of them runs."""
    looks = Counter[str]()

    async def wait(cloud: AsyncClickHouseCloud, service: Service) -> None:
        await cloud.services.wait_until(
            service.id, "running", on_progress=lambda _: looks.update((service.id,))
        )

    async with (
        open_cloud(in_state("starting", services)) as emulator,
        open_client(emulator) as cloud,
    ):
        every = await cloud.services.list()
        before = len(emulator.requests)
        async with asyncio.TaskGroup() as group:
            for service in every:
                group.create_task(wait(cloud, service))
        polls = len(emulator.requests) - before
    return {"requests": polls, "rounds": max(looks.values())}
