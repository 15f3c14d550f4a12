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
"""How often a transition of typical length is polled."""

POLLS_NEAR_THE_END = 45
"""The same for the time around its usual end."""

STALENESS = 14.85
"""Seconds for which the end of a transition may stay unseen where polls cost changes.

With the 0.1 s by which a poll may be late, and 0.05 s for its response, it is seen within 15 s.
"""

EARLIEST_END = 0.9
"""The part of its usual time that a transition takes at least, as a rule."""

LATEST_END = 1.2
"""The part of its usual time that a transition takes at most, as a rule."""

JITTER = 0.2
"""By which part of itself an interval may be longer, so that many clients do not go in step."""


@attrs.frozen(kw_only=True)
class Polling:
    """Polling interval of a client's waits.

    Polls follow each other quickly while a transition takes no longer than is typical of it, and
    ever more slowly after that.

    Attributes:
        share: The most of the key's rate limit that polling uses, from above 0 to 1.
        shortest: The least time between two polls, in seconds.
        longest: The most time between two polls, in seconds. Up to a fifth is added at random, and
            more where the budget is used up.
        speed: How many times faster than in the cloud transitions pass, for an emulator with a
            ``time_scale``; the two intervals above shrink as much.

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
            raise ConfigurationError("the speed of polling has to be above 0")

    @property
    def pause(self) -> float:
        """The least time between two polls, in seconds of this machine."""
        return self.shortest / self.speed

    def backoff(self, failures: int) -> float:
        """Seconds until the next poll after so many that failed, 1 or more."""
        return min(self.pause * 2.0 ** min(failures - 1, 64), self.longest / self.speed)

    @property
    def staleness(self) -> float:
        """Seconds for which a change may stay unseen where polls cost changes, of this machine."""
        return STALENESS / self.speed

    def interval(self, elapsed: float, typical: float) -> float:
        """Seconds from one poll to the next.

        Args:
            elapsed: Seconds since the present state began, as far as is known.
            typical: Seconds that it takes in the cloud; 0 for a state that does not pass.
        """
        usual = typical / self.speed
        is_near_the_end = EARLIEST_END * usual <= elapsed < LATEST_END * usual
        polls = POLLS_NEAR_THE_END if is_near_the_end else POLLS_PER_TRANSITION
        wanted = max(elapsed, usual) / polls
        return min(max(wanted, self.pause), self.longest / self.speed)


def jittered(seconds: float, spread: Callable[[], float] = random.random) -> float:
    """An interval that is a little longer at random.

    Args:
        seconds: The interval.
        spread: A source of numbers from 0 to 1.
    """
    return seconds * (1 + JITTER * spread())
