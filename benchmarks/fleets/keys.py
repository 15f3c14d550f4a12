"""Many keys in one process, each with an organisation and a rate limit of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING

from clickhouse_cloud_async.fleet import AsyncFleet

from .cloud import in_state, open_client, open_cloud

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.emulator import EmulatedOrganization, Emulator

SIZES = (3, 6, 12)
"""Numbers of services of the organisations, in turn."""


async def many(keys: int) -> dict[str, float]:
    """Start the services of all organisations and wait for them; before, those of a largest."""
    async with open_cloud([]) as emulator:
        alone, *organizations = [
            emulator.add_organization(f"organisation {number}", in_state("stopped", size))
            for number, size in enumerate([max(SIZES), *(SIZES * keys)[:keys]])
        ]
        slowest = await _start(emulator, [alone])
        seconds = await _start(emulator, organizations)
        statuses = Counter(request.status for request in emulator.requests)
    return {
        "seconds": seconds,
        "slowest": slowest,
        "refused": statuses[HTTPStatus.TOO_MANY_REQUESTS],
        "requests": statuses.total(),
    }


async def _start(emulator: Emulator, organizations: Sequence[EmulatedOrganization]) -> float:
    now = asyncio.get_running_loop().time
    began = now()
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(open_client(emulator, each)) for each in organizations
        ]
        report = await AsyncFleet.of(clients).select().start(wait=True)
        seconds = now() - began
    report.raise_for_failures()
    return seconds
