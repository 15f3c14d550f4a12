"""Silent servers, and surplus data on connections."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from clickhouse_cloud_async import HTTPOptions
from clickhouse_cloud_async.core.connections import ResponseWatch, _WatchedProtocol
from tests.faults.calls import GOOD, client
from tests.faults.connections import answer_well
from tests.faults.server import FaultServer, Wire, head
from tests.faults.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.faults.server import Behaviour

    Program = Callable[["Connection"], Coroutine[Any, Any, None]]
    Run = Callable[[Program], None]

BODY = b'{"result": []}'
GARBAGE = (b"garbage\r\n\r\n", b"H", b"\x00", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


class Connection(asyncio.Transport):
    """A connection to nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.broken_off_at: float | None = None
        self.watched = _WatchedProtocol(self, asyncio.Protocol())

    def abort(self) -> None:
        """Take note of when it is broken off."""
        self.broken_off_at = asyncio.get_running_loop().time()

    def ask(self) -> ResponseWatch:
        """Begin to wait for a response, in which 10 s of silence are too much."""
        watch = ResponseWatch(10)
        watch.begin(self.watched)
        return watch


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a program with a connection on a simulated clock."""

    def run_program(program: Program) -> None:
        async def whole() -> None:
            await program(Connection())

        simulate(monkeypatch, whole())

    return run_program


def test_silence_from_the_start(run: Run) -> None:
    """A server that says nothing is waited for so long and no longer."""

    async def program(connection: Connection) -> None:
        watch = connection.ask()
        await asyncio.sleep(100)
        assert connection.broken_off_at == 10
        assert watch.timed_out

    run(program)


@pytest.mark.parametrize("sign", ["data_received", "resume_writing"])
def test_silence_counts_from_the_last_sign_of_life(run: Run, sign: str) -> None:
    """Each piece that the server sends, or takes of a request, gives it as much time again."""

    async def program(connection: Connection) -> None:
        connection.ask()
        for _ in range(3):
            await asyncio.sleep(6)
            getattr(connection.watched, sign)(*[b"a"] * (sign == "data_received"))
        await asyncio.sleep(100)
        assert connection.broken_off_at == 18 + 10

    run(program)


def test_an_idle_connection_may_be_silent(run: Run) -> None:
    """Between two responses nothing is awaited; the wait for the next one is whole again."""

    async def program(connection: Connection) -> None:
        watch = connection.ask()
        await asyncio.sleep(7)
        watch.end()
        await asyncio.sleep(12)
        assert connection.broken_off_at is None
        connection.ask()
        await asyncio.sleep(100)
        assert connection.broken_off_at == 19 + 10

    run(program)


def test_a_lost_connection_leaves_no_timer(run: Run) -> None:
    """A connection that the server has closed is not broken off later."""

    async def program(connection: Connection) -> None:
        watch = connection.ask()
        connection.watched.connection_lost(None)
        await asyncio.sleep(100)
        assert connection.broken_off_at is None
        assert not watch.timed_out

    run(program)


def test_what_nobody_asked_for_ends_a_connection(run: Run) -> None:
    """Data on an idle connection is not taken for the next response."""

    async def program(connection: Connection) -> None:
        connection.ask().end()
        connection.watched.data_received(b"HTTP/1.1 200 OK\r\n\r\n")
        assert connection.broken_off_at == 0

    run(program)


@pytest.mark.parametrize("size", [2, 100_000])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_response_in_small_pieces_is_no_surplus(run: Run, size: int, *, is_chunked: bool) -> None:
    """However headers and body are cut in pieces, their connection is kept."""
    body = b"." * size
    response = head(200, {"Transfer_Encoding": "chunked"} if is_chunked else {})
    response += b"%x\r\n%b\r\n0\r\n\r\n" % (size, body) if is_chunked else body

    async def program(connection: Connection) -> None:
        watch = connection.ask()
        for start in range(0, len(response), 3):
            connection.watched.data_received(response[start : start + 3])
        assert watch.whole() == (response if size == 2 else b"")
        watch.refuse_surplus(None if is_chunked else size)
        assert connection.broken_off_at is None

    run(program)


# --- whole responses, and what follows them ----------------------------------------------------


def followed_by(surplus: bytes, body: bytes, **headers: object) -> Behaviour:
    """Send a response and something else in one piece; the connection stays open."""

    async def behave(wire: Wire) -> None:
        if headers.get("Transfer_Encoding"):
            chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
            await wire.send(head(200, headers) + chunks + surplus)
        else:
            await wire.send(head(200, {"Content_Length": len(body)} | headers) + body + surplus)

    return behave


@pytest.mark.parametrize("surplus", GARBAGE)
@pytest.mark.parametrize("headers", [{}, {"Connection": "close"}, {"Transfer_Encoding": "chunked"}])
async def test_garbage_behind_a_response(surplus: bytes, headers: dict[str, str]) -> None:
    """A response that is complete is a result; its connection serves no other request."""
    async with FaultServer(followed_by(surplus, BODY, **headers)) as server:
        async with client(server.url) as cloud:
            for _ in range(3):
                assert await cloud.services.list() == []

        assert (len(server.arrivals), server.connections) == (3, 3)


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_garbage_costs_no_password(encoding: str) -> None:
    """What the server sends only once is not lost because something else follows it."""
    body = orjson.dumps(GOOD["POST"])
    sent = gzip.compress(body) if encoding == "gzip" else body
    behave = followed_by(b"garbage\r\n\r\n", sent, Content_Encoding=encoding)

    async with FaultServer(behave) as server, client(server.url) as cloud:
        created = await cloud.services.create(name="etl", provider="aws", region="us-east-1")

    assert created.password is not None
    assert created.password.reveal() == GOOD["POST"]["result"]["password"]
    assert len(server.arrivals) == 1


@pytest.mark.parametrize("call", ["list", "delete", "head", "large", "chunks"])
async def test_connections_are_kept(call: str) -> None:
    """Whatever a response looks like, its connection serves the next request."""

    async def behave(wire: Wire) -> None:
        match call:
            case "delete":
                await wire.send(b"HTTP/1.1 204 No Content\r\n\r\n")
            case "large":
                await wire.answer(BODY + b" " * 60_000)
            case "chunks":
                await wire.send(head(200, {"Transfer_Encoding": "chunked"}))
                await wire.send(b"e\r\n" + BODY)
                await wire.send(b"\r\n0\r\n\r\n")
            case _:
                await wire.answer(BODY)

    async with FaultServer(behave) as server, client(server.url) as cloud:
        for _ in range(3):
            if call == "delete":
                await cloud.services.delete("id")
            elif call == "head":
                await cloud.request("HEAD", "/v1/organizations")
            else:
                assert await cloud.services.list() == []

        assert (len(server.arrivals), server.connections) == (3, 1)


async def test_waiting_for_a_connection_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The silence of the server counts only while a call has a connection."""
    begun: list[ResponseWatch] = []
    original = ResponseWatch.begin

    def begin(watch: ResponseWatch, connection: _WatchedProtocol) -> None:
        begun.append(watch)
        original(watch, connection)

    monkeypatch.setattr(ResponseWatch, "begin", begin)
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def hold(wire: Wire) -> None:
        arrived.set()
        await go_on.wait()
        await answer_well(wire)

    http = HTTPOptions(max_connections=1)
    async with FaultServer(hold) as server, client(server.url, http=http) as cloud:
        calls = [asyncio.create_task(cloud.services.get("id")) for _ in range(2)]
        await arrived.wait()
        assert len(begun) == 1
        go_on.set()
        await asyncio.gather(*calls)
        assert len(begun) == 2
