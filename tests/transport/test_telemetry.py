"""Spans and metrics of calls and attempts."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from clickhouse_cloud_async import (
    APIConnectionError,
    APITimeoutError,
    AsyncClickHouseCloud,
    ClickHouseCloud,
    CloudError,
    ConfigurationError,
    NotFoundError,
    OutcomeUnknownError,
    ResponseDecodeError,
    RetryPolicy,
)
from tests.client.stub import ORGANIZATION, SERVICE, Gate, Stub

from .handlers import reset, statuses

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from .telemetry import Telemetry

PATH = f"/v1/organizations/{ORGANIZATION}/services"
AT_ONCE = RetryPolicy(attempts=3, first_wait=0)


def traced(stub: Stub, **settings: Any) -> AsyncClickHouseCloud:
    """A client that makes spans and metrics."""
    return stub.client(**({"telemetry": True, "retry": AT_ONCE} | settings))


def attributes(span: ReadableSpan) -> dict[str, Any]:
    """The attributes of a span."""
    return dict(span.attributes or {})


def server(stub: Stub) -> dict[str, object]:
    """The attributes that name a server."""
    return {"server.address": "127.0.0.1", "server.port": urlsplit(stub.url).port}


async def test_spans_of_a_call(stub: Stub, telemetry: Telemetry) -> None:
    """A call is a span with one span of its request inside, named as HTTP clients name it."""
    async with traced(stub) as cloud:
        await cloud.services.list(filter=["tag:env=prod"])

    attempt, call = telemetry.spans()
    assert (call.name, call.kind, call.parent) == ("instanceGetList", SpanKind.INTERNAL, None)
    assert attributes(call) == {"clickhouse_cloud.operation": "instanceGetList", **server(stub)}
    assert (attempt.name, attempt.kind) == ("GET", SpanKind.CLIENT)
    assert attempt.parent == call.context
    assert attributes(attempt) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "url.full": stub.url + PATH,
        **server(stub),
    }
    assert {span.status.status_code for span in (attempt, call)} == {StatusCode.UNSET}


async def test_spans_of_repeats(stub: Stub, telemetry: Telemetry) -> None:
    """Each repeat is a span that says which it is; a call that succeeds after all is no error."""
    stub.handler = statuses(503, 500, 200)

    async with traced(stub) as cloud:
        await cloud.services.list()

    *attempts, call = telemetry.spans()
    found = [attributes(span) for span in attempts]
    assert [each["http.response.status_code"] for each in found] == [503, 500, 200]
    assert [each.get("http.request.resend_count") for each in found] == [None, 1, 2]
    assert [each.get("error.type") for each in found] == ["503", "500", None]
    codes = [span.status.status_code for span in (*attempts, call)]
    assert codes == [StatusCode.ERROR, StatusCode.ERROR, StatusCode.UNSET, StatusCode.UNSET]
    assert all(span.parent == call.context for span in attempts)


async def test_span_around_a_call(stub: Stub, telemetry: Telemetry) -> None:
    """A call's span is part of the caller's own trace."""
    async with traced(stub) as cloud:
        with trace.get_tracer(__name__).start_as_current_span("work"):
            await cloud.services.list()

    _, call, outer = telemetry.spans()
    assert outer.name == "work"
    assert call.parent == outer.context


async def test_spans_of_a_query(stub: Stub, telemetry: Telemetry) -> None:
    """They name the server that it goes to, and hold nothing of it."""
    stub.answer(b"1\n")
    planted = "planted-in-sql"

    async with traced(stub, base_url="https://api.example.com") as cloud:
        await cloud.services.query(
            SERVICE, f"SELECT '{planted}'", parameters={"p": planted}, query_url=stub.url
        )

    attempt, call = telemetry.spans()
    assert attributes(call) == {"clickhouse_cloud.operation": "query", **server(stub)}
    assert attributes(attempt)["url.full"] == f"{stub.url}/service/{SERVICE}/run"
    assert planted not in telemetry.shown()


async def test_span_of_a_request_by_path(stub: Stub, telemetry: Telemetry) -> None:
    """A request by path is a span, too, with its method for a name."""
    async with traced(stub) as cloud:
        await cloud.request("PUT", "/v1/new")

    attempt, call = telemetry.spans()
    assert (attempt.name, call.name) == ("PUT", "PUT")


async def refused(stub: Stub, cloud: AsyncClickHouseCloud) -> None:
    """A call that the API refuses."""
    stub.answer({"error": "no"}, 404)
    await cloud.services.get(SERVICE)


async def unclear(stub: Stub, cloud: AsyncClickHouseCloud) -> None:
    """A call that may have been carried out."""
    stub.answer({"error": "down"}, 500)
    await cloud.roles.create(name="r", actors=[], policies=[])


async def unanswered(stub: Stub, cloud: AsyncClickHouseCloud) -> None:
    """A call whose time is up."""
    stub.handler = Gate()
    await cloud.services.list(timeout=0.05)


async def broken_off(stub: Stub, cloud: AsyncClickHouseCloud) -> None:
    """A call whose connections break."""
    stub.handler = reset
    await cloud.services.list()


async def too_large(stub: Stub, cloud: AsyncClickHouseCloud) -> None:
    """A call whose answer is larger than the client takes."""
    stub.answer({"result": "x" * 1000})
    await cloud.services.list()


FAILURES: list[tuple[Any, type[Exception], list[str]]] = [
    (refused, NotFoundError, ["404"]),
    (unclear, OutcomeUnknownError, ["500"]),
    (unanswered, APITimeoutError, ["CancelledError"]),
    (broken_off, APIConnectionError, ["APIConnectionError"] * 3),
    (too_large, ResponseDecodeError, ["ResponseDecodeError"]),
]


@pytest.mark.parametrize(("fail", "kind", "causes"), FAILURES)
async def test_spans_of_failures(
    stub: Stub, telemetry: Telemetry, fail: Any, kind: type[Exception], causes: list[str]
) -> None:
    """Whatever ends a call, all of its spans end and are marked with the kind of error."""
    async with traced(stub, max_response_bytes=500) as cloud:
        with pytest.raises(kind):
            await fail(stub, cloud)

    *attempts, call = telemetry.spans()
    assert [attributes(span)["error.type"] for span in attempts] == causes
    assert attributes(call)["error.type"] == kind.__name__
    assert {span.status.status_code for span in (*attempts, call)} == {StatusCode.ERROR}
    durations = telemetry.points()["http.client.request.duration"]
    assert sum(point.count for point in durations) == len(causes)


async def test_spans_of_a_cancelled_call(stub: Stub, telemetry: Telemetry) -> None:
    """A call that is cancelled leaves no open span."""
    stub.handler = gate = Gate()

    async with traced(stub) as cloud:
        task = asyncio.create_task(cloud.services.list())
        await gate.entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    attempt, call = telemetry.spans()
    assert {attributes(span)["error.type"] for span in (attempt, call)} == {"CancelledError"}


async def test_refused_connection(stub: Stub, telemetry: Telemetry) -> None:
    """An attempt that meets no server has no status."""
    async with traced(stub, base_url="http://127.0.0.1:1") as cloud:
        with pytest.raises(APIConnectionError):
            await cloud.services.list()

    attempt, *_ = telemetry.spans()
    assert "http.response.status_code" not in attributes(attempt)
    assert attributes(attempt)["server.port"] == 1


async def test_metrics(stub: Stub, telemetry: Telemetry) -> None:
    """Durations are counted by attempt and status, attempts and waits by call."""
    stub.handler = statuses(503, 200, 200)

    async with traced(stub) as cloud:
        await cloud.services.list()
        await cloud.services.delete(SERVICE)

    points = telemetry.points()
    found = {
        (p.attributes["http.request.method"], p.attributes["http.response.status_code"]): p
        for p in points["http.client.request.duration"]
        if p.attributes
    }
    assert {key: point.count for key, point in found.items()} == {
        ("GET", 503): 1,
        ("GET", 200): 1,
        ("DELETE", 200): 1,
    }
    assert all(point.sum > 0 for point in found.values())
    assert dict(found["GET", 503].attributes or {}) == {
        "http.request.method": "GET",
        "http.response.status_code": 503,
        "error.type": "503",
        **server(stub),
    }
    (attempts,), (throttled,) = (
        points[f"clickhouse_cloud.call.{name}"] for name in ("attempts", "throttled")
    )
    assert (attempts.count, attempts.sum) == (2, 3)
    assert (throttled.count, throttled.sum) == (2, 0)


async def test_off_by_default(stub: Stub, telemetry: Telemetry) -> None:
    """A client makes no spans and metrics unless it is told to."""
    async with stub.client() as cloud:
        await cloud.services.list()

    assert telemetry.spans() == ()
    assert telemetry.points() == {}


def test_sync_client(telemetry: Telemetry, emulated: dict[str, Any]) -> None:
    """The sync client's calls are spans in the caller's own trace."""
    with (
        ClickHouseCloud(**emulated, telemetry=True) as cloud,
        trace.get_tracer(__name__).start_as_current_span("work"),
    ):
        cloud.services.list()

    assert [span.name for span in telemetry.spans()] == ["GET", "instanceGetList", "work"]
    _, call, outer = telemetry.spans()
    assert call.parent == outer.context


async def test_missing_extra(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Telemetry without OpenTelemetry installed is an error that says what to install."""
    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    with pytest.raises(ConfigurationError, match=r'"\.\[otel\]"') as caught:
        async with traced(stub) as cloud:
            await cloud.services.list()

    assert isinstance(caught.value, CloudError)
    assert stub.requests == []
