"""Start stopped services and wait until all of them run: as a fleet, and individually."""

from __future__ import annotations

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp

from .cloud import in_state, open_client, open_cloud

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clickhouse_cloud_async.emulator import Emulator

POLL_SECONDS = 5.0
"""Polling interval of the individual starts."""

MARGIN = 1.0
"""Seconds that individual starts wait in addition to the wait of a 429."""


async def fleet(services: int) -> dict[str, float]:
    """Start services as one selection."""
    return await _measured(services, _as_fleet)


async def plain(services: int) -> dict[str, float]:
    """Start each service in a task of its own, which polls it and waits after each 429."""
    return await _measured(services, _one_by_one)


async def _measured(
    services: int, bring_up: Callable[[Emulator], Awaitable[None]]
) -> dict[str, float]:
    async with open_cloud(in_state("stopped", services)) as emulator:
        now = asyncio.get_running_loop().time
        began = now()
        await bring_up(emulator)
        seconds = now() - began
        statuses = Counter(request.status for request in emulator.requests)
    return {
        "requests": statuses.total(),
        "seconds": seconds,
        "refused": statuses[HTTPStatus.TOO_MANY_REQUESTS],
    }


async def _as_fleet(emulator: Emulator) -> None:
    async with open_client(emulator) as cloud:
        report = await cloud.fleet.select(state="stopped").start(wait=True)
    report.raise_for_failures()


async def _one_by_one(emulator: Emulator) -> None:
    auth = aiohttp.BasicAuth(emulator.api_key, emulator.api_secret)
    root = f"{emulator.url}/v1/organizations/{emulator.organization_id}/services"
    async with aiohttp.ClientSession(auth=auth) as session:

        async def bring_up(url: str) -> None:
            await _send(session, "PATCH", f"{url}/state", {"command": "start"})
            service = await _send(session, "GET", url)
            while service["state"] != "running":
                await asyncio.sleep(POLL_SECONDS)
                service = await _send(session, "GET", url)

        services = await _send(session, "GET", root)
        async with asyncio.TaskGroup() as group:
            for service in services:
                group.create_task(bring_up(f"{root}/{service['id']}"))


async def _send(session: aiohttp.ClientSession, method: str, url: str, body: object = None) -> Any:
    while True:
        async with session.request(method, url, json=body) as response:
            if response.status != HTTPStatus.TOO_MANY_REQUESTS:
                response.raise_for_status()
                return (await response.json())["result"]
            wait = float(response.headers["X-RateLimit-Reset"])
        await asyncio.sleep(wait + MARGIN)
