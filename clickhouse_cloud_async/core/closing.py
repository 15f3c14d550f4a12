"""Ends the waits of calls when their client is closed."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class ClosedError(Exception):
    """The client was closed during a wait, or before it."""


class Closing:
    """Ends waiting calls, in any event loop, when their client is closed.

    Attributes:
        is_closed: Whether the client is closed.
    """

    def __init__(self) -> None:
        self._scopes: dict[asyncio.Timeout, asyncio.AbstractEventLoop] = {}
        self.is_closed: bool = False

    @asynccontextmanager
    async def until_closed(self) -> AsyncGenerator[None, None]:
        """Run the block until it ends or the client is closed.

        Raises:
            ClosedError: The client is closed.
        """
        if self.is_closed:
            raise ClosedError
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._scopes[scope] = asyncio.get_running_loop()
                try:
                    yield
                finally:
                    del self._scopes[scope]
        except TimeoutError:
            if scope.expired():
                raise ClosedError from None
            raise

    def close(self) -> None:
        """End all blocks that run until the client is closed."""
        self.is_closed = True
        for scope, loop in list(self._scopes.items()):
            with suppress(RuntimeError):  # the loop is closed, so that no call runs in it
                loop.call_soon_threadsafe(self._end, scope, loop)

    def _end(self, scope: asyncio.Timeout, loop: asyncio.AbstractEventLoop) -> None:
        if scope in self._scopes:
            scope.reschedule(loop.time())
