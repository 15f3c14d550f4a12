"""Polling interval of the `wait_until` family."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.core.errors import ConfigurationError
from clickhouse_cloud_async.core.numbers import is_number

if TYPE_CHECKING:
    from collections.abc import Callable

POLLS_PER_TRANSITION = 15
"""Number of polls of a transition of typical length."""

POLLS_NEAR_THE_END = 45
"""Number of polls around its usual end."""

STALENESS = 14.85
"""Seconds for which the end of a transition may go unnoticed if polls delay changes.

With the 0.1 s by which a poll may be late, and 0.05 s for its response, it is seen within 15 s.
"""

EARLIEST_END = 0.9
"""Minimum length of a transition, as a rule, relative to its usual one."""

LATEST_END = 1.2
"""Maximum length of a transition, as a rule, relative to its usual one."""

JITTER = 0.2
"""Maximum jitter relative to an interval, so that many clients do not poll in step."""


@attrs.frozen(kw_only=True)
class Polling:
    """Polling interval of a client's waits.

    The interval is short while a transition takes no longer than usual, and grows after that.

    Attributes:
        share: Maximum share of the key's rate limit that polling uses, from above 0 to 1.
        shortest: Minimum time between two polls, in seconds.
        longest: Maximum time between two polls, in seconds. Up to a fifth is added at random, and
            more if the budget is used up.
        speed: Factor by which transitions are faster than in the cloud, for an emulator with a
            ``time_scale``; the two intervals above are divided by it.

    Raises:
        ConfigurationError: A number is out of range.
    """

    share: float = 0.5
    shortest: float = 1.0
    longest: float = 30.0
    speed: float = 1.0

    def __attrs_post_init__(self) -> None:
        for name in ("share", "shortest", "longest", "speed"):
            value = getattr(self, name)
            if not is_number(value):
                raise ConfigurationError(f"{name} of polling must be a number, got {value!r}")
        if not 0 < self.share <= 1:
            raise ConfigurationError("polling needs a share of the rate limit above 0 and up to 1")
        if not 0 < self.shortest <= self.longest < float("inf"):
            raise ConfigurationError("polling needs intervals above 0 s, the shortest first")
        if not 0 < self.speed < float("inf"):
            raise ConfigurationError("the speed of polling must be above 0")

    @property
    def pause(self) -> float:
        """Minimum time between two polls, in seconds of this machine."""
        return self.shortest / self.speed

    def backoff(self, failures: int) -> float:
        """Return the seconds until the next poll after a number of failed ones, 1 or more."""
        return min(self.pause * 2.0 ** min(failures - 1, 64), self.longest / self.speed)

    @property
    def staleness(self) -> float:
        """Seconds of this machine for which a change may go unnoticed if polls delay changes."""
        return STALENESS / self.speed

    def interval(self, elapsed: float, typical: float) -> float:
        """Return the seconds from one poll to the next.

        Args:
            elapsed: Seconds since the current state began, as far as known.
            typical: Typical seconds of the state in the cloud; 0 for a state that is not
                transitional.
        """
        usual = typical / self.speed
        is_near_the_end = EARLIEST_END * usual <= elapsed < LATEST_END * usual
        polls = POLLS_NEAR_THE_END if is_near_the_end else POLLS_PER_TRANSITION
        wanted = max(elapsed, usual) / polls
        return min(max(wanted, self.pause), self.longest / self.speed)


def jittered(seconds: float, spread: Callable[[], float] = random.random) -> float:
    """Return an interval with random jitter added.

    Args:
        seconds: The interval.
        spread: A source of numbers from 0 to 1.
    """
    return seconds * (1 + JITTER * spread())
