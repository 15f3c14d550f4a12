"""SQL without a driver, against a server that speaks the protocol of the query service."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from decimal import Decimal
from enum import Enum
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from aiohttp import web

from clickhouse_cloud_async import (
    APIConnectionError,
    APITimeoutError,
    AsyncClickHouseCloud,
    AuthenticationError,
    ConfigurationError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    QueryError,
    QueryKey,
    QueryResult,
    ResponseDecodeError,
    Secret,
    ServiceNotRunningError,
)
from clickhouse_cloud_async.apis.clickhouse.queries.arrow import BatchReader
from clickhouse_cloud_async.apis.clickhouse.queries.parameters import parameter_texts
from clickhouse_cloud_async.apis.clickhouse.queries.results import query_url_of
from clickhouse_cloud_async.core.auth import basic_auth
from clickhouse_cloud_async.core.held import RequestHeld
from clickhouse_cloud_async.core.holding import holding_changes

from .stub import KEY, ORGANIZATION, SECRET, SERVICE, Gate, Stub, answering, skip_time
from .test_secrecy import failing, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDPOINT = "clickhouse_cloud_async.apis.clickhouse.queries.endpoint"
PLANTED = "planted-in-sql"
SQL = f"SELECT '{PLANTED}'"
IDLE = {"data": "Confirm wake service"}
STOPPED = {"data": "Service is stopped"}
UNAVAILABLE = {"error": "ClickHouse service is currently unavailable. Please try again later."}
REFUSED = {"error": {"code": "62", "details": f"Syntax error: {PLANTED} (SYNTAX_ERROR)"}}
REFUSED_AS_TEXT = f"Code: 62. DB::Exception: Syntax error: {PLANTED}. (SYNTAX_ERROR)".encode()


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Without pauses between attempts; no log line shows any of a query or its result."""
    monkeypatch.setattr(f"{ENDPOINT}.RETRY_INTERVAL", 0.0)
    caplog.set_level(logging.DEBUG)
    yield
    assert PLANTED not in caplog.text


def in_turn(stub: Stub, *handlers: Any) -> None:
    """Let a server answer one request after the other in different ways."""
    left = list(handlers)

    async def handle(request: web.Request) -> web.StreamResponse:
        response: web.StreamResponse = await left.pop(0)(request)
        return response

    stub.handler = handle


async def test_request(stub: Stub) -> None:
    """SQL stands in the body, parameters beside it, and the key in the header."""
    stub.answer(b'{"n":42}\n')
    async with stub.client() as cloud:
        result = await cloud.services.query(
            SERVICE, "SELECT {n:UInt8} AS n", parameters={"n": 42}, database="shop"
        )
    assert result.rows() == [{"n": 42}]
    (request,) = stub.requests
    body = await request.json()
    assert (body["sql"], body["database"]) == ("SELECT {n:UInt8} AS n", "shop")
    assert UUID(body["runId"])
    assert request.path == f"/service/{SERVICE}/run"
    assert dict(request.query) == {"format": "JSONEachRow", "param_n": "42"}
    assert (
        request.headers["Authorization"] == basic_auth(Secret(KEY), Secret(SECRET)).header.reveal()
    )
    assert "Wake-Service" not in request.headers


async def test_key_in_the_place_of_the_clients(stub: Stub) -> None:
    """A key of its own is marked as such, and no repr shows its secret."""
    stub.answer(b"")
    key = QueryKey(api_key="other", api_secret=Secret("other-secret"))
    async with stub.client() as cloud:
        await cloud.services.query(SERVICE, "SELECT 1", key=key)
    headers = stub.requests[0].headers
    assert (
        headers["Authorization"]
        == basic_auth(Secret("other"), Secret("other-secret")).header.reveal()
    )
    assert headers["Auth-Provider"] == "custom"
    assert "other-secret" not in repr(key)


