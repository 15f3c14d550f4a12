"""A lock for tasks, wherever they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


class LoopLock:
    """A lock for each event loop; an `asyncio.Lock` belongs to the first loop that waits for it."""

    def __init__(self) -> None:
        self._lock: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    @property
    def here(self) -> asyncio.Lock:
        """The lock of the running event loop."""
        import asyncio  # which importing a client does not load

        loop = asyncio.get_running_loop()
        lock = self._lock
        if lock is None or lock[0] is not loop:
            self._lock = lock = (loop, asyncio.Lock())
        return lock[1]
