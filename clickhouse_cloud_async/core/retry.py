"""When a request is sent again: the policy, the waits and the budget that bounds repeats."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import attrs

from .errors import ConfigurationError
from .forking import resets_after_fork
from .numbers import is_number, is_whole

if TYPE_CHECKING:
    from collections.abc import Callable

THROTTLED = 429
GATEWAY_FAILURES = frozenset((500, 502, 503, 504))
"""Statuses after which a request may succeed if it is sent again."""


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """How often and how soon a failed request is sent again.

    Operations that may be repeated are tried again after connection errors, attempts that time out
    and the statuses 429, 500, 502, 503 and 504; the others only where the request was surely not
    processed. Waits grow exponentially with full jitter; where the server says how long to wait,
    that holds. No wait goes past the call's time limit.

    Attributes:
        attempts: The most attempts of one call, the first included; 1 turns repeats off.
        first_wait: Upper bound of the first wait, in seconds; each further bound is twice the last.
        longest_wait: Upper bound of every wait of our own, in seconds.
        longest_server_wait: The longest wait that a server may ask for, in seconds; where it asks
            for more, the error is raised at once.

    Raises:
        ConfigurationError: A number is out of range.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 20.0
    longest_server_wait: float = 120.0

    def __attrs_post_init__(self) -> None:
        if not is_whole(self.attempts) or self.attempts < 1:
            raise ConfigurationError(
                f"attempts must be a whole number from 1, got {self.attempts!r}"
            )
        for name in ("first_wait", "longest_wait", "longest_server_wait"):
            wait = getattr(self, name)
            if not is_number(wait) or not 0 <= wait < float("inf"):
                raise ConfigurationError(f"{name} must be a number of seconds from 0, got {wait!r}")

    def backoff(self, failures: int, spread: Callable[[], float] = random.random) -> float:
        """Seconds to wait after so many failed attempts.

        Args:
            failures: Attempts that failed so far, 1 or more.
            spread: A source of numbers from 0 to 1, for the jitter.
        """
        # Past 64 doublings the bound is reached for any sensible first wait.
        bound = min(self.longest_wait, self.first_wait * 2.0 ** min(failures - 1, 64))
        return spread() * bound


class RetryBudget:
    """Bounds how many repeats a client makes when everything fails, as tokens in a bucket.

    A repeat costs tokens and a call that succeeds gives some back: a few failures are always
    repeated, an outage is not made worse. Waiting for a 429 costs nothing, because the server
    itself says when to come again.
    """

    CAPACITY = 500.0
    COST = 5.0
    COST_OF_TIMEOUT = 10.0
    REFUND = 1.0

    def __init__(self) -> None:
        self.reset_after_fork()
        resets_after_fork(self)

    def reset_after_fork(self) -> None:
        """Begin with all tokens, and with a lock that nobody holds."""
        self._tokens = self.CAPACITY
        self._lock = threading.Lock()

    def spend(self, cost: float) -> bool:
        """Take the tokens of a repeat; false where they do not suffice."""
        with self._lock:
            if self._tokens < cost:
                return False
            self._tokens -= cost
            return True

    def refund(self, spent: float) -> None:
        """Give tokens back after a success.

        Args:
            spent: What the repeats of this call cost; 0 where it succeeded at once.
        """
        if self._tokens == self.CAPACITY:
            return
        with self._lock:
            self._tokens = min(self.CAPACITY, self._tokens + (spent or self.REFUND))
