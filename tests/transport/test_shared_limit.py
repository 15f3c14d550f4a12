"""One request budget for many processes, through a real Redis server."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    APITimeoutError,
    AsyncClickHouseCloud,
    ClickHouseCloud,
    ConfigurationError,
    RateLimit,
    RateLimitError,
    RetryPolicy,
)
from clickhouse_cloud_async.core import limiter_registry, shared_limits
from clickhouse_cloud_async.core.redis_book import Pause, RedisBook

from .redis_server import PASSWORD, PROGRAM, RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.client.stub import Stub

needs_redis = pytest.mark.skipif(
    PROGRAM is None, reason="neither redis-server nor valkey-server is installed"
)

LOGGER = "clickhouse_cloud_async"

WINDOW = 600.0
"""Seconds that no test waits for: what is used up stays so."""


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A Redis server that takes connections."""
    with RedisServer() as running:
        yield running


def limited(stub: Stub, server: RedisServer, requests: int) -> AsyncClickHouseCloud:
    """A client that shares its budget."""
    return stub.client(rate_limit=RateLimit(requests, per=WINDOW, storage=server.url))


def other_process(stub: Stub, server: RedisServer, requests: int) -> AsyncClickHouseCloud:
    """A client that shares the budget only through Redis, as one of another process does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limiter_registry, "registry", limiter_registry.LimiterRegistry())
        cloud = limited(stub, server, requests)
        assert cloud._caller is not None  # made now, with the other registry
    return cloud


def said(log: pytest.LogCaptureFixture, level: int) -> list[str]:
    """Return what our logger has said at a level."""
    return [r.getMessage() for r in log.records if r.name == LOGGER and r.levelno == level]


# --- sharing -----------------------------------------------------------------------------------

CALLS = """
import json, sys
from clickhouse_cloud_async import APITimeoutError, ClickHouseCloud, RateLimit

settings = json.load(sys.stdin)
count, limit = settings.pop("count"), settings.pop("limit")
with ClickHouseCloud(**settings, rate_limit=RateLimit(**limit)) as cloud:
    for _ in range(count):
        cloud.services.list()
    try:
        cloud.services.list(timeout=0.3)
    except APITimeoutError as error:
        print("refused after", cloud.stats.requests, "attempts", error.attempts)
    else:
        print("went on")
"""


@needs_redis
def test_processes_share_a_budget(
    server: RedisServer, emulated: dict[str, Any], emulator: Any
) -> None:
    """What one process has used up is used up for another, which then sends nothing."""

    def calls(count: int, requests: int) -> str:
        limit = {"requests": requests, "per": WINDOW, "storage": server.url}
        return subprocess.run(  # noqa: S603  # our own script
            [sys.executable, "-c", CALLS],
            input=json.dumps(emulated | {"count": count, "limit": limit}),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    assert calls(3, 5) == "went on"
    assert calls(1, 5) == "refused after 1 attempts 0"
    assert calls(0, 5) == "refused after 0 attempts 0"
    assert len(emulator.requests) == 5


@needs_redis
def test_event_loops_share_a_budget(server: RedisServer, emulated: dict[str, Any]) -> None:
    """One client in several event loops, one after the other and at once, keeps to one budget."""
    limit = RateLimit(12, per=WINDOW, storage=server.url)

    def work(settings: dict[str, Any]) -> None:
        async def calls() -> None:
            async with AsyncClickHouseCloud(**settings, rate_limit=limit) as cloud:
                await asyncio.gather(*(cloud.services.list() for _ in range(3)))

        asyncio.run(calls())

    threads = [threading.Thread(target=work, args=(emulated,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work(emulated)

    with ClickHouseCloud(**emulated, rate_limit=limit) as cloud, pytest.raises(APITimeoutError):
        cloud.services.list(timeout=0.3)
    assert server.counted() == 1


@needs_redis
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # connections die with the first loop
def test_client_in_another_event_loop(server: RedisServer, emulated: dict[str, Any]) -> None:
    """A client that meets a second event loop connects anew."""
    cloud = AsyncClickHouseCloud(
        **emulated, rate_limit=RateLimit(9, per=WINDOW, storage=server.url)
    )

    async def call(*, last: bool) -> int:
        services = await cloud.services.list()
        if last:
            await cloud.close()
        return len(services)

    assert asyncio.run(call(last=False)) == asyncio.run(call(last=True)) == 12
    gc.collect()


@needs_redis
async def test_keys_have_budgets_of_their_own(stub: Stub, server: RedisServer) -> None:
    """Another key has another budget, and neither key nor secret is written to Redis."""
    async with limited(stub, server, 1) as cloud:
        await cloud.services.list()
    limit = RateLimit(1, per=WINDOW, storage=server.url)
    async with stub.client(api_key="another", rate_limit=limit) as cloud:
        await cloud.services.list()

    assert server.counted() == 2
    assert not [name for name in server.names() if "planted" in name or "another" in name]


@needs_redis
async def test_cancelled_waiter(stub: Stub, server: RedisServer) -> None:
    """A call that is cancelled while it waits for Redis gives its place here back."""
    async with limited(stub, server, 1) as cloud:
        await cloud.services.list()
        waiting = asyncio.create_task(cloud.services.list())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        budget: Any = cloud._caller._sender._limiter

    assert budget._local._in_flight == 0
    assert len(stub.requests) == 1


# --- losing Redis ------------------------------------------------------------------------------


@needs_redis
async def test_redis_is_killed(
    stub: Stub,
    server: RedisServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Calls go on without Redis, with one warning, and return to it once it is there again."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(shared_limits, "RETURN_AFTER", 0.0)

    async with limited(stub, server, 1000) as cloud:
        await cloud.services.list()
        server.kill()
        await asyncio.gather(*(cloud.services.list() for _ in range(20)))
        await cloud.services.list()
        (warning,) = said(caplog, logging.WARNING)
        assert "lost" in warning
        server.start()
        assert server.counted() == 0
        await cloud.services.list()
        await cloud.services.list()
        assert server.counted() == 1

    assert len(said(caplog, logging.WARNING)) == 1
    assert len(said(caplog, logging.INFO)) == 1
    assert PASSWORD not in caplog.text


@needs_redis
async def test_redis_freezes(
    stub: Stub,
    server: RedisServer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A Redis server that does not reply holds no call up for long."""
    monkeypatch.setattr(shared_limits, "REPLY_WITHIN", 0.05)
    monkeypatch.setattr(shared_limits, "RETURN_AFTER", 0.0)

    async with limited(stub, server, 1000) as cloud:
        await cloud.services.list()
        server.freeze()
        await asyncio.gather(*(cloud.services.list(timeout=None) for _ in range(5)))
        server.thaw()
        monkeypatch.setattr(shared_limits, "REPLY_WITHIN", 10.0)
        await cloud.services.list()
        assert server.connections() > 0

    assert len(said(caplog, logging.WARNING)) == 1


