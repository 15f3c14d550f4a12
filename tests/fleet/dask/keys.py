"""Fleets on clusters, with checks of their services."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async import Polling, RetryPolicy
from clickhouse_cloud_async.fleet.dask import FleetKey
from tests.fleet.clouds import BUDGET, SPEED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from clickhouse_cloud_async.emulator import Emulator
    from clickhouse_cloud_async.fleet.dask import ClientOptions

WINDOW = 10.0
"""Length of a window of the rate limit in emulated seconds."""

OPTIONS: ClientOptions = {
    "rate_limit": BUDGET,
    "polling": Polling(speed=SPEED),
    "retry": RetryPolicy(first_wait=0.01, longest_wait=0.05),
}
"""How clients are set up that are as fast as the emulators."""


def add_keys(
    emulator: Emulator, organizations: int, services: list[dict[str, Any]]
) -> list[FleetKey]:
    """Add organisations with the same services, and give their keys."""
    return [
        FleetKey(
            organization_id=added.id,
            api_key=added.api_key,
            api_secret=added.api_secret,
            base_url=emulator.url,
        )
        for added in (
            emulator.add_organization(f"organisation {number}", services)
            for number in range(organizations)
        )
    ]


def documents(emulator: Emulator, keys: Iterable[FleetKey]) -> Mapping[str, dict[str, Any]]:
    """Return what is true of the services of some organisations, by id."""
    emulator.advance(0)
    return {
        service_id: dict(document)
        for key in keys
        for service_id, document in emulator._organization(key.organization_id)
        .collection("services")
        .items()
    }


def check_budgets(emulator: Emulator, keys: Iterable[FleetKey]) -> None:
    """No request was refused, and none came too early after the tenth before it."""
    assert all(request.status != 429 for request in emulator.requests)
    for key in keys:
        times = [r.elapsed for r in emulator.requests if key.organization_id in r.path]
        assert times
        assert all(late - early >= WINDOW for early, late in zip(times, times[10:], strict=False))


def changes(emulator: Emulator) -> list[str]:
    """The paths of all requests that change something, in order."""
    return [request.path for request in emulator.requests if request.method != "GET"]


async def until(condition: Callable[[], object]) -> None:
    """Look again and again until something is so."""
    while not condition():  # noqa: ASYNC110  # nobody tells of it
        await asyncio.sleep(0.01)
