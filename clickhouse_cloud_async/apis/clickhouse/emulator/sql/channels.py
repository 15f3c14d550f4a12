"""Requests of the emulator to the process of an engine."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeVar

import orjson

from .settings import LONGEST
from .wire import END, LENGTH, frame, frame_of, read_head

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Coroutine
    from pathlib import Path

    from .wire import Head, Request

T = TypeVar("T")

_CONNECT_TIME: Final = 30.0
_SILENCE: Final = LONGEST + 60.0
"""Seconds for which an engine may be silent, which ends queries before."""

_PIECE: Final = 2**18
"""Bytes of a result that are passed on at once, at most."""


class EngineLostError(Exception):
    """An engine that ended before its response did."""


class Response:
    """A response of an engine.

    Args:
        head: How it begins.
        reader: Where the rest of it comes from.

    Attributes:
        is_complete: Whether it was read to its end.
        done: What its statement did, by the names of `Summary`; empty until it is complete.
    """

    def __init__(self, head: Head, reader: asyncio.StreamReader) -> None:
        self.head: Head = head
        self._reader = reader
        self.is_complete: bool = False
        self.done: dict[str, int] = {}

    async def read(self) -> bytes:
        """Return the body.

        Raises:
            EngineLostError: It does not end.
        """
        return b"".join([piece async for piece in self.pieces()])

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes.

        Raises:
            EngineLostError: It does not end.
        """
        left = 0
        while not self.is_complete:
            piece, left = await _within(self._next(left))
            if piece:
                yield piece

    async def _next(self, left: int) -> tuple[bytes, int]:
        """Return a piece of a frame, with how many bytes of it are left; nothing at the end."""
        left = left or await _read_length(self._reader)
        if not left:
            self.done = orjson.loads(await _read_frame(self._reader))
            self.is_complete = True
            return b"", 0
        piece = await self._reader.read(min(left, _PIECE))
        if not piece:
            raise EOFError
        return piece, left - len(piece)


class Channels:
    """Connections to the process of an engine: one for each request under way.

    Args:
        socket: Where the process listens.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    @asynccontextmanager
    async def ask(
        self, request: Request, body: AsyncIterable[bytes] | bytes = b""
    ) -> AsyncGenerator[Response]:
        """Send a request, and yield the response as soon as it begins.

        Args:
            request: The request.
            body: Its body.

        Raises:
            EngineLostError: The process ended, or is silent for too long.
        """
        reader, writer = self._free.pop() if self._free else await self._connect()
        response = None
        try:
            await _send(writer, request, body)
            head = read_head(await _within(_read_frame(reader)))
            response = Response(head, reader)
            yield response
        finally:
            if response is not None and response.is_complete:
                self._free.append((reader, writer))
            else:
                writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            async with asyncio.timeout(_CONNECT_TIME):
                return await asyncio.open_unix_connection(self._socket, limit=_PIECE)
        except OSError as problem:
            raise EngineLostError from problem

    def close(self) -> None:
        """Close the connections that nobody uses."""
        free, self._free = self._free, []
        for _, writer in free:
            writer.close()


async def _send(
    writer: asyncio.StreamWriter, request: Request, body: AsyncIterable[bytes] | bytes
) -> None:
    if isinstance(body, bytes):
        writer.write(frame_of(request) + frame(body) + END)
        await _drain(writer)
        return
    writer.write(frame_of(request))
    async for piece in body:
        writer.write(frame(piece))
        await _drain(writer)
    writer.write(END)


async def _drain(writer: asyncio.StreamWriter) -> None:
    try:
        await writer.drain()
    except OSError as problem:
        raise EngineLostError from problem


async def _read_frame(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(await _read_length(reader))


async def _read_length(reader: asyncio.StreamReader) -> int:
    length: int = LENGTH.unpack(await reader.readexactly(LENGTH.size))[0]
    return length


async def _within(reading: Coroutine[None, None, T]) -> T:
    """Wait for an engine for as long as it may be silent."""
    try:
        async with asyncio.timeout(_SILENCE):
            return await reading
    except (OSError, EOFError) as problem:
        raise EngineLostError from problem
