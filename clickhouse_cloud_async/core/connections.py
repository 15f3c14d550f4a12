"""A connection pool that detects a silent server and surplus data after a response.

It uses public interfaces of aiohttp and asyncio only: `connect` of the pool returns a connection,
whose transport accepts a protocol in front of aiohttp's own.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

import aiohttp

if TYPE_CHECKING:
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

KEPT = 64 * 1024
"""Maximum size of a response that is kept in raw form; its headers are never larger."""

_END_OF_HEADERS = b"\r\n\r\n"
_END_OF_CHUNKS = b"0\r\n\r\n"
_LONGEST_END = len(_END_OF_CHUNKS)


class ResponseWatch:
    """Observes one response on its connection.

    Args:
        read_timeout: Seconds of silence after which the connection is closed; None for no limit.

    Attributes:
        read_timeout: As the argument.
        timed_out: Whether the connection was closed because the server was silent.
        is_paused: Whether no data is requested from the server, so that its silence does not count.
    """

    __slots__ = (
        "_beginning",
        "_connection",
        "_end",
        "_size",
        "is_paused",
        "read_timeout",
        "timed_out",
    )

    def __init__(self, read_timeout: float | None) -> None:
        self.read_timeout: float | None = read_timeout
        self.timed_out: bool = False
        self.is_paused: bool = False
        self._connection: _WatchedProtocol | None = None
        self._beginning = bytearray()
        self._end = b""
        self._size = 0

    def begin(self, connection: _WatchedProtocol) -> None:
        """Watch a connection from now on, because a request is about to be sent over it."""
        self._connection = connection
        connection.watch = self
        connection.postpone()

    def add(self, data: bytes) -> None:
        """Record a piece of the response.

        It is copied: the event loop receives into blocks of 256 KiB, and reuses a block for the
        next response unless it is still referenced; a new block costs page faults.
        """
        if self._size < KEPT:
            self._beginning += data[: KEPT - self._size]
        self._size += len(data)
        self._end = (self._end + data[-_LONGEST_END:])[-_LONGEST_END:]

    def whole(self) -> bytes:
        """Return the raw response; empty if it is larger than `KEPT`."""
        return bytes(self._beginning) if self._size <= KEPT else b""

    def refuse_surplus(self, body_length: int | None) -> None:
        """Abort the connection if the server sent more than the response.

        Args:
            body_length: Bytes of the response's body as it was sent; None where it came in chunks.
        """
        if body_length is None:
            has_surplus = self._end != _END_OF_CHUNKS
        else:
            head_length = self._beginning.find(_END_OF_HEADERS) + len(_END_OF_HEADERS)
            has_surplus = self._size != head_length + body_length
        if has_surplus and self._connection is not None and self._connection.watch is self:
            self._connection.abort()

    def silence(self) -> TimeoutError:
        """Return the error for a server that was silent for too long."""
        return TimeoutError(f"the server was silent for {self.read_timeout:g} s")

    def pause(self) -> None:
        """Stop counting silence, because no data is being read."""
        self.is_paused = True

    def resume(self) -> None:
        """Restart the read timeout, because data is being read again."""
        self.is_paused = False
        if self._connection is not None and self._connection.watch is self:
            self._connection.postpone()

    def end(self) -> None:
        """Stop watching."""
        if self._connection is not None and self._connection.watch is self:
            self._connection.watch = None


_watch: ContextVar[ResponseWatch | None] = ContextVar("watch", default=None)

set_watch: Final = _watch.set
"""Set the watch that starts when the request of this context has a connection."""
reset_watch: Final = _watch.reset


class Connector(aiohttp.TCPConnector):
    """A pool that only its client closes, never the garbage collector.

    The sockets of an unreferenced pool close themselves. Closing the pool here would break a forked
    child, which shares its parent's epoll set, and the client has warned already.

    Args:
        **options: Those of aiohttp's connector.
    """

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """Get a connection from the pool or make one, and begin to watch it."""
        connection = await super().connect(req, traces, timeout)
        watch, transport = _watch.get(), connection.transport
        if watch is not None and transport is not None:
            protocol = transport.get_protocol()
            if not isinstance(protocol, _WatchedProtocol):
                protocol = _WatchedProtocol(transport, protocol)
                transport.set_protocol(protocol)
            watch.begin(protocol)
        return connection

    def __del__(self, _warnings: object = None) -> None:
        pass


class _WatchedProtocol(asyncio.Protocol):
    """The protocol between a transport and aiohttp's protocol.

    The timer is not reset by data. When it fires, it checks how long the server was silent, and is
    set again if that is not long enough: a reset for each piece of a response would cost more than
    everything else here.

    Args:
        transport: The connection's transport.
        protocol: aiohttp's protocol of the connection.

    Attributes:
        watch: The watch of the current response; None while the connection is idle.
    """

    def __init__(self, transport: asyncio.Transport, protocol: Any) -> None:
        self.watch: ResponseWatch | None = None
        self._transport = transport
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._silent_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def postpone(self) -> None:
        """Restart the read timeout."""
        if self.watch is None or self.watch.read_timeout is None:
            return
        self._silent_at = self._loop.time() + self.watch.read_timeout
        if self._timer is None:
            self._timer = self._loop.call_at(self._silent_at, self._fire)

    def abort(self) -> None:
        """Abort the connection."""
        self._transport.abort()

    def _fire(self) -> None:
        self._timer = None
        if self.watch is None or self.watch.is_paused:
            return
        if self._silent_at > self._loop.time():
            self._timer = self._loop.call_at(self._silent_at, self._fire)
        else:
            self.watch.timed_out = True
            self.abort()

    def data_received(self, data: bytes) -> None:
        """Pass data on; on an idle connection it belongs to no request, so that is aborted."""
        if self.watch is None:
            self.abort()
            return
        self.watch.add(data)
        self.postpone()
        self._protocol.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass the end of the server's data on."""
        ended: bool | None = self._protocol.eof_received()
        return ended

    def pause_writing(self) -> None:
        """Pass on that the transport's buffer is full."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass on that the transport's buffer has room: the server has taken some of a request."""
        self.postpone()
        self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass the end of the connection on, and stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._protocol.connection_lost(exc)