async def test_service_by_name(stub: Stub) -> None:
    """The client looks a name up first."""
    in_turn(stub, answering({"result": [{"id": SERVICE, "name": "analytics"}]}), answering(b"1\n"))
    async with stub.client() as cloud:
        assert (await cloud.services.query("analytics", "SELECT 1", format="CSV")).text() == "1\n"
    assert stub.requests[1].path == f"/service/{SERVICE}/run"


@pytest.mark.parametrize("times", [1, 3])
async def test_idle_service_is_woken(stub: Stub, times: int) -> None:
    """The same request follows with a header that wakes the service, until it is awake."""
    in_turn(stub, *[answering(IDLE, 206)] * times, answering(b"1\n"))
    async with stub.client() as cloud:
        await cloud.services.query(SERVICE, "SELECT 1")
    woken = [request.headers.get("Wake-Service") for request in stub.requests]
    assert woken == [None] + ["true"] * times
    assert len({(await request.json())["runId"] for request in stub.requests}) == 1


@pytest.mark.parametrize(
    ("body", "status", "options", "state"),
    [
        (IDLE, 206, {"wake": False}, "idle"),
        (STOPPED, 206, {}, "stopped"),
        (UNAVAILABLE, 404, {}, "stopped"),
    ],
)
async def test_service_that_does_not_run(
    stub: Stub, body: object, status: int, options: dict[str, Any], state: str
) -> None:
    """The error says in which state the service is, and what to do."""
    stub.answer(body, status)
    async with stub.client() as cloud:
        with pytest.raises(ServiceNotRunningError, match=f"is {state}; .*services") as caught:
            await cloud.services.query(SERVICE, "SELECT 1", **options)
    assert (caught.value.state, caught.value.status) == (state, status)
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    ("body", "status"), [(REFUSED, 400), (REFUSED, 500), (REFUSED_AS_TEXT, 400)]
)
async def test_refused_query(stub: Stub, body: object, status: int) -> None:
    """The error names its code; what may quote the query is kept apart."""
    stub.answer(body, status)
    async with stub.client() as cloud:
        error = await failing(cloud.services.query(SERVICE, SQL))
    assert isinstance(error, QueryError)
    assert error.message == "ClickHouse refused the query: SYNTAX_ERROR (62)"
    assert error.code == "62"
    assert error.details is not None
    assert PLANTED in error.details.reveal()
    assert PLANTED not in shown(error)


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationError), (404, NotFoundError)])
async def test_key_that_the_endpoint_does_not_know(
    stub: Stub, status: int, kind: type[Exception]
) -> None:
    """The error says where keys are bound."""
    stub.answer({"error": "Unauthorized"}, status)
    async with stub.client() as cloud:
        with pytest.raises(kind, match=r"query_endpoints\.set"):
            await cloud.services.query(SERVICE, "SELECT 1")


async def test_new_key_is_given_time(stub: Stub) -> None:
    """The query service may not know a key yet that was bound just now."""
    in_turn(stub, answering({"error": "Unauthorized"}, 401), answering(b"1\n"))
    key = QueryKey(api_key="new", api_secret=Secret("s"), settles_at=float("inf"))
    async with stub.client() as cloud:
        await cloud.services.query(SERVICE, "SELECT 1", key=key)
    assert len(stub.requests) == 2


@pytest.mark.parametrize("body", [{"error": "Timeout error."}, {"error": f"near {SQL}"}])
async def test_gateway_that_gives_up(stub: Stub, body: object) -> None:
    """The query may have been run, so that it is not sent again."""
    stub.answer(body, 500)
    async with stub.client() as cloud:
        error = await failing(cloud.services.query(SERVICE, SQL))
    assert isinstance(error, OutcomeUnknownError)
    assert PLANTED not in shown(error)
    assert len(stub.requests) == 1


async def test_query_without_an_answer_in_time(stub: Stub) -> None:
    """It may have been run, too."""
    stub.handler = Gate(skips=1000)
    async with stub.client() as cloud:
        error = await failing(cloud.services.query(SERVICE, SQL, timeout=500))
    assert isinstance(error, OutcomeUnknownError)
    assert PLANTED not in shown(error)


