"""The emulator's end of a connection to the process of an engine.

What arrives is kept as it arrives and handed on without a copy: a result may be large, and a small
one is answered in the time of few steps of the event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from .settings import LONGEST

if TYPE_CHECKING:
    from pathlib import Path

_CONNECT_TIME: Final = 30.0
_SILENCE: Final = LONGEST + 60.0
"""Seconds for which an engine may be silent, which ends queries before."""

_MOST_KEPT: Final = 2**20
"""Received bytes at which receiving pauses until some are read."""


class EngineLostError(Exception):
    """An engine that ended before its response did."""


class Stream(asyncio.Protocol):
    """A connection of bytes that are read and written by one task."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._received: deque[bytes] = deque()
        self._size = 0
        self._is_paused = False
        self._is_lost = False
        self._is_full = False
        self._waiter: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport

    @classmethod
    async def connect(cls, socket: Path) -> Stream:
        """Connect to a process.

        Args:
            socket: Where it listens.

        Raises:
            EngineLostError: It does not.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_CONNECT_TIME):
                _, stream = await loop.create_unix_connection(cls, str(socket))
        except OSError as problem:
            raise EngineLostError from problem
        return stream

    async def write(self, data: bytes) -> None:
        """Send data, and wait while too much of it is not sent yet.

        Raises:
            EngineLostError: The process ended.
        """
        self._transport.write(data)
        while self._is_full and not self._is_lost:
            await self._changed()
        if self._is_lost:
            raise EngineLostError

    async def read_exactly(self, size: int) -> bytes:
        """Read a number of bytes.

        Raises:
            EngineLostError: The process ended, or is silent for too long.
        """
        parts = []
        while size:
            part = await self.read_some(size)
            size -= len(part)
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def read_some(self, most: int) -> bytes:
        """Read what has arrived, at least one byte.

        Args:
            most: How many bytes at most.

        Raises:
            EngineLostError: The process ended, or is silent for too long.
        """
        while not self._received:
            if self._is_lost:
                raise EngineLostError
            await self._changed()
        piece = self._received.popleft()
        if len(piece) > most:
            self._received.appendleft(piece[most:])
            piece = piece[:most]
        self._size -= len(piece)
        if self._is_paused and self._size < _MOST_KEPT:
            self._is_paused = False
            self._transport.resume_reading()
        return piece

    def close(self) -> None:
        """Close the connection."""
        self._transport.abort()

    async def _changed(self) -> None:
        """Wait until something happens; an engine that is silent for too long is lost."""
        self._waiter = self._loop.create_future()
        limit = self._loop.call_later(_SILENCE, self._transport.abort)
        try:
            await self._waiter
        finally:
            limit.cancel()
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (called by the event loop)."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep what arrives (called by the event loop)."""
        self._received.append(data)
        self._size += len(data)
        if self._size >= _MOST_KEPT and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as it is called
        """Let the task that reads or writes know (called by the event loop)."""
        self._is_lost = True
        self._wake()

    def pause_writing(self) -> None:
        """Note that too much is not sent yet (called by the event loop)."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Let the task that writes go on (called by the event loop)."""
        self._is_full = False
        self._wake()
