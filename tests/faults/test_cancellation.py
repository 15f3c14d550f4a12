"""Cancelling a call and closing its client, in each place where a call may wait."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from anyio.from_thread import start_blocking_portal

from clickhouse_cloud_async import (
    APIConnectionError,
    APITimeoutError,
    ClickHouseCloud,
    CloudError,
    ConfigurationError,
    OutcomeUnknownError,
    RateLimit,
    RetryPolicy,
    ServerError,
)
from tests.client.processes import finish, start_script
from tests.client.stub import KEY, LONG, SECRET, SERVICE

from .bodies import body
from .calls import KINDS, client, create
from .checks import GUARD, nothing_leaks
from .connections import answer_well, overdue, partly
from .server import FaultServer
from .statuses import throttle

if TYPE_CHECKING:
    from collections.abc import Generator

    from clickhouse_cloud_async import AsyncClickHouseCloud

    from .calls import Kind
    from .server import Behaviour, Wire

ONE_AN_HOUR = RateLimit(1, per=3600)


class Held:
    """What holds every request until the client gives it up.

    Attributes:
        arrived: Set when a request has come.
        given_up: Set when the client has closed the connection.
    """

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.given_up = asyncio.Event()

    async def __call__(self, wire: Wire) -> None:
        """Hold a request."""
        self.arrived.set()
        await wire.silence()
        self.given_up.set()


@pytest.fixture
def backoff(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set when a call waits before a retry; the wait never ends by itself."""
    begun = asyncio.Event()

    async def sleep(_: float) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return begun


async def cancelled(call: asyncio.Task[object]) -> None:
    """Cancel a call and check that this is how it ends."""
    call.cancel()
    async with asyncio.timeout(GUARD):
        with pytest.raises(asyncio.CancelledError):
            await call


async def wait_for_slot(cloud: AsyncClickHouseCloud, kind: Kind) -> asyncio.Task[object]:
    """A call that waits for a slot of the budget."""
    call = asyncio.ensure_future(kind.make(cloud))
    for _ in range(10):  # as far as it gets without a response
        await asyncio.sleep(0)
    assert not call.done()
    return call


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.method)
async def test_during_an_attempt(kind: Kind) -> None:
    """The request under way is given up, and no other follows."""
    held = Held()
    async with nothing_leaks(), FaultServer(held) as server, client(server.url) as cloud:
        call = asyncio.ensure_future(kind.make(cloud))
        await held.arrived.wait()
        await cancelled(call)
        await asyncio.wait_for(held.given_up.wait(), GUARD)

    assert len(server.arrivals) == 1


@pytest.mark.parametrize("behaviour", [partly(b""), throttle(X_RateLimit_Reset=100)])
async def test_during_a_backoff(behaviour: Behaviour, backoff: asyncio.Event) -> None:
    """The rest of the wait is not slept, and no other request follows."""
    async with (
        nothing_leaks(),
        FaultServer(behaviour) as server,
        client(server.url, timeout=None) as cloud,
    ):
        call = asyncio.ensure_future(KINDS[0].make(cloud))
        await backoff.wait()
        await cancelled(call)

    assert len(server.arrivals) == 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.method)
async def test_during_the_wait_for_a_slot(kind: Kind) -> None:
    """Nothing is sent for a cancelled waiter, and it does not hold up those behind it."""
    async with (
        nothing_leaks(),
        FaultServer(answer_well) as server,
        client(server.url, rate_limit=ONE_AN_HOUR, timeout=None) as cloud,
    ):
        await cloud.services.get(SERVICE)
        first, second = [await wait_for_slot(cloud, kind) for _ in range(2)]
        await cancelled(first)
        await cancelled(second)

    assert len(server.arrivals) == 1


async def test_slot_of_an_attempt_under_way() -> None:
    """A cancelled attempt may have been counted by the server, so its slot stays used."""
    held = Held()
    async with FaultServer(held) as server, client(server.url, rate_limit=ONE_AN_HOUR) as cloud:
        call = asyncio.ensure_future(KINDS[0].make(cloud))
        await held.arrived.wait()
        await cancelled(call)
        with pytest.raises(APITimeoutError) as caught:
            await cloud.services.get(SERVICE, timeout=0.05)

    assert caught.value.attempts == 0
    assert len(server.arrivals) == 1


async def test_slot_of_what_was_not_sent() -> None:
    """Where no connection was made the slot is free again at once."""
    async with client(
        "http://127.0.0.1:1", rate_limit=ONE_AN_HOUR, retry=RetryPolicy(attempts=5, first_wait=0)
    ) as cloud:
        with pytest.raises(APIConnectionError) as caught:
            await cloud.services.get(SERVICE, timeout=GUARD)

    assert caught.value.attempts == 5


async def test_creation_that_never_got_a_slot() -> None:
    """A creation that was not sent in time has timed out, and is not ambiguous."""
    async with (
        FaultServer(answer_well) as server,
        client(server.url, rate_limit=ONE_AN_HOUR) as cloud,
    ):
        await create(cloud)
        with pytest.raises(APITimeoutError) as caught:
            await cloud.with_options(timeout=0.05).services.create(
                name="etl", provider="aws", region="us-east-1"
            )

    assert not caught.value.was_sent
    assert (caught.value.attempts, len(server.arrivals)) == (0, 1)


async def test_time_limit_of_the_caller() -> None:
    """A time limit around a call stays the caller's own, also around a creation."""
    async with FaultServer(overdue) as server, client(server.url) as cloud:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(LONG):
                await create(cloud)

    assert not isinstance(caught.value, OutcomeUnknownError)
    assert len(server.arrivals) == 1


