"""Requests of the emulator to the process of an engine."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import orjson

from .streams import Stream
from .wire import END, LENGTH, frame, frame_of, read_head

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
    from pathlib import Path

    from .wire import Head, Request


class Response:
    """A response of an engine.

    Args:
        head: How it begins.
        stream: Where the rest of it comes from.

    Attributes:
        is_complete: Whether it was read to its end.
        done: What its statement did, by the names of `Summary`; empty until it is complete.
    """

    def __init__(self, head: Head, stream: Stream) -> None:
        self.head: Head = head
        self._stream = stream
        self.is_complete: bool = False
        self.done: Mapping[str, int] = {}

    async def read(self) -> bytes:
        """Return the body.

        Raises:
            EngineLostError: It does not end.
        """
        if self.head.size is None:
            return b"".join([piece async for piece in self.pieces()])
        body = await self._stream.read_exactly(self.head.size)
        self._complete(self.head.done)
        return body

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield a body that is not whole, as it comes.

        Raises:
            EngineLostError: It does not end.
        """
        while left := await _read_length(self._stream):
            while left:
                piece = await self._stream.read_some(left)
                left -= len(piece)
                yield piece
        self._complete(orjson.loads(await _read_frame(self._stream)))

    def _complete(self, done: Mapping[str, int]) -> None:
        self.done = done
        self.is_complete = True


class Channels:
    """Connections to the process of an engine: one for each request under way.

    Args:
        socket: Where the process listens.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._free: list[Stream] = []

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
        stream = self._free.pop() if self._free else await Stream.connect(self._socket)
        response = None
        try:
            await _send(stream, request, body)
            response = Response(read_head(await _read_frame(stream)), stream)
            yield response
        finally:
            if response is not None and response.is_complete:
                self._free.append(stream)
            else:
                stream.close()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        free, self._free = self._free, []
        for stream in free:
            stream.close()


async def _send(stream: Stream, request: Request, body: AsyncIterable[bytes] | bytes) -> None:
    if isinstance(body, bytes):
        await stream.write(frame_of(request) + frame(body) + END)
        return
    await stream.write(frame_of(request))
    async for piece in body:
        await stream.write(frame(piece))
    await stream.write(END)


async def _read_frame(stream: Stream) -> bytes:
    return await stream.read_exactly(await _read_length(stream))


async def _read_length(stream: Stream) -> int:
    length: int = LENGTH.unpack(await stream.read_exactly(LENGTH.size))[0]
    return length