async def test_server_that_is_not_there() -> None:
    """Nothing was sent, so that nothing can have been run."""
    async with AsyncClickHouseCloud(KEY, SECRET, base_url="http://127.0.0.1:1") as cloud:
        error = await failing(cloud.services.query(SERVICE, SQL))
    assert isinstance(error, APIConnectionError)
    assert not error.was_sent
    assert PLANTED not in shown(error)


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_rows_come_one_by_one(stub: Stub, encoding: str) -> None:
    """A row is given before the next one is there, whatever the pieces of the response are."""
    gate = Gate()

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        if encoding:
            response.enable_compression(web.ContentCoding(encoding))
        await response.prepare(request)
        await response.write(b'{"n":1}\n{"n":')
        gate.entered.set()
        if not encoding:  # compression keeps the beginning back
            await gate.opened.wait()
        await response.write(b"2")
        await response.write(b"}\n" + b'{"n":3}')
        return response

    stub.handler = stream
    seen = []
    async with stub.client() as cloud:
        async for row in cloud.services.query_rows(SERVICE, "SELECT n"):
            seen.append(row["n"])
            gate.opened.set()
    assert seen == [1, 2, 3]


async def test_rows_that_are_given_up(stub: Stub) -> None:
    """A loop that is left closes its connection, and the client works on."""
    gate = Gate()

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"n":1}\n')
        try:
            await gate.opened.wait()
        finally:
            gate.abandoned.set()
        return response

    stub.handler = stream
    async with stub.client() as cloud:
        async for _ in cloud.services.query_rows(SERVICE, "SELECT n"):
            break
        await gate.abandoned.wait()
        stub.answer(b"1\n")
        assert (await cloud.services.query(SERVICE, "SELECT 1", format="CSV")).content == b"1\n"


def failing_midway(text: bytes, *, breaks: bool) -> Any:
    """A handler whose result ends with what ClickHouse writes when a query fails on its way."""

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(f'{{"n":"{PLANTED}"}}\n'.encode() + text)
        if breaks:
            assert request.transport is not None
            request.transport.close()
        return response

    return stream


@pytest.mark.parametrize("breaks", [False, True])
@pytest.mark.parametrize("whole", [False, True])
async def test_query_that_fails_midway(stub: Stub, breaks: bool, whole: bool) -> None:  # noqa: FBT001
    """Rows before the failure are given; the error shows none of them."""
    stub.handler = failing_midway(REFUSED_AS_TEXT, breaks=breaks)
    seen: list[Any] = []

    async def read(cloud: AsyncClickHouseCloud) -> None:
        if whole:
            (await cloud.services.query(SERVICE, SQL)).rows()
        async for row in cloud.services.query_rows(SERVICE, SQL):
            seen.append(len(row))
            del row

    async with stub.client() as cloud:
        error = await failing(read(cloud))
    assert isinstance(error, APIConnectionError if whole and breaks else QueryError)
    assert PLANTED not in shown(error)
    assert seen == ([] if whole else [1])


async def test_batches_of_arrow(stub: Stub) -> None:
    """Batches are complete wherever the pieces end; a failure behind them is an error."""
    arrow = pytest.importorskip("pyarrow")
    words = arrow.array(["a", "b", "a"]).dictionary_encode()
    batch = arrow.record_batch({"n": [1, 2, 3], "word": words})
    sink = arrow.BufferOutputStream()
    with arrow.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
        writer.write_batch(batch)
    content = sink.getvalue().to_pybytes()

    reader = BatchReader()
    found = [each for byte in content for each in reader.feed(bytes((byte,)))]
    assert found == [batch, batch]
    assert reader.rest == b""

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(content[:-8] + REFUSED_AS_TEXT)
        assert request.transport is not None
        request.transport.close()
        return response

    stub.handler = stream
    seen: list[Any] = []

    async def read(cloud: AsyncClickHouseCloud) -> None:
        async for each in cloud.services.query_arrow(SERVICE, SQL):
            seen.append(each)
            del each

    async with stub.client() as cloud:
        error = await failing(read(cloud))
    assert isinstance(error, QueryError)
    assert seen == [batch, batch]


