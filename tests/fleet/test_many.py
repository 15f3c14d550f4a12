"""Many keys and many services at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator import Emulator, RequestLimit
from clickhouse_cloud_async.fleet import AsyncFleet, OutcomeStatus
from tests.effort import EXAMPLES

from .clouds import SPEED, open_client, open_emulator, services

if TYPE_CHECKING:
    from clickhouse_cloud_async.fleet import AsyncFleetService

KEYS = 3 * EXAMPLES
SERVICES = 20 * EXAMPLES


async def test_many_keys() -> None:
    """Each key keeps to its own budget, and each is used."""
    async with Emulator(0, time_scale=SPEED, rate_limit=RequestLimit(10)) as emulator:
        organizations = [
            emulator.add_organization(f"Organisation {number}", services(["stopped"]))
            for number in range(KEYS)
        ]
        clients = [
            open_client(
                emulator, credentials=(each.api_key, each.api_secret), organization_id=each.id
            )
            for each in organizations
        ]
        try:
            report = await AsyncFleet.of(clients).select().start()
        finally:
            await asyncio.gather(*(client.close() for client in clients))

    assert report.counts == {OutcomeStatus.DONE: KEYS}
    assert {outcome.organization_id for outcome in report.outcomes} == {
        each.id for each in organizations
    }
    assert Counter(request.status for request in emulator.requests) == {HTTPStatus.OK: 2 * KEYS}
    assert report.requests == 2 * KEYS


async def test_many_services() -> None:
    """Thousands of services that need nothing cost one request, and those of a key wait in turn."""
    states = ["running"] * (SERVICES - 100) + ["stopped"] * 100
    under_way = most = 0

    async def count(_each: AsyncFleetService) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    async with open_emulator(services(states)) as emulator, open_client(emulator) as cloud:
        report = await cloud.fleet.select().start(wait=True)
        requests = len(emulator.requests)
        await cloud.fleet.select().map(count)

    assert report.counts == {OutcomeStatus.DONE: 100, OutcomeStatus.UNCHANGED: SERVICES - 100}
    assert report.requests == requests
    assert most == 20


async def test_one_request_a_round() -> None:
    """However many are followed, a round of polling is one request."""
    async with (
        open_emulator(services(["stopped"] * 60)) as emulator,
        open_client(emulator) as cloud,
    ):
        report = await cloud.fleet.select().start(wait=True)

    sent = Counter(request.operation_id for request in emulator.requests)
    assert sent["instanceStateUpdate"] == 60
    assert sent["instanceGet"] < 5
    assert report.requests == sent.total()
