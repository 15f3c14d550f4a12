"""The state of one call."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import attrs

from .limits import Priority

if TYPE_CHECKING:
    from collections.abc import Callable

    from .errors import CloudError
    from .messages import Request
    from .retry import RetryPolicy


@attrs.define
class Call:
    """The state of one call.

    Attributes:
        request: The request, the same in each attempt.
        policy: The retry policy.
        is_expected: Whether it reads a resource that was just created, so that a 404 is temporary.
        on_sent: Called when an attempt is sent, after all waits for the budget.
        not_before: Earliest time of sending, by the event loop's clock. A slot that is granted
            earlier is held until then.
        deadline: End of the call's timeout, by the event loop's clock; None for no limit.
        attempts: Attempts so far.
        refusals: Those of them that a settling resource refused; they do not count as failures.
        throttled: Seconds that it waited for the rate limit so far.
        ambiguous: The failure of the last attempt that may have been carried out; None if there is
            none.
        is_under_way: Whether an attempt has been sent and has not ended.
        began: Start of the call, by `time.monotonic`.
        sent_at: Time of the first attempt, in seconds since 1970.
        elapsed: Seconds that the call took, once it is over.
        span: The tracer's span of it.
        status: HTTP status of the response that ended it; 0 while there is none.
    """

    request: Request
    policy: RetryPolicy
    is_expected: bool = False
    on_sent: Callable[[], object] | None = None
    not_before: float = 0.0
    deadline: float | None = None
    attempts: int = 0
    refusals: int = 0
    throttled: float = 0.0
    ambiguous: CloudError | None = None
    is_under_way: bool = False
    began: float = attrs.field(factory=time.monotonic)
    sent_at: float | None = None
    elapsed: float = 0.0
    span: object = None
    status: int = 0

    @property
    def failures(self) -> int:
        """Attempts that count against the retry policy."""
        return self.attempts - self.refusals

    @property
    def idempotent(self) -> bool:
        """Whether the request may be sent again although it may have been carried out."""
        return self.request.operation.idempotent

    @property
    def priority(self) -> Priority:
        """The priority of its requests: changes go before reads."""
        return Priority.READ if self.request.method in {"GET", "HEAD"} else Priority.CHANGE

    def begin_attempt(self) -> None:
        """Count an attempt that is about to be sent."""
        self.attempts += 1
        if self.sent_at is None:
            self.sent_at = time.time()
        self.is_under_way = True
        if self.on_sent is not None:
            self.on_sent()

    def has_time_for(self, seconds: float) -> bool:
        """Return whether a wait ends before the call's deadline."""
        if self.deadline is None:
            return True
        return asyncio.get_running_loop().time() + seconds < self.deadline
