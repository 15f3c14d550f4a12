"""The secondary services of a warehouse are deleted before its primary one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, Polling
from clickhouse_cloud_async.emulator import Emulator, FailedTransition
from clickhouse_cloud_async.fleet import DesiredFleet

from .clouds import by_name, documents, statuses

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

WAREHOUSE = "11111111-1111-4111-8111-111111111111"
FAST = 6000.0


def warehouse(*, primary: str = "stopped", secondaries: str = "stopped") -> list[dict[str, Any]]:
    """Describe a warehouse with a primary service, which is listed first, and two others."""
    common = {
        "dataWarehouseId": WAREHOUSE,
        "idleScaling": False,
        "tags": [{"key": "chcloud.fleet", "value": "f"}],
    }
    return [
        {"name": "primary", "id": WAREHOUSE, "state": primary, **common},
        {"name": "reader-1", "state": secondaries, **common},
        {"name": "reader-2", "state": secondaries, **common},
    ]


@asynccontextmanager
async def open_cloud(
    services: list[dict[str, Any]], speed: float
) -> AsyncGenerator[tuple[Emulator, AsyncClickHouseCloud]]:
    """Open an emulator whose clock runs at a speed, and a client that expects real time."""
    async with (
        Emulator(services, time_scale=speed) as emulator,
        AsyncClickHouseCloud(
            emulator.api_key,
            emulator.api_secret,
            organization_id=emulator.organization_id,
            base_url=emulator.url,
            rate_limit=None,
            polling=Polling(speed=FAST),
        ) as cloud,
    ):
        yield emulator, cloud


@asynccontextmanager
async def hurried(emulator: Emulator) -> AsyncGenerator[None]:
    """Let emulated seconds pass one after the other, in no time."""

    async def hurry() -> None:
        while True:
            emulator.advance(1)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(hurry())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("wait", [False, True])
@pytest.mark.parametrize("speed", [1, 10, 60])
async def test_a_fleet_deletes_secondaries_first(speed: float, *, wait: bool) -> None:
    """No deletion is refused, whatever the speed of the clock."""
    async with open_cloud(warehouse(), speed) as (emulator, cloud), hurried(emulator):
        report = await cloud.fleet.select().delete(confirm=3, wait=wait)
        refused = [r for r in emulator.requests if r.method == "DELETE" and r.status >= 400]
        left = set(documents(emulator))

    assert statuses(report) == dict.fromkeys(("primary", "reader-1", "reader-2"), "done")
    assert not refused
    assert left <= {WAREHOUSE}
    assert not wait or not left


@pytest.mark.parametrize("state", ["running", "stopped"])
@pytest.mark.parametrize("speed", [1, 10, 60])
async def test_a_plan_deletes_secondaries_first(speed: float, state: str) -> None:
    """A plan keeps the same order."""
    services = warehouse(primary=state, secondaries=state)
    async with open_cloud(services, speed) as (emulator, cloud), hurried(emulator):
        plan = await cloud.fleet.plan(DesiredFleet.parse("fleet: f\nservices: []\n"))
        report = await cloud.fleet.apply(plan, allow_delete=True)
        refused = [r for r in emulator.requests if r.method == "DELETE" and r.status >= 400]

    assert statuses(report) == dict.fromkeys(("primary", "reader-1", "reader-2"), "done")
    assert not refused


@pytest.mark.parametrize("state", ["terminating", "terminated"])
async def test_a_secondary_that_is_going_already_is_waited_for(state: str) -> None:
    """A secondary counts until it is gone, whoever deletes it."""
    async with (
        open_cloud(warehouse(secondaries=state), 1) as (emulator, cloud),
        hurried(emulator),
    ):
        report = await cloud.fleet.select(name="primary").delete(confirm=1)
        plan = await cloud.fleet.plan(DesiredFleet.parse("fleet: f\nservices: []\n"))
        applied = await cloud.fleet.apply(plan, allow_delete=True)
        refused = [r for r in emulator.requests if r.method == "DELETE" and r.status >= 400]

    assert statuses(report) == {"primary": "done"}
    assert applied.is_success
    assert not refused


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_primary_whose_secondaries_stay_is_refused_and_not_stopped(
    *, dry_run: bool
) -> None:
    """The refusal comes before anything is sent to the primary."""
    services = warehouse(primary="running")
    async with open_cloud(services, FAST) as (emulator, cloud):
        selection = cloud.fleet.select(name=["primary", "reader-2"])
        report = await selection.delete(confirm=2, wait=True, dry_run=dry_run)
        after = documents(emulator)

    refused = by_name(report)["primary"]
    assert (refused.status, refused.commands) == ("failed", [])
    assert refused.reason == (
        "it is the primary service of a warehouse with the secondary services reader-1,"
        " which are not selected"
    )
    assert after[WAREHOUSE]["state"] == "running"
    assert by_name(report)["reader-2"].status == ("planned" if dry_run else "done")


async def test_a_primary_is_refused_where_the_filter_hides_its_secondaries() -> None:
    """Secondaries that the API would filter out of the list count too."""
    services = warehouse()
    services[0]["tags"] = [{"key": "role", "value": "primary"}]
    async with open_cloud(services, FAST) as (_, cloud):
        report = await cloud.fleet.select(tags={"role": "primary"}).delete(confirm=1, wait=True)

    assert statuses(report) == {"primary": "failed"}
    assert "reader-1, reader-2, which are not selected" in str(report.outcomes[0].reason)


async def test_a_primary_stays_where_the_deletion_of_a_secondary_fails() -> None:
    """The API would refuse the primary; the report says why instead."""
    async with open_cloud(warehouse(), FAST) as (emulator, cloud):
        emulator.faults.add(FailedTransition(state="terminating"), resource="reader-1")
        report = await cloud.fleet.select().delete(confirm=3, wait=True)
        after = documents(emulator)

    assert statuses(report) == {"primary": "failed", "reader-1": "failed", "reader-2": "done"}
    assert "reader-1, which could not be deleted" in str(by_name(report)["primary"].reason)
    assert after[WAREHOUSE]["state"] == "stopped"


async def test_waiting_for_secondaries_ends_with_the_time_limit() -> None:
    """The time limit holds for the wait before a request too."""
    async with open_cloud(warehouse(), 0) as (_, cloud):
        report = await cloud.fleet.select().delete(confirm=3, timeout=2.0)

    assert statuses(report) == {"primary": "not_sent", "reader-1": "done", "reader-2": "done"}
    assert by_name(report)["primary"].reason == "the timeout has passed"
