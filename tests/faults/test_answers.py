"""Single faults do not cost memory, leak credentials or hide the cause."""

from __future__ import annotations

import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import (
    APIConnectionError,
    APIStatusError,
    AsyncClickHouseCloud,
    CloudError,
    NotFoundError,
    OutcomeUnknownError,
    ResponseDecodeError,
)
from tests.client.stub import SERVICE

from .bodies import body
from .calls import client, create
from .checks import nothing_leaks
from .connections import answer_well, flood, only_once, partly
from .server import FaultServer, head
from .statuses import redirect

if TYPE_CHECKING:
    from .server import Behaviour, Wire

MEGABYTE = 2**20


def blanks(size: int) -> bytes:
    """So many blanks, compressed."""
    packer = zlib.compressobj()
    pieces = [packer.compress(b" " * MEGABYTE) for _ in range(size // MEGABYTE)]
    return b"".join(pieces) + packer.flush()


async def failure(behaviour: Behaviour, **settings: object) -> CloudError:
    """The error of a GET that a server treats in some way."""
    async with FaultServer(behaviour) as server, client(server.url, **settings) as cloud:
        with pytest.raises(CloudError) as caught:
            await cloud.services.get(SERVICE)
    return caught.value


# --- size --------------------------------------------------------------------------------------


async def test_default_limit() -> None:
    """Of an endless response hardly more than 64 MiB is read, and then the connection ends."""
    sent = 0

    async def stream(wire: Wire) -> None:
        nonlocal sent
        await wire.send(head(200, {}))
        while True:
            await wire.send(b" " * MEGABYTE)
            sent += 1

    async with nothing_leaks(), FaultServer(stream) as server:
        cloud = AsyncClickHouseCloud("key", "secret", base_url=server.url, organization_id="o")
        async with cloud:
            with pytest.raises(ResponseDecodeError, match="67,108,864 bytes"):
                await cloud.services.list()

    assert 64 <= sent <= 80  # the rest is on its way in buffers


async def test_large_answer_within_the_limit() -> None:
    """A response that is a little smaller than the limit is read whole."""
    blank = b" " * (63 * MEGABYTE)

    async with FaultServer(body(blank + b'{"result": []}')) as server:
        cloud = AsyncClickHouseCloud("key", "secret", base_url=server.url, organization_id="o")
        async with cloud:
            assert await cloud.services.list() == []
            assert cloud.stats.bytes_received == len(blank) + 14


async def test_decompression_stops_at_the_limit() -> None:
    """A small response that becomes a huge one never takes the memory of the huge one."""
    bomb = blanks(200 * MEGABYTE)
    tracemalloc.start()
    try:
        error = await failure(body(bomb, Content_Encoding="deflate"), max_response_bytes=MEGABYTE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert type(error) is ResponseDecodeError
    assert peak < 20 * MEGABYTE


async def test_headers_stop_somewhere() -> None:
    """Headers without end do not fill the memory."""
    tracemalloc.start()
    try:
        error = await failure(flood(b"A: b\r\n" * 1000, b"HTTP/1.1 200 OK\r\n"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert type(error) is APIConnectionError
    assert peak < 20 * MEGABYTE


# --- redirects ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("scheme", ["http:", ""])
async def test_redirect_to_another_host(status: int, scheme: str) -> None:
    """A redirect ends the call; the host that it names never hears of it."""
    async with FaultServer(answer_well) as other:
        error = await failure(redirect(status, f"{scheme}//{other.address}/v1/services"))

    assert type(error) is APIStatusError
    assert error.status == status
    assert other.connections == 0


# --- connections -------------------------------------------------------------------------------


async def test_idle_connection_is_closed() -> None:
    """A kept connection that the server closes while it is idle costs no call anything."""

    async def answer_and_close(wire: Wire) -> None:
        await answer_well(wire)
        wire.close()

    async with FaultServer(answer_and_close) as server, client(server.url) as cloud:
        for _ in range(5):
            await create(cloud)
            await server.all_closed()

    assert (len(server.arrivals), server.connections) == (5, 5)


async def test_kept_connection_breaks() -> None:
    """A kept connection that breaks under a request is a lost response like any other."""
    async with FaultServer(answer_well) as server, client(server.url) as cloud:
        await create(cloud)
        server.behaviour = only_once(partly(b"", reset=True), answer_well)
        await cloud.services.get(SERVICE)
        assert (len(server.arrivals), cloud.stats.requests) == (3, 3)

        server.behaviour = partly(b"")
        with pytest.raises(OutcomeUnknownError):
            await create(cloud)

    assert (len(server.arrivals), cloud.stats.requests) == (4, 4)


async def test_connections_are_kept_after_errors() -> None:
    """A status error that comes with a whole response does not cost the connection."""
    async with FaultServer(body(b'{"error": "no"}', 404)) as server, client(server.url) as cloud:
        for _ in range(5):
            with pytest.raises(APIStatusError):
                await cloud.services.get(SERVICE)

    assert (len(server.arrivals), server.connections) == (5, 1)


# --- messages ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        b'{"status": 400, "error": "the region is full"}',
        b'{"message": "the region is full"}',
        b'{"error": {"message": "the region is full"}}',
        b'{"error_msg": " the region is full "}',
    ],
)
@pytest.mark.parametrize("status", [400, 403, 404, 409, 418, 503])
async def test_words_of_the_server(answer: bytes, status: int) -> None:
    """The server's own words become the message, in whatever envelope they come."""
    error = await failure(body(answer, status))

    assert isinstance(error, APIStatusError)
    assert error.message.partition(";")[0] == "the region is full"  # 403 names permissions too


@pytest.mark.parametrize("status", [200, 201, 202, 299])
async def test_words_of_the_server_with_a_status_of_success(status: int) -> None:
    """An error is one whatever its HTTP status: the status in its body says which."""
    answer = b'{"status": 404, "error": "there is no such service", "requestId": "r-1"}'

    async with FaultServer(body(answer, status)) as server, client(server.url) as cloud:
        calls = (cloud.services.get(SERVICE), cloud.services.delete(SERVICE), cloud.services.list())
        for call in calls:
            with pytest.raises(NotFoundError, match="there is no such service") as caught:
                await call
            assert (caught.value.status, caught.value.request_id) == (404, "r-1")
        with pytest.raises(NotFoundError, match="there is no such service"):
            await cloud.request("GET", "/v1/anything")


async def test_beginning_of_a_page() -> None:
    """An error about a page shows how the page begins, and no more of it."""
    page = b"<html>gateway timed out" + b"." * 1000

    error = await failure(body(page, Content_Type="text/html"))

    assert isinstance(error, ResponseDecodeError)
    assert "text/html" in error.message
    assert "gateway timed out" in error.message
    assert "." * 150 in error.message
    assert "." * 201 not in error.message
