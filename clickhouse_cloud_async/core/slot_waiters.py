"""Calls that wait for a slot of the rate limit, and the timers of their event loops."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from .limits import Priority


class Waiter:
    """A call that waits for a slot in its event loop, woken from any thread.

    Args:
        loop: The event loop of the call.
        priority: The order in which waiters get a slot.
        by: Time by which a read needs a slot, by the monotonic clock.

    Attributes:
        loop: As the argument.
        priority: As the argument.
        by: As the argument.
    """

    __slots__ = ("_future", "by", "loop", "priority")

    def __init__(self, loop: asyncio.AbstractEventLoop, priority: Priority, by: float) -> None:
        self.loop: asyncio.AbstractEventLoop = loop
        self.priority: Priority = priority
        self.by: float = by
        self._future: asyncio.Future[None] = loop.create_future()

    async def wait(self) -> None:
        """Wait until woken."""
        await self._future
        self._future = self.loop.create_future()

    def wake(self) -> bool:
        """End the wait; return False if the loop is closed, and the waiter gone with it."""
        try:
            self.loop.call_soon_threadsafe(_complete, self._future)
        except RuntimeError:
            return False
        return True


def _complete(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class LoopTimer:
    """Timer of one event loop that fires when the next slot is free.

    Args:
        loop: The event loop.
        dispatch: Called with the timer when it fires.

    Attributes:
        when: The time at which it fires; infinite if it is not set.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, dispatch: Callable[[LoopTimer], None]
    ) -> None:
        self._loop = loop
        self._dispatch = dispatch
        self._handle: asyncio.TimerHandle | None = None
        self.when: float = math.inf

    def arm(self, when: float) -> None:
        """Set it, unless it is set to an earlier time; in a closed loop it never fires."""
        if when >= self.when:
            return
        self.when = when
        try:
            self._loop.call_soon_threadsafe(self._set)
        except RuntimeError:
            self.when = -math.inf

    def _set(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        if self.when < math.inf:
            delay = max(0.0, self.when - time.monotonic())
            self._handle = self._loop.call_later(delay, self._dispatch, self)
