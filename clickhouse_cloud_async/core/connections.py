"""A client's own pool of connections: aiohttp's, with another end and a cheaper look at silence."""

from __future__ import annotations

from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler


class Connector(aiohttp.TCPConnector):
    """A pool that is closed by its client or not at all.

    When it is dropped its sockets close themselves. Tearing it down here would do harm in a forked
    child, which shares its parent's epoll set, and the client has warned already.

    Args:
        **options: Those of aiohttp's connector.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        protocol: type[ResponseHandler] = _Connection
        self._factory = partial(protocol, loop=self._loop)
        _keep_large_blocks()

    def __del__(self, _warnings: object = None) -> None:
        pass


class _Connection(ResponseHandler):
    """A connection that lets its timer run, and looks when it rings whether it was silent so long.

    Aiohttp starts and cancels two timers for each answer, 13 us of a call's 120. Should it name
    these methods otherwise one day, it goes back to that.
    """

    _silent_at: float | None = None
    """When it will have been silent for too long; None while nothing is awaited."""

    def _reschedule_timeout(self) -> None:
        if not self._read_timeout:
            return
        self._silent_at = when = self._loop.time() + self._read_timeout
        if self._read_timeout_handle is None:
            self._read_timeout_handle = self._loop.call_at(when, self._look)

    def _drop_timeout(self) -> None:
        self._silent_at = None
        if self.transport is None and self._read_timeout_handle is not None:
            self._read_timeout_handle.cancel()
            self._read_timeout_handle = None

    def _look(self) -> None:
        self._read_timeout_handle = None
        if self._silent_at is None:
            return
        if self._silent_at > self._loop.time():
            self._read_timeout_handle = self._loop.call_at(self._silent_at, self._look)
        else:
            self._on_read_timeout()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Stop the timer too."""
        super().connection_lost(exc)
        self._drop_timeout()


def _keep_large_blocks() -> None:
    """Make glibc's malloc keep blocks as large as those into which event loops receive.

    It gives a block of 256 KiB back to the system at once, three system calls and a page fault for
    each answer, 25 us, until one that is larger has been freed. Whether a process gets there by
    itself is luck. Elsewhere this does nothing.
    """
    bytes(1024 * 1024)
