"""The turn of a service in an action, which it can release while it only waits."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator


class Turn:
    """A place among the services whose requests are sent concurrently.

    Args:
        semaphore: Counts the permits.
    """

    def __init__(self, semaphore: asyncio.Semaphore) -> None:
        self._semaphore = semaphore
        self._is_held = False

    async def take(self) -> None:
        """Wait for a permit."""
        await self._semaphore.acquire()
        self._is_held = True

    def give_back(self) -> None:
        """Release the place for the next service, unless it is already released."""
        if self._is_held:
            self._is_held = False
            self._semaphore.release()

    @asynccontextmanager
    async def released(self) -> AsyncGenerator[None]:
        """Release the place for the duration of the block.

        After a cancelled block it is not acquired again.
        """
        self.give_back()
        yield
        await self.take()
