"""The emulator's clock: real time, stretched or squeezed, and moved by hand."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""When emulated time begins: a fixed Monday morning, so that a run repeats exactly."""

MINUTE = 60
"""Seconds of a minute."""

HOUR = 60 * MINUTE
"""Seconds of an hour."""

DAY = 24 * HOUR
"""Seconds of a day."""

LATEST = 100 * 365 * DAY
"""Where emulated time ends, in seconds after the start: far off, and within what a date can be."""

ROUNDING = 0.001
"""Seconds that a difference of two moments may be below 0 because it was rounded."""


class Clock:
    """Emulated time: the start plus real elapsed seconds times a scale plus what was advanced.

    Args:
        time_scale: Emulated seconds per real second; 0 stands still until advanced.
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
        """The emulated moment, in UTC."""
        return moment_at(self.elapsed)

    def advance(self, seconds: float) -> None:
        """Move emulated time forward at once.

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
        """Go to a moment, which may lie in the past.

        Args:
            elapsed: Emulated seconds since the start.
        """
        self._began = self._monotonic()
        self._advanced = elapsed


def moment_at(elapsed: float) -> datetime:
    """The emulated moment that many emulated seconds after the start (negative: before it)."""
    return START + timedelta(seconds=min(elapsed, LATEST))


def elapsed_at(moment: datetime) -> float:
    """The emulated seconds from the start to a moment (negative: before it)."""
    return (moment - START).total_seconds()


def next_hour(elapsed: float) -> float:
    """The next full hour after a moment, in emulated seconds; emulated time begins at one."""
    return (elapsed // HOUR + 1) * HOUR


def timestamp(moment: datetime) -> str:
    """Write a moment as the API does, such as ``2026-01-05T09:00:00Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
