"""Watches of services, with an emulator whose clock is advanced by hand."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from types import CoroutineType
from typing import TYPE_CHECKING, Any, cast

import pytest

import clickhouse_cloud_async.core
from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    AuthenticationError,
    CloudError,
    InvalidArgumentError,
    Polling,
    RateLimitError,
    RetryPolicy,
)
from clickhouse_cloud_async.emulator import ConnectionReset, Emulator, ErrorResponse, RequestLimit
from clickhouse_cloud_async.fleet import AsyncFleet, EventKind, FleetEvent

from .clouds import SPEED, services
from .conftest import SERVICES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from clickhouse_cloud_async.emulator import EmulatedOrganization

LIST = "instanceGetList"

NAMES = [str(description["name"]) for description in SERVICES]

GUARD = 60.0
"""Seconds after which a watch that tells nothing fails its test."""


def connect(
    emulator: Emulator, credentials: tuple[str, str] | None = None, **options: Any
) -> AsyncClickHouseCloud:
    """A client that looks often."""
    defaults: dict[str, Any] = {
        "organization_id": emulator.organization_id,
        "rate_limit": None,
        "retry": RetryPolicy(attempts=1),
    }
    return AsyncClickHouseCloud(
        *(credentials or (emulator.api_key, emulator.api_secret)),
        base_url=emulator.url,
        polling=Polling(speed=SPEED),
        **(defaults | options),
    )


def connect_to(emulator: Emulator, organization: EmulatedOrganization) -> AsyncClickHouseCloud:
    """A client of a further organisation."""
    credentials = organization.api_key, organization.api_secret
    return connect(emulator, credentials, organization_id=organization.id)


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """Four services, for which time stands still."""
    async with Emulator(SERVICES, time_scale=0) as running:
        yield running


@pytest.fixture
async def cloud(emulator: Emulator) -> AsyncIterator[AsyncClickHouseCloud]:
    """A client of it."""
    async with connect(emulator) as client:
        yield client


def opened(events: AsyncIterator[FleetEvent]) -> aclosing[AsyncGenerator[FleetEvent]]:
    """A watch that is closed at the end of a block."""
    return aclosing(cast("AsyncGenerator[FleetEvent]", events))


async def told(events: AsyncIterator[FleetEvent], count: int = 1) -> list[FleetEvent]:
    """The next events, but for gaps that only a busy machine has made."""
    found: list[FleetEvent] = []
    async with asyncio.timeout(GUARD):
        while len(found) < count:
            event = await anext(events)
            if event.kind is not EventKind.GAP or event.error is not None:
                found.append(event)
    return found


def lists(emulator: Emulator) -> int:
    """Return how many times the services were listed."""
    return sum(request.operation_id == LIST for request in emulator.requests)


async def next_look(cloud: AsyncClickHouseCloud) -> None:
    """Wait for a look that has begun after this call, or has failed then."""
    async with opened(cloud.fleet.watch(initial=True)) as events:
        await told(events)


async def test_what_happens(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """States, fields, new services and those that go are told as they happen, with their values."""
    stopped = await cloud.services.get_by_name("reports")
    began = datetime.now(UTC)
    async with opened(cloud.fleet.watch(initial=True)) as events:
        first = await told(events, 4)
        await cloud.services.start(stopped.id)
        (starting,) = await told(events)
        await emulator.advance(hours=1)
        (running,) = await told(events)
        await cloud.services.update(stopped.id, name="sums")
        (renamed,) = await told(events)
        made = await cloud.services.create(name="new", provider="aws", region="us-east-1")
        (appeared,) = await told(events)
        await emulator.advance(hours=1)
        await told(events)
        await cloud.services.stop(stopped.id)
        await told(events)
        await emulator.advance(hours=1)
        await told(events)
        await cloud.services.delete(stopped.id)
        await emulator.advance(hours=1)
        seen = await told(events)
        while seen[-1].kind is not EventKind.GONE:
            seen += await told(events)

    assert {event.kind for event in first} == {EventKind.APPEARED}
    assert sorted(event.after.name for event in first if event.after) == sorted(NAMES)
    assert starting.kind is running.kind is EventKind.STATE_CHANGED
    assert starting.before == stopped
    assert starting.changes["state"] == ("stopped", "starting")
    assert running.changes["state"] == ("starting", "running")
    assert running.before == starting.after
    assert renamed.kind is EventKind.CHANGED
    assert renamed.changes == {"name": ("reports", "sums")}
    assert made.service is not None
    assert (appeared.kind, appeared.service and appeared.service.id) == (
        EventKind.APPEARED,
        made.service.id,
    )
    assert seen[-1].service is not None
    assert seen[-1].service.id == stopped.id
    every = [*first, starting, running, renamed, appeared, *seen]
    assert [event.at for event in every] == sorted(event.at for event in every)
    assert began <= every[0].at
    assert {event.organization_id for event in every} == {emulator.organization_id}


async def test_criteria(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """Told is what concerns services that fit before or after, and nothing else."""
    reports = await cloud.services.get_by_name("reports")
    etl = await cloud.services.get_by_name("etl-us")
    async with (
        opened(cloud.fleet.select(name="etl-*").watch()) as by_name,
        opened(cloud.fleet.watch(state="starting")) as by_state,
    ):
        waiting = [asyncio.create_task(told(events)) for events in (by_name, by_state)]
        await next_look(cloud)
        await cloud.services.start(reports.id)
        await waiting[1]
        await emulator.advance(hours=1)
        left = await told(by_state)
        await cloud.services.update(reports.id, name="sums")
        await next_look(cloud)
        await cloud.services.start(etl.id)
        named, came = await waiting[0], await told(by_state)

    assert left[0].changes["state"] == ("starting", "running")
    assert [event.service and event.service.id for event in (*named, *came)] == [etl.id, etl.id]


async def test_many_watchers_share_looks(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """Twenty watches of one client take the requests of one, and all are told everything."""
    watches = [cloud.fleet.watch(initial=True, every=3600 * SPEED) for _ in range(20)]
    first = await asyncio.gather(*(told(events, 4) for events in watches))
    sent = lists(emulator)
    for events in watches:
        await cast("AsyncGenerator[FleetEvent]", events).aclose()

    assert {len(events) for events in first} == {4}
    assert sent <= 2  # one for those who came in time, one for those who came while it was sent


async def test_outage(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """An outage is told when it begins and when it ends, and then what has happened meanwhile."""
    stopped = await cloud.services.get_by_name("reports")
    for fault in (ErrorResponse(503, "a fault"), ConnectionReset()):
        async with opened(cloud.fleet.watch(initial=True)) as events:
            seen = (await told(events, 4))[-1].at
            emulator.faults.add(fault, operation=LIST)
            (begun,) = await told(events)
            await cloud.services.update(stopped.id, name=type(fault).__name__)
            await next_look(cloud)
            emulator.faults.clear()
            ended, event = await told(events, 2)

        assert begun.kind is ended.kind is EventKind.GAP
        assert begun.since is not None
        assert seen <= begun.since < begun.at
        assert begun.until is None
        assert not begun.is_final
        assert isinstance(begun.error, CloudError)
        assert begun.reason == begun.error.message == ended.reason
        assert (ended.since, ended.until) == (begun.since, ended.at)
        assert event.changes["name"][1] == type(fault).__name__


async def test_outage_from_the_beginning(emulator: Emulator) -> None:
    """A watch may begin during an outage, also where the organisation is not known yet."""
    began = datetime.now(UTC)
    emulator.faults.add(ErrorResponse(503))
    async with (
        connect(emulator, organization_id=None) as cloud,
        opened(cloud.fleet.watch(initial=True)) as events,
    ):
        (begun,) = await told(events)
        emulator.faults.clear()
        ended, *appeared = await told(events, 5)

    assert begun.organization_id is None
    assert begun.since is not None
    assert began <= begun.since
    assert begun.until is None
    assert (ended.since, ended.organization_id) == (begun.since, emulator.organization_id)
    assert ended.until is not None
    assert {event.kind for event in appeared} == {EventKind.APPEARED}


async def test_rate_limit() -> None:
    """A key's budget that somebody else has used up makes a gap; the watch outlasts it."""
    async with (
        Emulator(SERVICES, time_scale=0, rate_limit=RequestLimit(10)) as emulator,
        connect(emulator) as greedy,
        connect(emulator) as cloud,
        opened(cloud.fleet.watch(initial=True)) as events,
    ):
        await told(events, 4)
        (stopped,) = await greedy.fleet.select(name="reports").list()
        (begun,) = await told(events)
        await emulator.advance(seconds=10)
        (ended,) = await told(events)
        await emulator.advance(seconds=10)
        await greedy.services.start(stopped.service.id)
        found: list[FleetEvent] = []
        while not found or found[-1].kind is EventKind.GAP:
            found += await told(events)
            await emulator.advance(seconds=10)

    assert isinstance(begun.error, RateLimitError)
    assert ended.until is not None
    assert found[-1].changes["state"] == ("stopped", "starting")


