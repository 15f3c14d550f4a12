"""Report services that stop, fail or disappear, on standard output and to a webhook."""

import asyncio
import os

import aiohttp

from clickhouse_cloud_async import AsyncClickHouseCloud
from clickhouse_cloud_async.fleet import EventKind, FleetEvent

ALARMING = {"failed", "degraded", "stopped"}


async def main(webhook: str | None) -> None:
    async with AsyncClickHouseCloud() as cloud, aiohttp.ClientSession() as session:
        async for event in cloud.fleet.watch(initial=True):
            text = describe(event)
            if text is None:
                continue
            print(text, flush=True)
            if webhook is not None and event.kind is not EventKind.APPEARED:
                async with session.post(webhook, json={"text": text}) as response:
                    response.raise_for_status()


def describe(event: FleetEvent) -> str | None:
    """Return a message about an event that matters; None for any other event."""
    if event.service is None:  # a gap in the watch, which ends when the API is back
        return None if event.until else f"the API cannot be reached: {event.reason}"
    name, state = event.service.name, event.service.state
    if event.kind is EventKind.GONE:
        return f"{name} is gone"
    if event.kind is EventKind.APPEARED:
        return f"watching {name}"
    return f"{name} is {state}" if state in ALARMING else None


asyncio.run(main(os.environ.get("ALERT_WEBHOOK")))
