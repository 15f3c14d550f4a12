"""The emulator's clock: real time, scaled, which can be advanced."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""Start of emulated time: a fixed Monday morning, so that runs are reproducible."""

MINUTE = 60
"""Seconds of a minute."""

HOUR = 60 * MINUTE
"""Seconds of an hour."""

DAY = 24 * HOUR
"""Seconds of a day."""

LATEST = 100 * 365 * DAY
"""End of emulated time, in seconds after the start, within the range of dates."""

ROUNDING = 0.001
"""Tolerance in seconds for negative differences that are due to rounding."""


class Clock:
    """Emulated time: the start plus scaled real time plus the seconds that it was advanced by.

    Args:
        time_scale: Emulated seconds per real second; 0 stops time until it is advanced.
        monotonic: Source of real seconds.

    Attributes:
        time_scale: Emulated seconds per real second.

    Raises:
        ValueError: The scale is negative or not finite.
    """

    def __init__(
        self, time_scale: float = 1.0, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        if not math.isfinite(time_scale) or time_scale < 0:
            raise ValueError(f"time_scale must be finite and not negative, not {time_scale}")
        self.time_scale = time_scale
        self._monotonic = monotonic
        self._began = monotonic()
        self._advanced = 0.0

    @property
    def elapsed(self) -> float:
        """Emulated seconds since the start, `LATEST` at most."""
        passed = (self._monotonic() - self._began) * self.time_scale
        return min(passed + self._advanced, LATEST)

    def now(self) -> datetime:
        """The emulated time, in UTC."""
        return moment_at(self.elapsed)

    def advance(self, seconds: float) -> None:
        """Advance emulated time.

        Args:
            seconds: Emulated seconds.

        Raises:
            ValueError: The number is negative by more than a rounding error or not finite, or time
                would go on beyond `LATEST`.
        """
        if not math.isfinite(seconds) or seconds < -ROUNDING:
            raise ValueError(f"time can only move forward, not by {seconds} s")
        seconds = max(seconds, 0.0)
        if self.elapsed + seconds > LATEST:
            raise ValueError(
                f"emulated time ends at {timestamp(moment_at(LATEST))}, and {seconds} s after"
                f" {timestamp(self.now())} is later"
            )
        self._advanced += seconds

    def set(self, elapsed: float) -> None:
        """Set emulated time, which may go backwards.

        Args:
            elapsed: Emulated seconds since the start.
        """
        self._began = self._monotonic()
        self._advanced = elapsed


def moment_at(elapsed: float) -> datetime:
    """Return the emulated time a number of seconds after the start (negative: before it)."""
    return START + timedelta(seconds=min(elapsed, LATEST))


def elapsed_at(moment: datetime) -> float:
    """Return the seconds from the start to an emulated time (negative: before it)."""
    return (moment - START).total_seconds()


def next_hour(elapsed: float) -> float:
    """Return the next full hour, in emulated seconds; emulated time begins at a full hour."""
    return (elapsed // HOUR + 1) * HOUR


def timestamp(moment: datetime) -> str:
    """Format a time as the API does, such as ``2026-01-05T09:00:00Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
