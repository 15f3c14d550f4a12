"""The rate limit of real clients: shared by key, learned from responses, never exceeded."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    APITimeoutError,
    AsyncClickHouseCloud,
    ClickHouseCloud,
    HTTPOptions,
    RateLimit,
    RateLimitError,
    RetryPolicy,
)
from clickhouse_cloud_async import emulator as emulated
from clickhouse_cloud_async.core.values import UNSET
from tests.client.stub import KEY, SECRET, SERVICE

from .calls import client
from .checks import GUARD
from .connections import answer_well
from .server import FaultServer
from .statuses import throttle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.emulator import Emulator

    from .server import Behaviour, Wire

PER = 0.2
REQUESTS = 20
SHORT: dict[str, Any] = {"timeout": 0.05}
"""What a call is given that must not get a slot."""


@pytest.fixture
def limited() -> Iterator[Emulator]:
    """An emulator that allows 20 requests in 0.2 s."""
    limit = emulated.RequestLimit(REQUESTS, per=PER)
    with emulated.Emulator(services=1, rate_limit=limit) as running:
        yield running


def settings(emulator: Emulator) -> dict[str, Any]:
    """Return what makes a client one of the emulator that keeps to its limit."""
    return {
        "api_key": emulator.api_key,
        "api_secret": emulator.api_secret,
        "base_url": emulator.url,
        "organization_id": emulator.organization_id,
        "rate_limit": RateLimit(REQUESTS, per=PER),
    }


def assert_none_was_refused(emulator: Emulator, calls: int) -> None:
    """Check that all calls got through, each with one request."""
    assert [request.status for request in emulator.requests] == [200] * calls


async def test_twenty_tasks(limited: Emulator) -> None:
    """Two hundred calls of twenty tasks never meet the server's limit."""
    async with AsyncClickHouseCloud(**settings(limited)) as cloud:

        async def work() -> None:
            for _ in range(10):
                await cloud.services.list()

        await asyncio.gather(*(work() for _ in range(20)))

    assert_none_was_refused(limited, 200)
    assert cloud.stats.throttled_seconds > 0


def test_threads_and_loops(limited: Emulator) -> None:
    """Threads with loops of their own and threads of a sync client share one budget."""

    async def work() -> None:
        async with AsyncClickHouseCloud(**settings(limited)) as cloud:
            await asyncio.gather(*(cloud.services.list() for _ in range(25)))

    with ClickHouseCloud(**settings(limited)) as cloud, ThreadPoolExecutor(8) as threads:
        loops = [threads.submit(asyncio.run, work()) for _ in range(3)]
        calls = [threads.submit(cloud.services.list) for _ in range(50)]
        assert all(len(call.result()) == 1 for call in calls)
        assert [loop.result() for loop in loops] == [None] * 3

    assert_none_was_refused(limited, 125)


async def test_connections_that_wait(limited: Emulator) -> None:
    """With fewer connections than slots the budget is kept as well."""
    async with AsyncClickHouseCloud(
        **settings(limited), http=HTTPOptions(max_connections=2)
    ) as cloud:
        await asyncio.gather(*(cloud.services.list() for _ in range(60)))

    assert_none_was_refused(limited, 60)


# --- limits -----------------------------------------------------------------------------------


async def refused(cloud: AsyncClickHouseCloud) -> bool:
    """Return whether a call gets no slot."""
    try:
        await cloud.services.get(SERVICE, **SHORT)
    except APITimeoutError as error:
        return error.attempts == 0
    return False


async def test_default_limit() -> None:
    """Without being told, a client sends ten requests in ten seconds and no eleventh."""
    async with FaultServer(answer_well) as server, client(server.url, rate_limit=UNSET) as cloud:
        for _ in range(10):
            await cloud.services.get(SERVICE)
        assert await refused(cloud)

    assert len(server.arrivals) == 10


async def test_no_limit() -> None:
    """A client that is told not to limit itself does not."""
    async with FaultServer(answer_well) as server, client(server.url, rate_limit=None) as cloud:
        for _ in range(50):
            await cloud.services.get(SERVICE)

    assert cloud.stats.throttled_seconds == 0


def announcing(limit: object) -> Behaviour:
    """Answer well, and announce a limit."""

    async def behave(wire: Wire) -> None:
        await wire.answer({"result": {}}, X_RateLimit_Limit=limit)

    return behave


