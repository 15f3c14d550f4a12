"""The rate limit of a key shared by processes and machines, through Redis (extra ``redis``)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from .errors import ConfigurationError
from .redis_book import Pause, RedisBook
from .telemetry import logger

if TYPE_CHECKING:
    from .limiter import Limiter
    from .limits import LimiterStatistics, Priority, RateLimit

REPLY_WITHIN = 2.0
"""Seconds without a reply after which a Redis server counts as lost."""

RETURN_AFTER = 5.0
"""Seconds for which a lost Redis server is not contacted."""

SHORTEST_WAIT = 0.01
"""Minimum number of seconds between two requests for a slot to Redis."""


class SharedLimiter:
    """A limiter of this process that also counts in Redis.

    While Redis is lost, calls continue under the local limit, with one warning; the connection is
    retried every few seconds.

    Args:
        local: The limiter of this process, with its queue of waiters.
        limit: The limit of all processes together.
        name: Non-secret text that identifies the key.
    """

    def __init__(self, local: Limiter, limit: RateLimit, name: str) -> None:
        self._local = local
        self._book = RedisBook(limit, name)
        self._pause: Pause | None = None
        self._announced: int | None = None
        self._published: int | None = None
        self._lost_until = 0.0
        self._warned = False

    def try_acquire(self) -> bool:
        """Return False: a request to Redis is needed, which takes a wait."""
        return False

    async def acquire(self, priority: Priority, *, can_wait: float = 0.0) -> None:
        """Wait for a slot of this process, then for one of the shared limit.

        Args:
            priority: The order in which waiters get one.
            can_wait: Seconds by which a read can be delayed.

        Raises:
            ConfigurationError: Redis refuses the credentials.
        """
        while True:
            await self._local.acquire(priority, can_wait=can_wait)
            try:
                pause = await self._count()
            except BaseException:
                self._local.release(sent=False)
                raise
            if pause is None:
                return
            can_wait = 0.0
            # The slot is released, so that one request of this process is sent after the pause.
            self._local.pause_for(pause.seconds, then_probe=pause.then_probe)
            self._local.release(sent=False)

    def release(self, *, sent: bool) -> None:
        """Release the slot of this process; Redis continues to count the request."""
        self._local.release(sent=sent)

    @property
    def limit(self) -> RateLimit:
        """The limit that applies at present."""
        return self._local.limit

    def statistics(self) -> LimiterStatistics:
        """Return the state of the rate limit in this process."""
        return self._local.statistics()

    def __repr__(self) -> str:
        return f"<SharedLimiter {self.statistics()}, shared through Redis>"

    @property
    def has_waiting_changes(self) -> bool:
        """Whether requests of this process that change something wait for a slot."""
        return self._local.has_waiting_changes

    @property
    def paused_for(self) -> float:
        """Seconds for which no request of this process is sent."""
        return self._local.paused_for

    def pause_for(self, seconds: float, *, then_probe: bool = False) -> None:
        """Pause requests; `publish` shares the pause with other processes."""
        self._local.pause_for(seconds, then_probe=then_probe)
        self._pause = Pause(seconds, then_probe)

    def apply_server_limit(self, requests: int) -> None:
        """Apply the number of requests per window that the server announces."""
        self._local.apply_server_limit(requests)
        self._announced = requests if requests > 0 else self._announced

    @property
    def has_unpublished(self) -> bool:
        """Whether the server sent new limits or pauses since the last call of `publish`."""
        return self._pause is not None or self._announced != self._published

    async def publish(self) -> None:
        """Share limits and pauses that the server sent since the last call with other processes."""
        announced = None if self._announced == self._published else self._announced
        pause, self._pause = self._pause, None
        if (pause is None and announced is None) or time.monotonic() < self._lost_until:
            return
        self._published = self._announced
        try:
            async with asyncio.timeout(REPLY_WITHIN):
                await self._book.publish(pause, announced)
        except Exception as error:  # noqa: BLE001 - whatever Redis or its client raises, it is lost
            self._lose(error)

    async def close(self) -> None:
        """Close the connections to Redis."""
        await self._book.close()

    async def _count(self) -> Pause | None:
        """Wait until a request is counted in Redis, or return a pause that comes first."""
        while True:
            found = await self._ask()
            if isinstance(found, Pause):
                return found
            if found <= 0:
                return None
            await asyncio.sleep(max(SHORTEST_WAIT, found))

    async def _ask(self) -> float | Pause:
        """Request a slot from Redis; while it is lost, the local one suffices."""
        if time.monotonic() < self._lost_until:
            return 0.0
        try:
            async with asyncio.timeout(REPLY_WITHIN):
                found = await self._book.acquire()
        except ConfigurationError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever Redis or its client raises, it is lost
            self._lose(error)
            return 0.0
        if self._warned:
            self._warned = False
            logger.info("the shared rate limit is back")
        return found

    def _lose(self, error: Exception) -> None:
        self._lost_until = time.monotonic() + RETURN_AFTER
        self._published = None
        if not self._warned:
            self._warned = True
            logger.warning(
                "the shared rate limit is lost (%s): continuing under the limit of this process",
                type(error).__name__,
            )
