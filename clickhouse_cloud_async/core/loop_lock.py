"""A lock for tasks in any event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import asyncio


class LoopLock:
    """A lock for each event loop; an `asyncio.Lock` belongs to the first loop that waits for it."""

    def __init__(self) -> None:
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            WeakKeyDictionary()
        )

    @property
    def here(self) -> asyncio.Lock:
        """The lock of the running event loop."""
        import asyncio  # which is not loaded when a client is imported

        return self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())
