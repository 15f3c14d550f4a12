"""A loopback server that misbehaves on purpose, byte by byte."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

import attrs
import orjson

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping


@attrs.frozen
class Arrival:
    """A request as it came.

    Attributes:
        method: HTTP method; empty where the server did not read it.
        target: Path and query.
        headers: Header fields by lower-case name.
        body: The body's bytes.
    """

    method: str = ""
    target: str = ""
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    body: bytes = b""


class Wire:
    """The server's end of one connection.

    Attributes:
        arrival: The request that is to be answered.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.arrival = Arrival()

    async def read(self) -> Arrival:
        """Read a whole request.

        Raises:
            asyncio.IncompleteReadError: The client has closed the connection.
        """
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")[:-2]
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        method, target, _ = first.split(" ")
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        self.arrival = Arrival(method, target, headers, body)
        return self.arrival

    async def send(self, data: bytes) -> None:
        """Send some bytes."""
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self, body: object, status: int = 200, **headers: object) -> None:
        """Send a well-formed response.

        Args:
            body: Bytes, or what is sent as JSON.
            status: HTTP status.
            **headers: Header fields, with underscores for hyphens.
        """
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        first = head(status, {"Content_Length": len(data)} | headers)
        await self.send(first if self.arrival.method == "HEAD" else first + data)

    async def silence(self) -> None:
        """Say nothing until the client has had enough."""
        with suppress(ConnectionError):
            while await self._reader.read(1024):
                pass

    def reset(self) -> None:
        """Break the connection off, so that the client's system gets a reset."""
        connection: socket.socket = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def close(self) -> None:
        """Close the connection in order."""
        self._writer.close()

    @property
    def is_closed(self) -> bool:
        """Whether this side has closed the connection."""
        return self._writer.is_closing()


Behaviour = Callable[[Wire], Awaitable[None]]


def head(status: int, headers: Mapping[str, object]) -> bytes:
    """The beginning of a response, up to the body.

    Args:
        status: HTTP status.
        headers: Header fields, with underscores for hyphens; JSON is the content type where none
            is given.
    """
    fields = {"Content_Type": "application/json"} | dict(headers)
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()]
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Odd"
    return f"HTTP/1.1 {status} {phrase}\r\n{''.join(lines)}\r\n".encode("latin-1")


class FaultServer:
    """An HTTP server on a free loopback port that does to each request what it is told to.

    Args:
        behaviour: What is done to a request; the connection stays open unless it closes it.
        greeting: What is done to a new connection, before anything is read from it.
        tls: Settings of a server that speaks TLS.

    Attributes:
        behaviour: As the argument.
        greeting: As the argument.
        arrivals: Every request that was read, and every connection that a greeting ended.
        connections: How many connections were made.
    """

    def __init__(
        self,
        behaviour: Behaviour,
        *,
        greeting: Behaviour | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.behaviour = behaviour
        self.greeting = greeting
        self.arrivals: list[Arrival] = []
        self.connections = 0
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """Host and port."""
        assert self._server is not None
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self._tls else 'http'}://{self.address}"

    async def all_closed(self) -> None:
        """Wait until no connection is open, at neither end."""
        await asyncio.gather(*self._talks)
        for _ in range(3):  # a turn of the loop for the other end to read that it is over
            await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", ssl=self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        self.connections += 1
        wire = Wire(reader, writer)
        try:
            await self._talk(wire)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except asyncio.CancelledError:
            wire.reset()
        finally:
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()
            self._talks.discard(task)

    async def _talk(self, wire: Wire) -> None:
        if self.greeting is not None:
            await self.greeting(wire)
            if wire.is_closed:
                self.arrivals.append(Arrival())
        while not wire.is_closed:
            self.arrivals.append(await wire.read())
            await self.behaviour(wire)
