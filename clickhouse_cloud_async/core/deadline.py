"""The deadline of a call that sends several requests in sequence."""

from __future__ import annotations

import time

NO_TIME = 0.001
"""Timeout of a request after the deadline, in seconds: it fails at once with a timeout error."""


class Deadline:
    """The deadline of a call, counted from the creation of this object.

    Args:
        seconds: Seconds for the whole call; None for no limit.
    """

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    def left(self, at_least: float = NO_TIME) -> float | None:
        """Return the seconds that are left; None for no limit.

        Args:
            at_least: Minimum number of seconds, even if less time is left.
        """
        return None if self._end is None else max(self._end - time.monotonic(), at_least)

    def has_time_for(self, seconds: float) -> bool:
        """Return whether a wait ends before the deadline.

        Args:
            seconds: Seconds of the wait.
        """
        return self._end is None or time.monotonic() + seconds < self._end