async def test_result_that_breaks_off(stub: Stub) -> None:
    """Whatever came before is no result."""
    stub.handler = failing_midway(b"", breaks=True)

    async def read(cloud: AsyncClickHouseCloud) -> None:
        async for piece in cloud.services.query_bytes(SERVICE, SQL):
            del piece

    async with stub.client() as cloud:
        for call in (cloud.services.query(SERVICE, SQL), read(cloud)):
            error = await failing(call)
            assert isinstance(error, APIConnectionError)
            assert PLANTED not in shown(error)


async def test_result_that_is_too_large(stub: Stub) -> None:
    """The error names the methods that keep nothing in memory."""
    stub.answer(PLANTED.encode() * 1000)
    async with stub.client(max_response_bytes=1000) as cloud:
        error = await failing(cloud.services.query(SERVICE, SQL, format="CSV"))
        assert isinstance(error, ResponseDecodeError)
        assert "query_bytes" in str(error)
        assert PLANTED not in shown(error)
        size = 0
        async for piece in cloud.services.query_bytes(SERVICE, SQL, format="CSV"):
            size += len(piece)
    assert size == len(PLANTED) * 1000


async def test_slow_consumer_is_no_silent_server(stub: Stub) -> None:
    """The time between two rows is the consumer's."""
    gate = Gate()

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"n":1}\n')
        await gate.opened.wait()
        await response.write(b'{"n":2}\n')
        return response

    stub.handler = stream
    seen = []
    async with stub.client() as cloud:
        async for row in cloud.services.query_rows(SERVICE, "SELECT n", timeout=500):
            seen.append(row["n"])
            if not gate.opened.is_set():
                skip_time(1000)
                # The timer for silence fires, and is set anew.
                await asyncio.sleep(0)
                gate.opened.set()
    assert seen == [1, 2]


async def test_silent_server(stub: Stub) -> None:
    """A result that stands still ends with an error after the timeout."""
    gate = Gate()

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(f'{{"n":"{PLANTED}"}}\n'.encode())
        gate.entered.set()
        await gate.opened.wait()
        return response

    stub.handler = stream

    async def read(cloud: AsyncClickHouseCloud) -> None:
        async for row in cloud.services.query_rows(SERVICE, SQL, timeout=500):
            del row
            asyncio.get_running_loop().call_soon(skip_time, 1000)

    async with stub.client() as cloud:
        error = await failing(read(cloud))
        gate.opened.set()
    assert isinstance(error, APITimeoutError)
    assert "silent for 500 s" in error.message
    assert PLANTED not in shown(error)


async def test_client_that_is_closed(stub: Stub) -> None:
    """A query under way ends with an error of this package, and so does one that comes later."""
    gate = stub.handler = Gate()
    cloud = stub.client()
    task = asyncio.create_task(cloud.services.query(SERVICE, SQL))
    await gate.entered.wait()
    await cloud.close()
    for call in (task, cloud.services.query(SERVICE, SQL)):
        error = await failing(call)
        assert isinstance(error, ConfigurationError)
        assert PLANTED not in shown(error)
    gate.opened.set()


async def test_hooks_see_no_query(stub: Stub) -> None:
    """They hear of each request, with path and status."""
    seen: list[object] = []
    stub.answer(b"1\n")
    async with stub.client(on_request=seen.append, on_response=seen.append) as cloud:
        await cloud.services.query(SERVICE, SQL, parameters={"p": PLANTED})
        raw = await cloud.with_response(cloud.services.query, SERVICE, SQL)
        assert cloud.stats.requests == 2
    assert (raw.status, len(seen)) == (200, 4)
    assert PLANTED not in repr(seen) + repr(raw)


