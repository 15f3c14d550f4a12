"""Hooks, counts and log lines."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from clickhouse_cloud_async import (
    APIConnectionError,
    APITimeoutError,
    ClickHouseCloud,
    NotFoundError,
    OutcomeUnknownError,
    RateLimit,
    RateLimitError,
    RequestInfo,
    ResponseDecodeError,
    ResponseInfo,
    RetryInfo,
    RetryPolicy,
    ServerError,
)
from tests.client.stub import ORGANIZATION, SERVICE, Gate, Stub

from .handlers import reset, statuses

if TYPE_CHECKING:
    from collections.abc import Callable

PATH = f"/v1/organizations/{ORGANIZATION}/services"
AT_ONCE = RetryPolicy(attempts=3, first_wait=0)
LOGGER = "clickhouse_cloud_async"


# --- hooks -------------------------------------------------------------------------------------


async def test_hooks(stub: Stub) -> None:
    """Hooks are called before and after each attempt, with what it was and how it ended."""
    seen: list[RequestInfo | ResponseInfo] = []
    stub.handler = statuses(503, 200, X_Request_Id="r-1")

    async with stub.client(on_request=seen.append, on_response=seen.append, retry=AT_ONCE) as cloud:
        await cloud.services.list()

    first, refused, second, answered = seen
    assert first == RequestInfo("instanceGetList", "GET", PATH, 1)
    assert second == RequestInfo("instanceGetList", "GET", PATH, 2)
    for request, response, status in ((first, refused, 503), (second, answered, 200)):
        assert isinstance(response, ResponseInfo)
        assert (response.request, response.status, response.error) == (request, status, None)
        assert (response.request_id, response.size) == ("r-1", len(b'{"result": []}'))
        assert response.headers["x-request-id"] == "r-1"
        assert response.elapsed > 0


async def test_hooks_without_an_answer(stub: Stub) -> None:
    """A hook is told of attempts that met no server, or a response that is too large, too."""
    seen: list[ResponseInfo] = []
    settings: dict[str, Any] = {"on_response": seen.append, "max_response_bytes": 10}

    async with stub.client(**settings, base_url="http://127.0.0.1:1") as cloud:
        with pytest.raises(APIConnectionError) as unreachable:
            await cloud.services.list()
    async with stub.client(**settings) as cloud:
        with pytest.raises(ResponseDecodeError) as too_large:
            await cloud.services.list()

    assert [info.error for info in seen] == [unreachable.value, too_large.value]
    assert seen[0].status is None
    assert [info.request.attempt for info in seen] == [1, 1]


@pytest.mark.parametrize("kind", [ValueError, KeyError])
async def test_failing_hooks(
    stub: Stub, caplog: pytest.LogCaptureFixture, kind: type[Exception]
) -> None:
    """A hook that fails breaks nothing; its error is logged."""

    def fail(_: object) -> None:
        raise kind("in the hook")

    async with stub.client(on_request=fail, on_response=fail) as cloud:
        assert await cloud.services.list() == []

    failures = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.name for record in failures] == [LOGGER] * 2
    assert {record.exc_info and record.exc_info[0] for record in failures} == {kind}


async def test_retry_hook(stub: Stub) -> None:
    """A hook is told of each retry with the attempt that failed, its error and the wait."""
    seen: list[RetryInfo] = []
    stub.handler = statuses(429, 503, 200, X_RateLimit_Reset="0", X_Request_Id="r-1")

    async with stub.client(on_retry=seen.append, retry=AT_ONCE) as cloud:
        await cloud.services.list()

    throttled, failed = seen
    assert throttled.request == RequestInfo("instanceGetList", "GET", PATH, 1)
    assert failed.request == RequestInfo("instanceGetList", "GET", PATH, 2)
    assert (type(throttled.cause), throttled.wait) == (RateLimitError, 0.25)
    assert (type(failed.cause), failed.cause.status, failed.wait) == (ServerError, 503, 0)
    assert (failed.cause.request_id, failed.cause.attempts) == ("r-1", 2)


async def test_retry_hook_without_an_answer(stub: Stub) -> None:
    """The hook is not told of the last attempt, which no other follows."""
    seen: list[RetryInfo] = []
    settings: dict[str, Any] = {"on_retry": seen.append, "retry": AT_ONCE}

    async with stub.client(**settings, base_url="http://127.0.0.1:1") as cloud:
        with pytest.raises(APIConnectionError):
            await cloud.services.list()

    assert [(type(info.cause), info.request.attempt) for info in seen] == [
        (APIConnectionError, 1),
        (APIConnectionError, 2),
    ]


def test_sync_hooks(emulated: dict[str, Any]) -> None:
    """The sync client calls hooks, too."""
    seen: list[object] = []

    with ClickHouseCloud(**emulated, on_request=seen.append, on_response=seen.append) as cloud:
        cloud.services.list()

    assert [type(info) for info in seen] == [RequestInfo, ResponseInfo]


# --- counts ------------------------------------------------------------------------------------


async def test_counts(stub: Stub) -> None:
    """Requests, repeats and bytes are counted, whatever becomes of a call."""
    stub.handler = statuses(503, 200, 200, 404)
    answer, body = len(b'{"result": []}'), len(b'{"name":"new"}')

    async with stub.client(retry=AT_ONCE) as cloud:
        await cloud.services.list()
        with pytest.raises(ResponseDecodeError):
            await cloud.services.update(SERVICE, name="new")
        with pytest.raises(NotFoundError):
            await cloud.services.get(SERVICE)
        stats = cloud.stats

    assert (stats.requests, stats.retries) == (4, 1)
    assert (stats.bytes_sent, stats.bytes_received) == (body, 4 * answer)
    assert stats.throttled_seconds == 0
    assert repr(stats) == (
        "Stats(requests=4, retries=1, throttled_seconds=0.000,"
        f" bytes_sent={body}, bytes_received={4 * answer})"
    )


async def test_counts_of_compressed_answers(stub: Stub) -> None:
    """Bytes of responses are counted as they are after decompression."""

    async def handle(_: web.Request) -> web.StreamResponse:
        answer = web.json_response({"result": [], "more": "x" * 1000})
        answer.enable_compression()
        return answer

    stub.handler = handle
    async with stub.client() as cloud:
        await cloud.services.list()

    assert cloud.stats.bytes_received > 1000


async def test_throttled_seconds(stub: Stub) -> None:
    """Waits for the rate budget are counted."""
    async with stub.client(rate_limit=RateLimit(1, per=0.05)) as cloud:
        await cloud.services.list()
        before = cloud.stats.throttled_seconds
        await cloud.services.list()

    assert cloud.stats.throttled_seconds > before


async def test_counts_before_the_first_call(stub: Stub) -> None:
    """A client that has done nothing has counted nothing, and needs no closing."""
    assert repr(stub.client().stats).startswith("Stats(requests=0, retries=0,")


# --- log lines ---------------------------------------------------------------------------------


def lines(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    """Return what our logger has said at a level."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == LOGGER and record.levelno == level
    ]


