"""The share of a key's rate limit that polling may use."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.limiter import Limiter
from clickhouse_cloud_async.core.limits import Priority, RateLimit

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from clickhouse_cloud_async.core.limits import Budget


class PollBudget:
    """Keeps all pollers of a client within a share of its rate limit.

    Args:
        limiter: The limiter of the whole rate limit; None for no limit.
        share: The share, from above 0 to 1.
    """

    def __init__(self, limiter: Budget | None, share: float) -> None:
        self._whole = limiter
        self._share = share
        self._part: Limiter | None = None

    @property
    def is_crowded(self) -> bool:
        """Whether a poll would take the slot of a waiting change."""
        return self._whole is not None and self._whole.has_waiting_changes

    @property
    def window(self) -> float:
        """Seconds within which every slot of the rate limit opens once."""
        return 0.0 if self._whole is None else self._whole.limit.per

    @asynccontextmanager
    async def slot(self, is_sent: Callable[[], bool]) -> AsyncGenerator[None, None]:
        """Wait for a slot within the share, and count the request.

        Args:
            is_sent: Called afterwards; returns whether the request was sent.
        """
        if self._whole is None:
            yield
            return
        limit = part_of(self._whole.limit, self._share)
        if self._part is None:
            self._part = Limiter(limit, is_asked_for=True)
        self._part.replace_limit(limit)
        await self._part.acquire(Priority.READ)
        try:
            yield
        finally:
            self._part.release(sent=is_sent())


def part_of(limit: RateLimit, share: float) -> RateLimit:
    """Return the share of a limit; if it is less than one request, the window grows."""
    requests = int(limit.requests * share)
    if requests:
        return RateLimit(requests, per=limit.per)
    return RateLimit(1, per=limit.per / (limit.requests * share))
