"""The turn of a service in an action, which it can give back while it only waits."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator


class Turn:
    """A place among the services whose requests are sent at the same time.

    Args:
        semaphore: Counts the places.
    """

    def __init__(self, semaphore: asyncio.Semaphore) -> None:
        self._semaphore = semaphore
        self._is_held = False

    async def take(self) -> None:
        """Wait for a place."""
        await self._semaphore.acquire()
        self._is_held = True

    def give_back(self) -> None:
        """Give the place to the next service, unless that is done already."""
        if self._is_held:
            self._is_held = False
            self._semaphore.release()

    @asynccontextmanager
    async def released(self) -> AsyncGenerator[None]:
        """Leave the place to others for the duration of the block.

        After a block that was cancelled it is not taken again.
        """
        self.give_back()
        yield
        await self.take()
