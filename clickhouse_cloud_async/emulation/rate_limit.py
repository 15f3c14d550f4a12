"""The limit on requests per key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from .clock import Clock


@attrs.frozen
class RequestLimit:
    """A limit on requests per window and key.

    Windows are measured on the emulator's clock, so that virtual time works for them too. With
    ``time_scale=0`` a full window reopens only when the clock is advanced.

    Args:
        requests: Requests that a window allows, 1 or more.
        per: Length of a window in emulated seconds; it opens with its first request.

    Raises:
        ValueError: A number is too small.
    """

    requests: int = attrs.field(validator=attrs.validators.ge(1))
    per: float = attrs.field(default=10.0, validator=attrs.validators.gt(0))


@attrs.frozen
class Allowance:
    """State of a window after a request.

    Args:
        allowed: Whether the request may pass.
        limit: Requests that a window allows.
        remaining: Requests that this window still allows.
        reset: Emulated seconds until the window ends.
    """

    allowed: bool
    limit: int
    remaining: int
    reset: float


class RateLimiter:
    """Counts requests per key against a limit.

    Args:
        limit: The limit.
        clock: The clock that windows are measured on.
    """

    def __init__(self, limit: RequestLimit, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, key: str) -> Allowance:
        """Count one request of a key."""
        now = self._clock.elapsed
        opened, used = self._windows.get(key, (now, 0))
        # The time of a restored snapshot may be before the window.
        if not 0 <= now - opened < self._limit.per:
            opened, used = now, 0
        allowed = used < self._limit.requests
        used += allowed
        self._windows[key] = (opened, used)
        return Allowance(
            allowed,
            self._limit.requests,
            self._limit.requests - used,
            opened + self._limit.per - now,
        )
