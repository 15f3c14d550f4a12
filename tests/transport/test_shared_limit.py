"""One request budget for many processes, through a real Redis server."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    APITimeoutError,
    AsyncClickHouseCloud,
    ClickHouseCloud,
    ConfigurationError,
    RateLimit,
)
from clickhouse_cloud_async.core import shared_limits

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


def said(log: pytest.LogCaptureFixture, level: int) -> list[str]:
    """What our logger has said at a level."""
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
        limiter: Any = cloud._caller._sender._limiter

    assert limiter._local._in_flight == 0
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
    """A Redis server that answers nothing holds no call up for long."""
    monkeypatch.setattr(shared_limits, "ANSWER_WITHIN", 0.05)
    monkeypatch.setattr(shared_limits, "RETURN_AFTER", 0.0)

    async with limited(stub, server, 1000) as cloud:
        await cloud.services.list()
        server.freeze()
        await asyncio.gather(*(cloud.services.list(timeout=None) for _ in range(5)))
        server.thaw()
        monkeypatch.setattr(shared_limits, "ANSWER_WITHIN", 10.0)
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
async def test_wrong_password(
    stub: Stub, server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """A Redis server that refuses is lost; neither log nor reprs show the password."""
    caplog.set_level(logging.DEBUG)
    url = server.url.replace(PASSWORD, "planted-but-wrong")
    limit = RateLimit(9, per=WINDOW, storage=url)

    async with stub.client(rate_limit=limit) as cloud:
        await cloud.services.list()
        limiter = cloud._caller._sender._limiter

    assert len(said(caplog, logging.WARNING)) == 1
    assert "planted" not in f"{caplog.text} {limit!r} {limiter!r}"


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


@pytest.mark.parametrize("missing", ["limits", "redis"])
def test_missing_extra(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """A shared budget without its extra installed is an error that says what to install."""
    monkeypatch.setitem(sys.modules, missing, None)
    limit = RateLimit(9, storage="redis://127.0.0.1:1")

    with pytest.raises(ConfigurationError, match=r"\[redis\]"):
        AsyncClickHouseCloud("key", "secret", rate_limit=limit)


@pytest.mark.parametrize("url", ["", "localhost", "http://127.0.0.1:1", "memory://", "redis:/x"])
def test_refused_storage(url: str) -> None:
    """A storage that is no URL of Redis is refused."""
    with pytest.raises(ConfigurationError):
        RateLimit(9, storage=url)
