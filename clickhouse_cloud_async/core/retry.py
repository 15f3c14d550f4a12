"""Retries: the policy, the waits, and the budget that bounds them."""

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

PASSING_REFUSALS = frozenset((408, 425))
"""Refusals that do not concern the content of the request: it came too slowly or too early."""


@attrs.frozen(kw_only=True)
class RetryPolicy:
    """Number and timing of the retries of a failed request.

    Idempotent operations are retried after connection errors, attempts that time out, the statuses
    408, 425 and 429, and those from 500 on, except 501 and 505. Other operations are retried only
    if the request was certainly not carried out. Waits grow exponentially with full jitter. If the
    server asks for a wait, it replaces the computed one. No wait exceeds the timeout of the call.

    Attributes:
        attempts: Maximum number of attempts of a call, including the first; 1 turns retries off.
        first_wait: Upper bound of the first wait, in seconds; the bound doubles with each further
            wait.
        longest_wait: Upper bound of every wait that the server did not request, in seconds.
        longest_server_wait: Longest wait that a server may request, in seconds. If it requests
            more, the error is raised at once, and the key is paused for no longer than this.
        in_progress_wait: Seconds between attempts while the API refuses a request because another
            operation on the same resource is in progress, until the timeout of the call, and for
            half an hour at most; None raises `OperationInProgressError` at once. These attempts are
            not counted.

    Raises:
        ConfigurationError: A number is out of range.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 20.0
    longest_server_wait: float = 120.0
    in_progress_wait: float | None = None

    def __attrs_post_init__(self) -> None:
        if not is_whole(self.attempts) or self.attempts < 1:
            raise ConfigurationError(
                f"attempts must be a whole number from 1, got {self.attempts!r}"
            )
        for name in ("first_wait", "longest_wait", "longest_server_wait", "in_progress_wait"):
            wait = getattr(self, name)
            if wait is None and name == "in_progress_wait":
                continue
            if not is_number(wait) or not 0 <= wait < float("inf"):
                raise ConfigurationError(f"{name} must be a number of seconds from 0, got {wait!r}")

    def backoff(self, failures: int, spread: Callable[[], float] = random.random) -> float:
        """Return the seconds to wait after failed attempts.

        Args:
            failures: Number of failed attempts so far, 1 or more.
            spread: A source of numbers from 0 to 1, for the jitter.
        """
        # Past 64 doublings the bound is reached for any sensible first wait.
        bound = min(self.longest_wait, self.first_wait * 2.0 ** min(failures - 1, 64))
        return spread() * bound


class RetryBudget:
    """A token bucket that bounds the retries of a client.

    A retry costs tokens, and a successful call refunds some: a few failures are always retried, and
    retries do not aggravate an outage. A retry after a 429 costs nothing, because the server itself
    says when to retry.
    """

    CAPACITY = 500.0
    COST = 5.0
    COST_OF_TIMEOUT = 10.0
    REFUND = 1.0

    def __init__(self) -> None:
        self.reset_after_fork()
        resets_after_fork(self)

    def reset_after_fork(self) -> None:
        """Start with all tokens and a new lock: the parent may hold the old one."""
        self._tokens = self.CAPACITY
        self._lock = threading.Lock()

    def spend(self, cost: float) -> bool:
        """Take the tokens for a retry; if there are too few, take none and return False."""
        with self._lock:
            if self._tokens < cost:
                return False
            self._tokens -= cost
            return True

    def refund(self, spent: float) -> None:
        """Refund tokens after a success.

        Args:
            spent: Tokens that the retries of this call cost; 0 if its first attempt succeeded.
        """
        if self._tokens == self.CAPACITY:
            return
        with self._lock:
            self._tokens = min(self.CAPACITY, self._tokens + (spent or self.REFUND))