@pytest.mark.parametrize(
    "arguments",
    [
        {"sql": ""},
        {"sql": "SELECT 1", "format": ""},
        {"sql": "SELECT 1", "parameters": {"a-b": 1}},
        {"sql": "SELECT 1", "parameters": {"a": {PLANTED}}},
        {"sql": "SELECT 1", "parameters": [PLANTED]},
        {"sql": "SELECT 1", "timeout": 0},
    ],
)
async def test_arguments_that_cannot_be_sent(stub: Stub, arguments: dict[str, Any]) -> None:
    """Nothing is sent, and no value is shown."""
    async with stub.client() as cloud:
        with pytest.raises(InvalidArgumentError) as caught:
            await cloud.services.query(SERVICE, **arguments)
    assert PLANTED not in str(caught.value)
    assert not stub.requests


async def test_url_of_the_query_service(stub: Stub) -> None:
    """It is an argument, which is refused where credentials would not be safe."""
    stub.answer(b"")
    async with AsyncClickHouseCloud(KEY, SECRET, organization_id=ORGANIZATION) as cloud:
        await cloud.services.query(SERVICE, "SELECT 1", query_url=f"{stub.url}/prefix")
        with pytest.raises(ConfigurationError, match="plain http"):
            await cloud.services.query(SERVICE, "SELECT 1", query_url="http://example.com")
    assert stub.requests[0].path == f"/prefix/service/{SERVICE}/run"


@pytest.mark.parametrize(
    ("base_url", "query_url"),
    [
        ("https://api.clickhouse.cloud", "https://queries.clickhouse.cloud"),
        ("https://api.control-plane.example.com:8443", "https://queries.example.com:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://example.com/proxy", "https://example.com/proxy"),
    ],
)
def test_query_service_of_an_api(base_url: str, query_url: str) -> None:
    """It belongs to the same domain as the API."""
    assert query_url_of(base_url) == query_url


async def test_query_is_held_back(stub: Stub) -> None:
    """Nobody knows whether a query changes something."""
    async with stub.client() as cloud:
        with holding_changes(), pytest.raises(RequestHeld):
            await cloud.services.query(SERVICE, "SELECT 1")
    assert not stub.requests


class Colour(str, Enum):  # noqa: UP042 - the case at hand
    """An enum whose text is not its value."""

    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, r"\N"),
        (True, "true"),
        (-5, "-5"),
        (1.5, "1.5"),
        (float("nan"), "nan"),
        (Decimal("1.50"), "1.50"),
        ("a\tb\\c'", r"a\tb\\c'"),
        (Colour.RED, "red"),
        (UUID(SERVICE), SERVICE),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (dt.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05"),  # noqa: DTZ001 - a wall time
        (dt.datetime(1970, 1, 2, tzinfo=dt.UTC), "86400"),
        (dt.datetime(1970, 1, 2, microsecond=5, tzinfo=dt.UTC), "86400.000005"),
        (["a'b", None, 1], r"['a\'b',NULL,1]"),
        ((1, "x"), "(1,'x')"),
        ({"k": [dt.date(2026, 1, 2)]}, "{'k':['2026-01-02']}"),
    ],
)
def test_text_of_a_parameter(value: object, text: str) -> None:
    """It is what ClickHouse reads as the same value."""
    assert parameter_texts({"p": value}) == {"param_p": text}


def test_arrow() -> None:
    """A result in Arrow's format becomes a table."""
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"n": [1, 2]})
    sink = BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    assert QueryResult(content=sink.getvalue(), format="ArrowStream").arrow() == table
    with pytest.raises(InvalidArgumentError, match="ArrowStream"):
        QueryResult(content=b"", format="CSV").arrow()
    with pytest.raises(InvalidArgumentError, match="JSONEachRow"):
        QueryResult(content=b"", format="CSV").rows()


async def test_missing_arrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra."""
    monkeypatch.setattr("clickhouse_cloud_async.core.extras.find_spec", {}.get)
    with pytest.raises(ConfigurationError, match=r"\[arrow\]"):
        QueryResult(content=b"", format="ArrowStream").arrow()


async def test_result_shows_no_row() -> None:
    """Neither does its query."""
    assert PLANTED not in repr(QueryResult(content=PLANTED.encode(), format="CSV"))