async def test_several_organizations(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """What happens in several organisations comes in one stream."""
    other = emulator.add_organization("Other", services(["stopped"]))
    async with connect_to(emulator, other) as second:
        fleet = AsyncFleet.of([cloud, second])
        async with opened(fleet.watch(initial=True)) as events:
            await told(events, 5)
            for client in (cloud, second):
                await client.fleet.select(state="stopped").start()
            starting = await told(events, 3)

    assert sorted(event.organization_id or "" for event in starting) == sorted(
        [emulator.organization_id, emulator.organization_id, other.id]
    )


async def test_one_organization_of_two_clients(
    cloud: AsyncClickHouseCloud, emulator: Emulator
) -> None:
    """What two clients see is told once; where the key of one is withdrawn, the other goes on."""
    key = emulator.add_key("second")
    async with connect(emulator, (key.api_key, key.api_secret)) as second:
        fleet = AsyncFleet.of([second, cloud])
        async with opened(fleet.watch(initial=True)) as events:
            first = await told(events, 4)
            await cloud.api_keys.delete(key.id)
            begun, ended = await told(events, 2)
            await cloud.fleet.select(name="reports").start()
            (starting,) = await told(events)

    assert {event.kind for event in first} == {EventKind.APPEARED}
    assert isinstance(begun.error, AuthenticationError)
    assert not begun.is_final
    assert ended.until is not None
    assert starting.changes["state"] == ("stopped", "starting")


async def test_one_key_fails(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """A key that is withdrawn ends its organisation's part, and hides nothing of the others."""
    other = emulator.add_organization("Other", services(["stopped"]))
    key = emulator.add_key("second", organization_id=other.id)
    async with (
        connect(emulator, (key.api_key, key.api_secret), organization_id=other.id) as second,
        connect_to(emulator, other) as third,
    ):
        fleet = AsyncFleet.of([second, cloud])
        async with opened(fleet.watch(initial=True)) as events:
            await told(events, 5)
            await third.api_keys.delete(key.id)
            (gap,) = await told(events)
            await cloud.fleet.select(name="reports").start()
            (starting,) = await told(events)

    assert (gap.kind, gap.organization_id, gap.is_final) == (EventKind.GAP, other.id, True)
    assert isinstance(gap.error, AuthenticationError)
    assert gap.until is None
    assert starting.organization_id == emulator.organization_id


@pytest.mark.parametrize("count", [1, 2])
async def test_all_keys_fail(emulator: Emulator, count: int) -> None:
    """Where no client may look, the watch raises what the last of them was told."""
    clients = [connect(emulator, ("wrong", "wrong"), organization_id=f"o{n}") for n in range(count)]
    found: list[FleetEvent] = []

    async def listen() -> None:
        async for event in AsyncFleet.of(clients).watch():
            found.append(event)  # noqa: PERF401 - an error would lose what a comprehension has

    with pytest.raises(AuthenticationError):
        await asyncio.wait_for(listen(), GUARD)
    for client in clients:
        await client.close()

    assert len(found) == count - 1
    assert all(event.is_final for event in found)


async def test_slow_consumer(cloud: AsyncClickHouseCloud) -> None:
    """Who takes events late gets all of them, in order."""
    service = await cloud.services.get_by_name("reports")
    names = [f"name {number}" for number in range(10)]
    async with opened(cloud.fleet.watch()) as slow, opened(cloud.fleet.watch()) as quick:
        taken = asyncio.create_task(told(slow))
        waiting = asyncio.create_task(told(quick))
        await next_look(cloud)
        for name in names:
            await cloud.services.update(service.id, name=name)
            await waiting
            waiting = asyncio.create_task(told(quick))
        waiting.cancel()
        await asyncio.wait([waiting])
        found = [*await taken, *await told(slow, len(names) - 1)]

    assert [event.changes["name"][1] for event in found] == names


OURS = str(Path(clickhouse_cloud_async.core.__file__).parent.parent)


def tasks() -> set[asyncio.Task[Any]]:
    """The tasks of the package; those of the emulator's connections have a life of their own."""
    return {
        task
        for task in asyncio.all_tasks()
        if isinstance(coroutine := task.get_coro(), CoroutineType)
        and coroutine.cr_code.co_filename.startswith(OURS)
    }


async def test_close(cloud: AsyncClickHouseCloud) -> None:
    """A watch that is closed leaves no task behind, neither its own nor one that looks."""
    before = tasks()
    for _ in range(3):
        async with opened(cloud.fleet.watch(initial=True)) as events:
            await told(events, 4)
    left = tasks() - before
    if left:  # the poller's own, which is cancelled but has not come to its end
        await asyncio.wait(left, timeout=GUARD)

    assert tasks() == before


async def test_cancelled_watch(cloud: AsyncClickHouseCloud) -> None:
    """So does one whose consumer is cancelled while it waits."""
    before = tasks()

    async def consume() -> None:
        async with opened(cloud.fleet.watch()) as events:
            await anext(events)

    task = asyncio.create_task(consume())
    await cloud.services.list()
    task.cancel()
    await asyncio.wait([task])
    left = tasks() - before
    if left:
        await asyncio.wait(left, timeout=GUARD)

    assert tasks() == before


async def test_closed_client(emulator: Emulator) -> None:
    """A client that is closed ends its watches with an error."""
    async with connect(emulator) as cloud:
        events = cloud.fleet.watch(initial=True)
        await told(events, 4)
    with pytest.raises(CloudError, match="closed"):
        await told(events)


async def test_criterion_that_raises(cloud: AsyncClickHouseCloud) -> None:
    """What a criterion of the caller raises reaches the caller."""
    with pytest.raises(ZeroDivisionError):
        await told(cloud.fleet.watch(initial=True, where=lambda _: 1 / 0))


@pytest.mark.parametrize("every", [0, -1, float("inf"), float("nan"), True, "10", None])
async def test_bad_interval(cloud: AsyncClickHouseCloud, every: Any) -> None:
    """An interval that is none is refused at once."""
    with pytest.raises(InvalidArgumentError, match="every"):
        cloud.fleet.watch(every=every)
