"""How long a server may be silent, on a simulated clock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from clickhouse_cloud_async.core.connections import Connector
from tests.faults.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from aiohttp.client_proto import ResponseHandler

    Program = Callable[[ResponseHandler], Coroutine[Any, Any, None]]
    Run = Callable[[Program], None]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a program with a connection to nowhere, on which 10 s of silence are too much."""

    def run_program(program: Program) -> None:
        async def whole() -> None:
            async with Connector() as connector:
                connection = connector._factory()
                connection.connection_made(asyncio.Transport())
                await program(connection)

        simulate(monkeypatch, whole())

    return run_program


def ask(connection: ResponseHandler) -> None:
    """Begin to wait for an answer."""
    connection.set_response_params(read_timeout=10)
    connection.start_timeout()


async def ends(what: Coroutine[Any, Any, object]) -> float | None:
    """When something fails because of silence; None where it does not."""
    try:
        await what
    except aiohttp.SocketTimeoutError:
        return asyncio.get_running_loop().time()
    return None


def test_silence_from_the_start(run: Run) -> None:
    """A server that says nothing is waited for so long and no longer."""

    async def program(connection: ResponseHandler) -> None:
        ask(connection)
        assert await ends(connection.read()) == 10

    run(program)


def test_silence_counts_from_the_last_byte(run: Run) -> None:
    """Each piece of an answer gives the server as much time again."""

    async def program(connection: ResponseHandler) -> None:
        ask(connection)
        for piece in (HEAD, b"a", b"b"):
            await asyncio.sleep(6)
            connection.data_received(piece)
        _, body = await connection.read()
        assert await ends(body.read()) == 18 + 10

    run(program)


def test_an_idle_connection_may_be_silent(run: Run) -> None:
    """Between two answers nothing is awaited; the wait for the next one is whole again."""

    async def program(connection: ResponseHandler) -> None:
        ask(connection)
        await asyncio.sleep(7)
        connection.data_received(HEAD + b"abc")
        _, body = await connection.read()
        assert await body.read() == b"abc"
        await asyncio.sleep(12)
        ask(connection)
        assert await ends(connection.read()) == 19 + 10

    run(program)


def test_a_lost_connection_leaves_no_timer(run: Run) -> None:
    """The loop keeps nothing of a connection that the server has closed."""

    async def program(connection: ResponseHandler) -> None:
        ask(connection)
        timer = connection._read_timeout_handle
        assert timer is not None
        connection.connection_lost(None)
        assert timer.cancelled()

    run(program)