@needs_redis
async def test_lost_server_is_left_alone(
    stub: Stub, server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """A Redis server that was lost is not asked again at once, although it is back."""
    caplog.set_level(logging.INFO)

    async with limited(stub, server, 1000) as cloud:
        server.kill()
        await cloud.services.list()
        server.start()
        await cloud.services.list()

    assert server.counted() == 0
    assert (len(said(caplog, logging.WARNING)), said(caplog, logging.INFO)) == (1, [])


async def test_local_limit_holds(stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    """Where there is no Redis server, the budget is kept within the process."""
    limit = RateLimit(2, per=WINDOW, storage=f"redis://:{PASSWORD}@127.0.0.1:1")

    async with stub.client(rate_limit=limit) as cloud:
        await cloud.services.list()
        await cloud.services.list()
        with pytest.raises(APITimeoutError):
            await cloud.services.list(timeout=0.1)

    assert len(stub.requests) == 2
    assert len(said(caplog, logging.WARNING)) == 1


@needs_redis
@pytest.mark.parametrize(
    ("found", "given"),
    [
        (f":{PASSWORD}@", ":planted-but-wrong@"),
        (f":{PASSWORD}@", ""),
        (":", "planted-user:"),
        ("/0", "/99"),
    ],
)
async def test_refused_url(
    stub: Stub, server: RedisServer, caplog: pytest.LogCaptureFixture, found: str, given: str
) -> None:
    """A Redis server that refuses credentials or database is an error; nothing is sent."""
    caplog.set_level(logging.DEBUG)
    scheme, rest = f"{server.url}/0".split("//")
    limit = RateLimit(9, per=WINDOW, storage=f"{scheme}//{rest.replace(found, given, 1)}")

    async with stub.client(rate_limit=limit) as cloud:
        with pytest.raises(ConfigurationError, match="Redis") as first:
            await cloud.services.list()
        with pytest.raises(ConfigurationError, match="Redis") as second:
            await cloud.services.list()
        budget = cloud._caller._sender._limiter

    assert stub.requests == []
    shown = f"{first.value} {second.value} {caplog.text} {limit!r} {budget!r}"
    assert "planted" not in shown


# --- what the API says -------------------------------------------------------------------------


@needs_redis
async def test_lowered_limit_holds_for_all(stub: Stub, server: RedisServer) -> None:
    """A limit that the API lowers for one process holds for the others that share the budget."""
    stub.answer({"result": []}, X_RateLimit_Limit="3")
    async with limited(stub, server, 10) as cloud, other_process(stub, server, 10) as other:
        await cloud.services.list()
        await other.services.list()
        await other.services.list()
        with pytest.raises(APITimeoutError):
            await other.services.list(timeout=0.3)

    assert len(stub.requests) == 3


@needs_redis
async def test_raised_limit_is_back(stub: Stub, server: RedisServer) -> None:
    """A limit that the API has lowered is raised again when the API announces a higher one."""
    async with limited(stub, server, 10) as cloud:
        for announced in ("2", "10"):
            stub.answer({"result": []}, X_RateLimit_Limit=announced)
            await cloud.services.list()
        for _ in range(8):
            await cloud.services.list()
        with pytest.raises(APITimeoutError):
            await cloud.services.list(timeout=0.3)

    assert len(stub.requests) == 10


@needs_redis
async def test_throttling_holds_for_all(stub: Stub, server: RedisServer) -> None:
    """After a 429 no process that shares the budget sends anything before the reset."""
    stub.answer({"error": "slow down"}, 429, X_RateLimit_Reset="100")
    async with limited(stub, server, 10) as cloud, other_process(stub, server, 10) as other:
        with pytest.raises(RateLimitError):
            await cloud.with_options(retry=RetryPolicy(attempts=1)).services.list()
        with pytest.raises(APITimeoutError):
            await other.services.list(timeout=0.3)
        # It knows now, and does not wait for what cannot come in time.
        with pytest.raises(APITimeoutError, match="rate limited"):
            await other.services.list(timeout=60)

    assert len(stub.requests) == 1


@needs_redis
async def test_pauses_are_shared_as_they_are(server: RedisServer) -> None:
    """The longest pause holds for all, and says whether a single request has to try after it."""
    one, other = (RedisBook(RateLimit(9, per=WINDOW, storage=server.url), "key") for _ in range(2))
    await one.publish(Pause(50, then_probe=True), None)
    await other.publish(Pause(5, then_probe=False), None)

    for book in (one, other):
        found = await book.acquire()
        assert isinstance(found, Pause)
        assert 5 < found.seconds <= 50
        assert found.then_probe
        await book.close()


# --- time --------------------------------------------------------------------------------------


@needs_redis
@pytest.mark.parametrize("skew", [-3600.0, -2.0, 2.0, 3600.0])
async def test_clock_of_the_server_counts(
    stub: Stub, server: RedisServer, monkeypatch: pytest.MonkeyPatch, skew: float
) -> None:
    """Machines whose clocks differ share one window."""
    really = time.time
    async with limited(stub, server, 4) as cloud, other_process(stub, server, 4) as other:
        for _ in range(2):
            await cloud.services.list()
        monkeypatch.setattr(time, "time", lambda: really() + skew)
        for _ in range(2):
            await other.services.list()
        for each in (cloud, other):
            with pytest.raises(APITimeoutError):
                await each.services.list(timeout=0.3)

    assert len(stub.requests) == 4


@needs_redis
async def test_window_below_a_second(server: RedisServer) -> None:
    """A short window is kept as it is: Redis asks for no longer wait than a tenth more of it."""
    book = RedisBook(RateLimit(2, per=0.5, storage=server.url), "key")
    assert [await book.acquire() for _ in range(2)] == [0, 0]
    wait = await book.acquire()
    await book.close()

    assert isinstance(wait, float)
    assert 0 < wait <= 0.55


@needs_redis
async def test_limits_with_different_windows(server: RedisServer) -> None:
    """Clients that ask for different limits count in one book, each in its own window."""
    short = RedisBook(RateLimit(3, per=1.0, storage=server.url), "key")
    long = RedisBook(RateLimit(2, per=WINDOW, storage=server.url), "key")

    assert [await long.acquire(), await short.acquire()] == [0, 0]
    wait = await long.acquire()
    assert isinstance(wait, float)
    assert wait > WINDOW / 2
    assert await short.acquire() == 0
    for book in (short, long):
        await book.close()


# --- connections -------------------------------------------------------------------------------


@needs_redis
async def test_closed_connections(stub: Stub, server: RedisServer) -> None:
    """Closing a client closes its connections to Redis."""
    async with limited(stub, server, 1000) as cloud:
        await asyncio.gather(*(cloud.services.list() for _ in range(10)))
        assert server.connections() > 0

    assert server.connections() == 0


@needs_redis
def test_sync_client_closes(server: RedisServer, emulated: dict[str, Any]) -> None:
    """So does closing a sync client."""
    with ClickHouseCloud(
        **emulated, rate_limit=RateLimit(9, per=WINDOW, storage=server.url)
    ) as cloud:
        cloud.services.list()
        assert server.connections() > 0

    assert server.connections() == 0


# --- settings ----------------------------------------------------------------------------------


def test_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shared budget without its extra installed is an error that says what to install."""
    monkeypatch.setitem(sys.modules, "redis", None)
    limit = RateLimit(9, storage="redis://127.0.0.1:1")

    with pytest.raises(ConfigurationError, match=r"\[redis\]"):
        AsyncClickHouseCloud("key", "secret", rate_limit=limit)


@pytest.mark.parametrize(
    "url",
    [
        *("", "localhost", "http://127.0.0.1:1", "memory://", "redis:/x", "redis://", "unix://"),
        *("redis://:planted@h:x", "redis://:planted@h:99999", "redis://:planted@[h", "rediss://:1"),
        *("redis://:planted@h?db=x", "redis://:planted@h?socket_timeout=x"),
        "redis://:planted@h?planted=1",
    ],
)
def test_refused_storage(url: str) -> None:
    """A storage that is no URL of Redis is refused when it is given, without showing it."""
    with pytest.raises(ConfigurationError) as caught:
        RateLimit(9, storage=url)

    assert "planted" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
