"""Two programs that apply the same description concurrently."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.desired import creation_turns
from clickhouse_cloud_async.desired.description import Described, Description
from clickhouse_cloud_async.emulator import FailedTransition, Latency
from clickhouse_cloud_async.fleet import DesiredFleet, DesiredService, Report
from tests.client.processes import GUARD

from .scene import open_client, open_emulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.emulator import Emulator
    from clickhouse_cloud_async.fleet import Plan

COUNT = 30


def _wanted(count: int = COUNT) -> DesiredFleet:
    services = [
        DesiredService(name=f"s{number}", provider="aws", region="eu-central-1")
        for number in range(count)
    ]
    return DesiredFleet(name="staging", services=services)


def _names(emulator: Emulator) -> Counter[str]:
    """Return how often each name is there."""
    organization = emulator._organization(emulator.organization_id)
    return Counter(service["name"] for _, service in organization.collection("services").items())


def _creations(emulator: Emulator) -> int:
    return sum(request.operation_id == "instanceCreate" for request in emulator.requests)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(GUARD):
        while not holds():  # noqa: ASYNC110 - it is another program's doing
            await asyncio.sleep(0.005)


async def _apply_later(
    cloud: AsyncClickHouseCloud, plan: Plan, emulator: Emulator, after: int
) -> Report:
    """Apply a plan once another program has created some services."""
    await _until(lambda: _creations(emulator) >= after)
    return await cloud.fleet.apply(plan)


@pytest.mark.parametrize("after", [1, 5, 12, 25])
async def test_the_second_program_creates_nothing(after: int) -> None:
    """Whenever it begins, the second program leaves the creations to the first."""
    async with (
        open_emulator([]) as emulator,
        open_client(emulator) as one,
        open_client(emulator) as other,
    ):
        emulator.faults.add(Latency(0.05), operation="instanceCreate")
        plans = [await cloud.fleet.plan(_wanted()) for cloud in (one, other)]
        first, second = await asyncio.gather(
            one.fleet.apply(plans[0]), _apply_later(other, plans[1], emulator, after)
        )

        assert _names(emulator) == Counter({f"s{n}": 1 for n in range(COUNT)})
    assert len(first.done) == COUNT
    assert len(second.unchanged) == COUNT
    assert all(outcome.id for outcome in second.outcomes)


@pytest.mark.parametrize("latency", [0.02, 0.1])
async def test_of_programs_that_begin_at_once_one_takes_its_service_back(latency: float) -> None:
    """What was created twice is there once in the end, and the program that was second says so."""
    async with (
        open_emulator([]) as emulator,
        open_client(emulator) as one,
        open_client(emulator) as other,
    ):
        emulator.faults.add(Latency(latency), operation="instanceCreate")
        plans = [await cloud.fleet.plan(_wanted()) for cloud in (one, other)]
        reports = await asyncio.gather(one.fleet.apply(plans[0]), other.fleet.apply(plans[1]))

        there = {service.name: service.id for service in await one.services.list()}
        assert len(there) == COUNT
        assert _creations(emulator) >= COUNT
    for report in reports:
        assert report.is_success
        assert {outcome.name: outcome.id for outcome in report.outcomes} == there
    assert sum(len(report.done) for report in reports) == COUNT


async def test_what_lives_in_a_service_is_there_once() -> None:
    """Nothing is created in a service before it is clear that the service stays."""
    query = {"database": "default", "sql": "SELECT 1", "service": "s0"}
    resources = (
        Described(
            kind="services", fields={"name": "s0", "provider": "aws", "region": "eu-central-1"}
        ),
        *(Described(kind="saved_queries", fields={"name": name, **query}) for name in "abc"),
    )
    desired = Description(name="staging", resources=resources)
    async with (
        open_emulator([]) as emulator,
        open_client(emulator) as one,
        open_client(emulator) as other,
    ):
        emulator.faults.add(Latency(0.05), operation="instanceCreate")
        plans = [await cloud.fleet.plan(desired) for cloud in (one, other)]
        reports = await asyncio.gather(one.fleet.apply(plans[0]), other.fleet.apply(plans[1]))

        [service] = await one.services.list()
        queries = await one.saved_queries.list(service.id)
    assert sorted(str(each.name) for each in queries) == ["a", "b", "c"]
    assert all(report.is_success for report in reports)


async def test_a_name_that_comes_twice_is_seen_in_the_lists_of_waits() -> None:
    """The report says so although the run is broken off before its own last list."""
    async with open_emulator([]) as emulator, open_client(emulator) as cloud:
        emulator.faults.add(FailedTransition("provisioning", state="provisioning"))
        plan, report = await cloud.fleet.plan(_wanted(2)), Report()
        applied = asyncio.create_task(cloud.fleet.apply(plan, report=report))
        await _until(lambda: _creations(emulator) == 2)
        async with open_client(emulator) as by_hand:
            made = await by_hand.services.create(name="s1", provider="aws", region="eu-central-1")
        await _until(lambda: len(report.outcomes) == 2 and report.outcomes[1].reason is not None)
        applied.cancel()
        with pytest.raises(asyncio.CancelledError):
            await applied

    assert [outcome.status for outcome in report.outcomes] == ["sent", "sent"]
    assert report.outcomes[0].reason is None
    assert made.service.id in str(report.outcomes[1].reason)


async def test_a_second_program_takes_over_from_one_that_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the first program has not created, the second one does after a while."""
    monkeypatch.setattr(creation_turns, "SHORTEST_TAKEOVER", 2.0)
    async with (
        open_emulator([]) as emulator,
        open_client(emulator) as one,
        open_client(emulator) as other,
    ):
        emulator.faults.add(Latency(0.05), operation="instanceCreate")
        plans = [await cloud.fleet.plan(_wanted()) for cloud in (one, other)]
        first = asyncio.create_task(one.fleet.apply(plans[0]))
        second = asyncio.create_task(_apply_later(other, plans[1], emulator, 5))
        await _until(lambda: _creations(emulator) >= 10)
        first.cancel()
        report = await second

        assert _names(emulator) == Counter({f"s{n}": 1 for n in range(COUNT)})
    assert report.is_success
    assert report.done
    assert report.unchanged


async def test_a_service_that_was_made_by_hand_meanwhile_is_left_alone() -> None:
    """A service of the name without the fleet's tag is not what the plan shows."""
    async with open_emulator([]) as emulator, open_client(emulator) as cloud:
        plan = await cloud.fleet.plan(_wanted(2))
        report = Report()
        emulator.faults.add(Latency(0.2), operation="instanceCreate", count=1)
        applied = asyncio.create_task(cloud.fleet.apply(plan, report=report))
        await _until(lambda: bool(report.outcomes))
        async with open_client(emulator) as by_hand:
            await by_hand.services.create(name="s1", provider="aws", region="eu-central-1")
        await applied

        assert _names(emulator) == Counter({"s0": 1, "s1": 1})
    assert [outcome.status for outcome in report.outcomes] == ["done", "failed"]
    assert "made elsewhere" in str(report.outcomes[1].reason)


async def test_creations_that_fail_do_not_hold_up_the_others() -> None:
    """A batch goes on when a creation of the one before has failed."""
    async with open_emulator([]) as emulator, open_client(emulator) as cloud:
        emulator.faults.add(FailedTransition(), resource="s0")
        report = await cloud.fleet.apply(await cloud.fleet.plan(_wanted(10)))

        assert _names(emulator) == Counter({f"s{n}": 1 for n in range(10)})
    assert [outcome.name for outcome in report.failed] == ["s0"]
    assert len(report.done) == 9