async def test_one_line_per_call(stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    """A call that succeeds is one line at DEBUG, and nothing at other levels."""
    caplog.set_level(logging.DEBUG, LOGGER)

    async with stub.client() as cloud:
        await cloud.services.list()
        await cloud.services.list()

    assert len(lines(caplog, logging.DEBUG)) == 2
    for line in lines(caplog, logging.DEBUG):
        assert f"GET {PATH}" in line
        assert "200" in line
    assert {record.levelno for record in caplog.records if record.name == LOGGER} == {logging.DEBUG}


async def test_quiet_by_default(stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    """At INFO, calls that succeed at once say nothing."""
    caplog.set_level(logging.INFO)

    async with stub.client() as cloud:
        await cloud.services.list()

    assert not [record for record in caplog.records if record.name == LOGGER]


async def test_lines_of_repeats(stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    """Each repeat is a line at INFO that says why; the call is still one line at DEBUG."""
    caplog.set_level(logging.DEBUG, LOGGER)
    stub.handler = statuses(503, 502, 200)

    async with stub.client(retry=AT_ONCE) as cloud:
        await cloud.services.list()

    first, second = lines(caplog, logging.INFO)
    assert ("503" in first, "502" in second) == (True, True)
    (line,) = lines(caplog, logging.DEBUG)
    assert "3 attempts" in line


async def test_lines_of_throttling(stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    """A 429 is a line at WARNING."""
    stub.handler = statuses(429, 200, Retry_After="0")

    async with stub.client(retry=AT_ONCE) as cloud:
        await cloud.services.list()

    (line,) = lines(caplog, logging.WARNING)
    assert "429" in line
    assert f"GET {PATH}" in line


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (statuses(404), NotFoundError),
        (statuses(500), ServerError),
        (reset, APIConnectionError),
        (Gate, APITimeoutError),
    ],
)
async def test_line_of_a_failure(
    stub: Stub,
    caplog: pytest.LogCaptureFixture,
    handler: Callable[..., Any],
    kind: type[Exception],
) -> None:
    """A call that fails is one line at DEBUG, too: whoever gets the error decides what it means."""
    caplog.set_level(logging.DEBUG, LOGGER)
    stub.handler = Gate() if handler is Gate else handler

    async with stub.client(timeout=0.1) as cloud:
        with pytest.raises(kind):
            await cloud.services.list()

    (record,) = [record for record in caplog.records if record.name == LOGGER]
    assert record.levelno == logging.DEBUG
    assert f"GET {PATH}" in record.getMessage()


async def test_line_of_an_unknown_outcome(stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    """A call of unknown outcome is one line at DEBUG with what was answered."""
    caplog.set_level(logging.DEBUG, LOGGER)
    stub.handler = statuses(500)

    async with stub.client() as cloud:
        with pytest.raises(OutcomeUnknownError):
            await cloud.services.reset_password(SERVICE)

    (line,) = lines(caplog, logging.DEBUG)
    assert "500" in line