async def test_many_calls_at_once() -> None:
    """A task group that fails cancels all its calls, wherever they wait."""
    held = Held()

    async def work(cloud: AsyncClickHouseCloud) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(20):
                group.create_task(cloud.services.get(SERVICE))
            await held.arrived.wait()
            raise LookupError

    async with (
        nothing_leaks(),
        FaultServer(held) as server,
        client(server.url, rate_limit=RateLimit(5, per=3600)) as cloud,
    ):
        with pytest.raises(ExceptionGroup) as caught:
            await work(cloud)

    assert [type(error) for error in caught.value.exceptions] == [LookupError]
    assert 1 <= len(server.arrivals) <= 5


# --- Ctrl-C ------------------------------------------------------------------------------------


@contextmanager
def serving(behaviour: Behaviour) -> Generator[FaultServer]:
    """A server with a fault in a thread of its own."""
    server = FaultServer(behaviour)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server):
        yield server


SCRIPT = """
import logging, sys
from clickhouse_cloud_async import ClickHouseCloud, RateLimit
logging.basicConfig(stream=sys.stdout, level="INFO", format="waits%(message).0s")
cloud = ClickHouseCloud(
    "key", "secret", base_url=sys.argv[1], organization_id="o", rate_limit=RateLimit(1, per=3600)
)
try:
    cloud.services.list(timeout=None)
    print("waits")
    cloud.services.list(timeout=None)
except KeyboardInterrupt:
    print("interrupted")
cloud.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
@pytest.mark.parametrize(
    "behaviour",
    [throttle(X_RateLimit_Reset=100), body(b'{"result": []}')],
    ids=["backoff", "slot"],
)
def test_interrupted_wait(behaviour: Behaviour) -> None:
    """Ctrl-C ends the wait before a retry, and the one for a slot, at once."""
    with serving(behaviour) as server:
        process = start_script(SCRIPT, server.url)
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        outcome = finish(process)

    assert (first, *outcome) == ("waits\n", 0, "interrupted\n", "")
    assert len(server.arrivals) == 1


# --- closing -----------------------------------------------------------------------------------


async def closed(cloud: AsyncClickHouseCloud, call: asyncio.Task[object]) -> CloudError:
    """Close a client while it makes a call; give the call's error."""
    await cloud.close()
    with pytest.raises(CloudError) as caught:
        async with asyncio.timeout(GUARD):
            await call
    return caught.value


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.method)
async def test_closed_while_waiting_for_a_slot(kind: Kind) -> None:
    """Closing a client ends its own calls that wait for the rate budget, and no others."""
    async with (
        FaultServer(answer_well) as server,
        client(server.url, rate_limit=ONE_AN_HOUR) as cloud,
        client(server.url, rate_limit=ONE_AN_HOUR) as other,
    ):
        await cloud.services.get(SERVICE)
        waiting = await wait_for_slot(other, kind)
        error = await closed(cloud, await wait_for_slot(cloud, kind))
        assert not waiting.done()
        await cancelled(waiting)

    assert type(error) is ConfigurationError
    assert "closed" in error.message
    assert (error.attempts, len(server.arrivals)) == (0, 1)


async def test_closed_during_a_backoff(backoff: asyncio.Event) -> None:
    """Closing a client ends a call between two attempts with the error of the first one."""
    async with (
        FaultServer(body(b"", 503)) as server,
        client(server.url, timeout=None) as cloud,
    ):
        call = asyncio.create_task(cloud.services.get(SERVICE))
        await backoff.wait()
        error = await closed(cloud, call)

    assert type(error) is ServerError
    assert (error.attempts, len(server.arrivals)) == (1, 1)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.method)
async def test_closed_during_an_attempt(kind: Kind) -> None:
    """Closing a client ends an attempt that is under way, and the request is not sent again."""
    held = Held()
    async with FaultServer(held) as server, client(server.url) as cloud:
        call = asyncio.ensure_future(kind.make(cloud))
        await held.arrived.wait()
        error = await closed(cloud, call)

    is_creation = kind.method == "POST"
    assert type(error) is (OutcomeUnknownError if is_creation else APIConnectionError)
    assert (error.attempts, len(server.arrivals)) == (1, 1)


async def test_call_of_a_closed_client() -> None:
    """A closed client whose budget is used up refuses a call at once, and does not wait first."""
    async with (
        FaultServer(answer_well) as server,
        client(server.url, rate_limit=ONE_AN_HOUR) as cloud,
    ):
        await cloud.services.get(SERVICE)
        await cloud.close()
        with pytest.raises(ConfigurationError):
            await cloud.services.get(SERVICE, timeout=None)


async def test_sync_client_closed_while_waiting_for_a_slot() -> None:
    """Closing a client without `await` ends the calls of its other threads in the same way."""
    async with FaultServer(answer_well) as server:
        cloud = ClickHouseCloud(
            KEY, SECRET, base_url=server.url, organization_id="o", rate_limit=ONE_AN_HOUR
        )
        await asyncio.to_thread(cloud.services.get, SERVICE)
        waiting = asyncio.create_task(asyncio.to_thread(cloud.services.get, SERVICE, timeout=None))
        async with asyncio.timeout(GUARD):
            while not (cloud.rate_budget and cloud.rate_budget.waiting_reads):  # noqa: ASYNC110 - there is no event
                await asyncio.sleep(0.001)
            await asyncio.to_thread(cloud.close)
            with pytest.raises(ConfigurationError, match="closed"):
                await waiting
