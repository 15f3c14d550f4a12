"""Waiting over HTTP: in step with the emulator, within its rate limit, through its faults."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    AuthenticationError,
    ClickHouseCloud,
    CloudError,
    NotFoundError,
    Polling,
    RateLimit,
    UnreachableStateError,
)
from clickhouse_cloud_async.emulator import (
    ConnectionReset,
    Emulator,
    ErrorResponse,
    FailedTransition,
    LostResponse,
    RequestLimit,
    StaleRead,
)

from .scaled import POLLING, SPEED, asynchronous, opened

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTS, GETS = "instanceGetList", "instanceGet"


def services(count: int, state: str = "stopped") -> list[dict[str, object]]:
    """So many services, of which none goes idle by itself."""
    return [{"name": f"s{n}", "state": state, "idleScaling": False} for n in range(count)]


def operations(emulator: Emulator) -> Counter[str]:
    """Return how often each operation was called."""
    return Counter(request.operation_id or "" for request in emulator.requests)


async def start_all(cloud: AsyncClickHouseCloud, ids: Iterable[str]) -> list[str | None]:
    """Start services, and wait until all of them run."""

    async def start(service_id: str) -> str | None:
        await cloud.services.start(service_id)
        return (await cloud.services.wait_until(service_id, "running")).state

    return list(await asyncio.gather(*map(start, ids)))


@pytest.mark.parametrize("count", [10, 300])
async def test_rounds_are_single_requests(count: int) -> None:
    """Many services are started with a request each, and all else is a few lists."""
    async with Emulator(services(count), time_scale=SPEED) as emulator:
        async with asynchronous(emulator) as cloud:
            ids = [service.id for service in await cloud.services.list()]
            assert await start_all(cloud, ids) == ["running"] * count
        sent = operations(emulator)

    assert sent["instanceStateUpdate"] == count
    assert sent[GETS] <= 2 * 15
    # 45 s at most are looked at every 3 s, and ever less often after that.
    assert 1 <= sent[LISTS] <= 45


async def test_the_rate_limit_is_kept() -> None:
    """With commands and looks at once no request is refused, and looks get their share of slots."""
    speed = 300.0
    async with Emulator(services(30), time_scale=speed, rate_limit=RequestLimit(10)) as emulator:
        async with AsyncClickHouseCloud(
            emulator.api_key,
            emulator.api_secret,
            base_url=emulator.url,
            rate_limit=RateLimit(10, per=10 / speed),
            polling=Polling(speed=speed),
        ) as cloud:
            ids = [service.id for service in await cloud.services.list()]
            assert await start_all(cloud, ids) == ["running"] * 30
        assert {request.status for request in emulator.requests} == {200}
        kinds = [request.operation_id for request in emulator.requests]

    commands = kinds[: len(kinds) - kinds[::-1].index("instanceStateUpdate")]
    looks = [
        kind for kind in commands[commands.index("instanceStateUpdate") :] if kind in {LISTS, GETS}
    ]
    assert looks


async def test_faults_pass() -> None:
    """Errors, resets and lost answers of looks end no wait."""
    async with Emulator(services(5), time_scale=SPEED) as emulator, asynchronous(emulator) as cloud:
        ids = [service.id for service in await cloud.services.list()]
        for fault in (ErrorResponse(503), ConnectionReset(), LostResponse()):
            for operation in (LISTS, GETS):
                emulator.faults.add(fault, operation=operation, count=3)
        assert await start_all(cloud, ids) == ["running"] * 5


async def test_a_transition_that_fails() -> None:
    """Who waits for the one that fails is told so, the others come through."""
    async with Emulator(services(4), time_scale=SPEED) as emulator, asynchronous(emulator) as cloud:
        first, *rest = [service.id for service in await cloud.services.list()]
        emulator.faults.add(FailedTransition(state="starting"), resource=first)
        failing = asyncio.ensure_future(start_all(cloud, [first]))
        assert await start_all(cloud, rest) == ["running"] * 3
        with pytest.raises(UnreachableStateError) as caught:
            await failing

    assert (caught.value.id, caught.value.state) == (first, "failed")


async def test_a_key_that_is_refused() -> None:
    """Credentials that do not hold end a wait at once."""
    async with (
        Emulator(services(1), time_scale=SPEED) as emulator,
        AsyncClickHouseCloud(
            emulator.api_key,
            "wrong",
            base_url=emulator.url,
            organization_id=emulator.organization_id,
            polling=POLLING,
        ) as cloud,
    ):
        with pytest.raises(AuthenticationError):
            await cloud.services.wait_until("b9a6a1e4-0000-4000-8000-000000000000", "running")


async def test_other_forms_of_a_client_share_its_poller() -> None:
    """What `with_options` gives waits together with the client that it comes from."""
    async with Emulator(services(2), time_scale=SPEED) as emulator:
        async with asynchronous(emulator) as cloud:
            ids = [service.id for service in await cloud.services.list()]
            other = cloud.with_options(timeout=5, organization_id=emulator.organization_id)
            await cloud.services.start(ids[0])
            await cloud.services.start(ids[1])
            await asyncio.gather(
                cloud.services.wait_until(ids[0], "running"),
                other.services.wait_until(ids[1], "running"),
            )
            assert cloud.stats is other.stats
        sent = operations(emulator)

    assert sent[LISTS] > 1


async def test_the_answer_of_a_wait() -> None:
    """`with_response` gives the answer that ended a wait, which others have asked for perhaps."""
    async with Emulator(services(1), time_scale=SPEED) as emulator, asynchronous(emulator) as cloud:
        service = (await cloud.services.list())[0]
        answer = await cloud.with_response(cloud.services.wait_until, service.id, "stopped")

    assert answer.result.state == "stopped"
    assert answer.json()["result"]["state"] == "stopped"


async def test_closing_a_client() -> None:
    """A client that is closed leaves nobody waiting, and no task."""
    third = asyncio.Event()

    def arrived(_: object) -> None:
        if operations(emulator)[LISTS] == 3:
            third.set()

    async with Emulator(services(2), time_scale=0, on_request=arrived) as emulator:
        before = asyncio.all_tasks()
        async with asynchronous(emulator) as cloud:
            ids = [service.id for service in await cloud.services.list()]
            waits = [
                asyncio.ensure_future(cloud.services.wait_until(each, "running")) for each in ids
            ]
            await third.wait()
        for wait in waits:
            with pytest.raises(CloudError, match="closed during the wait"):
                await wait
        with pytest.raises(CloudError, match="client is closed"):
            await cloud.services.wait_until(ids[0], "running")
        assert asyncio.all_tasks() - before == set()


def test_waiting_without_await() -> None:
    """The sync client waits, follows and reports in the same way."""
    with Emulator(services(1), time_scale=SPEED) as emulator, opened(emulator) as cloud:
        service = cloud.services.list()[0]
        cloud.services.start(service.id)
        states: list[str | None] = []
        cloud.services.wait_until(
            service.id, "running", on_progress=lambda seen: states.append(seen.state)
        )
        cloud.services.stop(service.id)
        changes = list(cloud.services.follow(service.id, until="stopped"))
        cloud.services.delete(service.id)
        cloud.services.wait_until_gone(service.id)
        assert cloud.services.list() == []

    assert states[-1] == "running"
    assert changes[-1].after is not None
    assert changes[-1].after.state == "stopped"


def test_closing_a_sync_client() -> None:
    """Threads that wait hear of it when another one closes their client."""
    third = threading.Event()

    def arrived(_: object) -> None:
        if operations(emulator)[LISTS] == 3:
            third.set()

    with (
        Emulator(services(2), time_scale=0, on_request=arrived) as emulator,
        ThreadPoolExecutor() as threads,
    ):
        cloud = ClickHouseCloud(
            emulator.api_key, emulator.api_secret, base_url=emulator.url, polling=POLLING
        )
        ids = [service.id for service in cloud.services.list()]
        waits = [threads.submit(cloud.services.wait_until, each, "running") for each in ids]
        assert third.wait(60)
        cloud.close()
        for wait in waits:
            with pytest.raises(CloudError, match="closed during the wait"):
                wait.result()


@pytest.mark.parametrize("count", [1, 2])
async def test_a_wait_bears_that_what_was_just_created_is_absent(count: int) -> None:
    """A few reads may not show it yet, alone or in the list, as long as this client made it."""
    async with Emulator([], time_scale=SPEED) as emulator, asynchronous(emulator) as cloud:
        created = [
            await cloud.services.create(name=f"s{number}", provider="aws", region="us-east-1")
            for number in range(count)
        ]
        emulator.faults.add(ErrorResponse(404), operation="instanceGet", count=2)
        emulator.faults.add(StaleRead(1000.0), operation="instanceGetList", count=2)
        waits = (cloud.services.wait_until(each.service.id, "running") for each in created)
        assert [service.state for service in await asyncio.gather(*waits)] == ["running"] * count
        with pytest.raises(NotFoundError):
            await cloud.services.wait_until("00000000-0000-4000-8000-000000000000", "running")


async def test_the_absence_of_what_was_created_and_deleted_is_believed_at_once() -> None:
    """A client that has deleted what it created does not expect it to show up."""
    async with Emulator([], time_scale=SPEED) as emulator, asynchronous(emulator) as cloud:
        made = await cloud.services.create(name="s", provider="aws", region="us-east-1")
        await cloud.services.wait_until(made.service.id, "running")
        await cloud.services.stop(made.service.id)
        await cloud.services.wait_until(made.service.id, "stopped")
        await cloud.services.delete(made.service.id)
        await cloud.services.wait_until_gone(made.service.id)
        before = operations(emulator)[GETS]

        with pytest.raises(NotFoundError):
            await cloud.services.wait_until(made.service.id, "running")

        assert operations(emulator)[GETS] == before + 1
