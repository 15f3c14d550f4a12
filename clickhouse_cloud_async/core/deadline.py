"""The time limit of a call that sends several requests one after the other."""

from __future__ import annotations

import time

NO_TIME = 0.001
"""Seconds of a request after the deadline: it fails at once with the error of a timeout."""


class Deadline:
    """The end of a call's time; it begins when this is made.

    Args:
        seconds: Seconds for the whole call; None for no limit.
    """

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    def left(self, at_least: float = NO_TIME) -> float | None:
        """Return the seconds that are left; None for no limit.

        Args:
            at_least: Seconds that a request is given even if less time is left.
        """
        return None if self._end is None else max(self._end - time.monotonic(), at_least)

    def has_time_for(self, seconds: float) -> bool:
        """Return whether a wait ends before the deadline.

        Args:
            seconds: Seconds of the wait.
        """
        return self._end is None or time.monotonic() + seconds < self._end
