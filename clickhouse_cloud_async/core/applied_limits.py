"""The rate limits that apply to a key: those of its clients, the server's, or a default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .limits import RateLimit

if TYPE_CHECKING:
    from collections.abc import Iterator


class AppliedLimits:
    """The rate limits that apply to a key, all at the same time.

    Args:
        limit: The limit of the first client.
        is_asked_for: Whether the client requested it; if not, it is a default, which any limit that
            a client requests or the server announces replaces.

    Attributes:
        announced: Requests per window that the server announces; None if it announced none.
        fewest: Requests of the smallest window.
        longest: Length of the longest window in seconds.
    """

    def __init__(self, limit: RateLimit, *, is_asked_for: bool) -> None:
        self._default = None if is_asked_for else limit
        self._asked: tuple[RateLimit, ...] = (limit,) if is_asked_for else ()
        self.announced: int | None = None
        self._limits: tuple[RateLimit, ...] = (limit,)
        self.fewest: int = limit.requests
        self.longest: float = limit.per

    @property
    def lowest(self) -> RateLimit:
        """The limit with the lowest rate."""
        return min(self._limits, key=lambda limit: limit.requests / limit.per)

    def __iter__(self) -> Iterator[RateLimit]:
        return iter(self._limits)

    def add(self, limit: RateLimit) -> None:
        """Add a limit that a client requests, unless another one implies it."""
        limit = RateLimit(limit.requests, per=limit.per)
        if not any(_implies(other, limit) for other in self._asked):
            others = (other for other in self._asked if not _implies(limit, other))
            self._asked = (*others, limit)
            self._apply()

    def replace(self, limit: RateLimit) -> None:
        """Replace all limits that clients requested."""
        self._asked = (limit,)
        self._apply()

    def announce(self, requests: int) -> None:
        """Add the number of requests per window that the server announces, if it is valid."""
        if requests >= 1:
            self.announced = requests
            self._apply()

    def _apply(self) -> None:
        limits = list(self._asked)
        if self.announced is not None:
            windows = [limit.per for limit in (*self._asked, self._default) if limit is not None]
            # A server does not announce its window; a client that requests a shorter one than the
            # default knows a server that has it.
            limits.append(RateLimit(self.announced, per=min(windows)))
        elif not limits and self._default is not None:
            limits.append(self._default)
        self._limits = tuple(limits)
        self.fewest = min(limit.requests for limit in limits)
        self.longest = max(limit.per for limit in limits)


def _implies(one: RateLimit, other: RateLimit) -> bool:
    """Return whether one limit implies another."""
    return one.requests <= other.requests and one.per >= other.per
