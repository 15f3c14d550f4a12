"""Rate limits as values, and the interface of limiters."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

import attrs

from .errors import ConfigurationError
from .numbers import is_number, is_whole
from .redis_url import check_redis_url


@attrs.frozen
class RateLimit:
    """Maximum number of requests of a key in a period.

    Attributes:
        requests: Maximum number of requests in any window; at least 1.
        per: Length of a window in seconds.
        storage: URL of a Redis server, such as ``redis://localhost:6379``, through which processes
            and machines share the budget; None limits this process only.

    Raises:
        ConfigurationError: A number is not positive, or the storage is not a Redis URL.
    """

    requests: int = attrs.field()
    per: float = attrs.field(default=10.0, kw_only=True)
    storage: str | None = attrs.field(default=None, kw_only=True, repr=False)

    def __attrs_post_init__(self) -> None:
        if not is_whole(self.requests) or self.requests < 1:
            raise ConfigurationError(
                f"requests of a rate limit must be a whole number from 1, got {self.requests!r}"
            )
        if not is_number(self.per) or not 0 < self.per < float("inf"):
            raise ConfigurationError(
                f"per of a rate limit must be a number of seconds above 0, got {self.per!r}"
            )
        if self.storage is not None:
            check_redis_url(self.storage)


@attrs.frozen
class LimiterStatistics:
    """The state of a key's rate limit in this process, at one moment.

    Attributes:
        limit: The limit that applies; if there are several, the one with the lowest rate.
        in_flight: Requests in progress.
        used: Requests that have ended but still count in the window.
        waiting_changes: Calls that change something and wait for a slot.
        waiting_reads: Calls that read and wait for a slot.
        paused_for: Seconds for which no request is sent, because the server asked for a pause.
    """

    limit: RateLimit
    in_flight: int
    used: int
    waiting_changes: int
    waiting_reads: int
    paused_for: float

    def __str__(self) -> str:
        waiting = self.waiting_changes + self.waiting_reads
        text = (
            f"{self.limit.requests} per {self.limit.per:g} s: {self.in_flight} in flight,"
            f" {self.used} used, {waiting} waiting"
        )
        return f"{text}, paused for {self.paused_for:.1f} s" if self.paused_for else text


class Priority(IntEnum):
    """The order in which calls that wait for a slot get one; the lower number goes first."""

    CHANGE = 0
    READ = 1


class Budget(Protocol):
    """The interface of a limiter, as clients use it.

    Every slot that was acquired must be released.
    """

    def try_acquire(self) -> bool:
        """Acquire a slot if that needs no wait."""
        raise NotImplementedError

    async def acquire(self, priority: Priority, *, can_wait: float = 0.0) -> None:
        """Wait for a slot.

        Args:
            priority: The order in which waiters get one.
            can_wait: Seconds by which a read can be delayed.
        """

    def release(self, *, sent: bool) -> None:
        """Release a slot; it is free at once if no request was sent."""

    @property
    def limit(self) -> RateLimit:
        """The limit that applies at present."""
        raise NotImplementedError

    def statistics(self) -> LimiterStatistics:
        """Return the state of the budget in this process."""
        raise NotImplementedError

    @property
    def has_waiting_changes(self) -> bool:
        """Whether requests that change something wait for a slot."""
        raise NotImplementedError

    @property
    def paused_for(self) -> float:
        """Seconds for which no request is sent, because the server asked for a pause."""
        raise NotImplementedError

    def pause_for(self, seconds: float, *, then_probe: bool = False) -> None:
        """Pause requests, because the server asked for it.

        Args:
            seconds: Duration of the pause.
            then_probe: Whether a single request has to succeed before all others are sent again.
        """

    def apply_server_limit(self, requests: int) -> None:
        """Apply the number of requests per window that the server announces."""

    @property
    def has_unpublished(self) -> bool:
        """Whether `publish` has anything to share."""
        raise NotImplementedError

    async def publish(self) -> None:
        """Share limits and pauses that the server sent since the last call with other processes."""

    async def close(self) -> None:
        """Close the connections through which the limit is shared."""
