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
        policy: How often and how soon.
        is_expected: Whether what it reads is there, so that an absence in the response passes.
        on_sent: Called when an attempt is sent, after all waits for the budget.
        not_before: Time of the event loop before which nothing is sent. A slot that is granted
            earlier is held until then.
        deadline: Time of the event loop at which the call has to be over; None for no limit.
        attempts: Attempts so far.
        refusals: Those of them that a settling resource refused; they do not count as failures.
        throttled: Seconds that it waited for the rate limit so far.
        ambiguous: The failure of the last attempt that may have been carried out; None if none may.
        is_under_way: Whether an attempt has been sent and has not ended.
        began: When it began, by the clock of `time.monotonic`.
        sent_at: When the first attempt was sent, in seconds since 1970.
        elapsed: Seconds that the call took, once it is over.
        span: What the tracer keeps of it.
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
        """Changes go before reads."""
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
        """Return whether a wait ends before the call has to."""
        if self.deadline is None:
            return True
        return asyncio.get_running_loop().time() + seconds < self.deadline
