"""The request budget of a key shared by processes and machines, through Redis (extra ``redis``)."""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from typing import TYPE_CHECKING, Any

import attrs
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool

from .telemetry import logger

if TYPE_CHECKING:
    from .limiter import Limiter
    from .limits import Priority, RateLimit

ANSWER_WITHIN = 2.0
"""Seconds after which a Redis server that does not answer counts as lost."""

RETURN_AFTER = 5.0
"""Seconds for which a Redis server that was lost is not asked again."""


@attrs.frozen
class _Connected:
    """Connections to Redis, which belong to one event loop."""

    loop: asyncio.AbstractEventLoop
    pool: ConnectionPool
    counter: MovingWindowRateLimiter


class SharedLimiter:
    """A limiter of this process that also counts in Redis.

    While Redis is lost, calls go on under the local limit, with one warning; it is tried again
    every few seconds.

    Args:
        local: The limiter of this process; it keeps the order of those who wait here.
        limit: What all who share the budget keep to together.
        name: What tells the key from others, not a secret.
    """

    def __init__(self, local: Limiter, limit: RateLimit, name: str) -> None:
        assert limit.storage is not None, "only limits with a storage are shared"
        self._local = local
        self._url = limit.storage
        # Requests do not reach the API in the order in which they are counted: a second more than
        # the window keeps them within it there too.
        self._item = RateLimitItemPerSecond(limit.requests, math.ceil(limit.per) + 1)
        self._name = hashlib.sha256(name.encode()).hexdigest()
        self._connected: _Connected | None = None
        self._lost_until = 0.0
        self._warned = False

    def try_acquire(self) -> bool:
        """Never: Redis has to be asked."""
        return False

    async def acquire(self, priority: Priority) -> None:
        """Wait for a slot here, then for one of all who share the budget."""
        await self._local.acquire(priority)
        try:
            while (wait := await self._ask()) > 0:  # noqa: ASYNC110  # Redis tells when, not an event
                await asyncio.sleep(wait)
        except BaseException:
            self._local.release(sent=False)
            raise

    def release(self, *, sent: bool) -> None:
        """Give a slot back to this process; what Redis has counted stays counted."""
        self._local.release(sent=sent)

    @property
    def limit(self) -> RateLimit:
        """How many requests all who share the budget make in which time at present."""
        return self._local.limit

    @property
    def paused_for(self) -> float:
        """Seconds for which no request of this process goes."""
        return self._local.paused_for

    def pause_for(self, seconds: float, *, then_probe: bool = False) -> None:
        """Let no request of this process go for a time."""
        self._local.pause_for(seconds, then_probe=then_probe)

    def apply_server_limit(self, requests: int) -> None:
        """Take over the number of requests that the server announces for a window."""
        self._local.apply_server_limit(requests)

    async def publish(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Close the connections to Redis."""
        connected, self._connected = self._connected, None
        if connected is not None and connected.loop is asyncio.get_running_loop():
            await connected.pool.disconnect()

    async def _ask(self) -> float:
        """Count a request in Redis; seconds to wait where the budget is used up."""
        if time.monotonic() < self._lost_until:
            return 0.0
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                counter = self._counter()
                if await counter.hit(self._item, self._name):
                    self._found()
                    return 0.0
                window = await counter.get_window_stats(self._item, self._name)
        except Exception as error:  # noqa: BLE001  # whatever Redis or its client raises, it is lost
            self._lost(error)
            return 0.0
        self._found()
        return max(0.01, float(window.reset_time) - time.time())

    def _counter(self) -> MovingWindowRateLimiter:
        loop = asyncio.get_running_loop()
        if self._connected is None or self._connected.loop is not loop:
            pool = ConnectionPool.from_url(self._url)
            url = self._url.replace("unix://", "redis+unix://", 1)
            options: dict[str, Any] = {"connection_pool": pool}
            storage = RedisStorage(f"async+{url}", implementation="redispy", **options)
            self._connected = _Connected(loop, pool, MovingWindowRateLimiter(storage))
        return self._connected.counter

    def _lost(self, error: Exception) -> None:
        self._lost_until = time.monotonic() + RETURN_AFTER
        if not self._warned:
            self._warned = True
            logger.warning(
                "the shared rate limit is lost (%s): going on under the limit of this process",
                type(error).__name__,
            )

    def _found(self) -> None:
        if self._warned:
            self._warned = False
            logger.info("the shared rate limit is back")