@pytest.mark.parametrize(("announced", "allowed"), [("3", 3), ("30", 30), ("soon", 10), ("-1", 10)])
async def test_announced_limit(announced: str, allowed: int) -> None:
    """A limit that the server announces takes the default's place, if it is a number."""
    async with (
        FaultServer(announcing(announced)) as server,
        client(server.url, rate_limit=UNSET) as cloud,
    ):
        for _ in range(allowed):
            await cloud.services.get(SERVICE)
        assert await refused(cloud)


async def test_second_client_keeps_what_was_learned() -> None:
    """A limit that one client has learned holds for those that are made later, too."""
    async with FaultServer(announcing(1000)) as server:
        for _ in range(3):
            async with client(server.url, rate_limit=UNSET) as cloud:
                for _ in range(20):
                    await cloud.services.get(SERVICE)

    assert len(server.arrivals) == 60


# --- sharing -----------------------------------------------------------------------------------


async def test_refusal_closes_the_budget_for_all() -> None:
    """After a 429 no client with that key sends anything before the reset; others do."""
    async with FaultServer(throttle(X_RateLimit_Reset=3600)) as server:
        loud, quiet = (client(server.url, rate_limit=UNSET) for _ in range(2))
        stranger = client(server.url, rate_limit=UNSET, api_key="another-key")
        sync = ClickHouseCloud(KEY, SECRET, base_url=server.url, organization_id="o")
        async with loud, quiet, stranger:
            with pytest.raises(RateLimitError):
                await loud.services.get(SERVICE)
            server.behaviour = answer_well

            assert await refused(loud)
            assert await refused(quiet)
            with pytest.raises(APITimeoutError):
                await asyncio.to_thread(sync.services.get, SERVICE, **SHORT)
            await asyncio.to_thread(sync.close)
            assert len(server.arrivals) == 1
            await stranger.services.get(SERVICE)

    assert len(server.arrivals) == 2


@pytest.mark.parametrize(
    "wait", ["86400", "1e300", "4102444800", "4102444800000", "Fri, 01 Jan 2100 00:00:00 GMT"]
)
async def test_senseless_wait_is_cut_short(wait: str, logged: pytest.LogCaptureFixture) -> None:
    """A 429 stops a key no longer than the policy says, which is logged; then a request tries."""
    policy = RetryPolicy(attempts=1, longest_server_wait=0.05)
    async with (
        FaultServer(throttle(Retry_After=wait)) as server,
        client(server.url, rate_limit=UNSET, retry=policy) as cloud,
    ):
        with pytest.raises(RateLimitError) as caught:
            await cloud.services.get(SERVICE)
        assert (caught.value.retry_after or 0) > 3600
        with pytest.raises(RateLimitError):
            await cloud.services.get(SERVICE)
        server.behaviour = answer_well
        async with asyncio.timeout(GUARD):
            await asyncio.gather(*(cloud.services.get(SERVICE) for _ in range(5)))

    assert len(server.arrivals) == 7
    assert logged.text.count("longest_server_wait") == 2


async def test_refusal_without_a_wait_closes_nothing() -> None:
    """A 429 that does not say how long to wait does not stop other calls."""
    async with FaultServer(throttle()) as server, client(server.url, rate_limit=UNSET) as cloud:
        with pytest.raises(RateLimitError):
            await cloud.services.get(SERVICE)
        server.behaviour = answer_well
        await cloud.services.get(SERVICE, timeout=5)


async def test_key_at_another_server() -> None:
    """The same key at another URL has a budget of its own."""
    once = RateLimit(1, per=3600)
    async with (
        FaultServer(answer_well) as one,
        FaultServer(answer_well) as two,
        client(one.url, rate_limit=once) as first,
        client(two.url, rate_limit=once) as second,
    ):
        await first.services.get(SERVICE)
        await second.services.get(SERVICE)
        assert await refused(first)
        assert await refused(second)


async def test_changes_overtake_reads() -> None:
    """Of the calls that wait for a slot the one that changes something goes first."""
    async with (
        FaultServer(answer_well) as server,
        client(server.url, rate_limit=RateLimit(1, per=0.1)) as cloud,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(3):
            group.create_task(cloud.services.get(SERVICE))
        await asyncio.sleep(0)  # they wait now
        group.create_task(cloud.services.delete(SERVICE))

    assert [arrival.method for arrival in server.arrivals] == ["GET", "DELETE", "GET", "GET"]
