"""Decides whether a failed attempt is followed by another one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from .ambiguity import is_ambiguous_status, may_have_been_carried_out
from .errors import APIConnectionError, APITimeoutError, CloudError
from .messages import Response
from .problems import is_absent, is_in_progress, is_temporary, status_error
from .rate_headers import THROTTLED
from .retry import PASSING_REFUSALS, RetryBudget
from .server_time import RESET_MARGIN, requested_wait

if TYPE_CHECKING:
    from .call import Call

IN_PROGRESS_FOR = 1800.0
"""Seconds for which a request is retried while another operation is in progress."""

AttemptResult = Response | CloudError
"""The result of an attempt: a response, or an error of this package."""


class Retry(NamedTuple):
    """Another attempt.

    Attributes:
        wait: Seconds until it is sent.
        cost: Tokens that it takes from the retry budget.
        is_throttled: Whether the failed attempt was beyond the rate limit.
    """

    wait: float
    cost: float
    is_throttled: bool = False


def decide_retry(call: Call, result: AttemptResult) -> Retry | None:
    """Decide whether a failed attempt is followed by another one.

    The caller checks the timeout of the call and the retry budget.

    Args:
        call: The call, with the attempt counted.
        result: How the attempt ended.

    Returns:
        The other attempt; None if the call ends with this result.
    """
    policy = call.policy
    if policy.in_progress_wait is not None and _is_in_progress(call, result):
        # The API did nothing, as if the request had not been sent.
        call.refusals += 1
        waited = time.time() - (call.sent_at or 0.0)
        return Retry(policy.in_progress_wait, 0.0) if waited < IN_PROGRESS_FOR else None
    if call.failures >= policy.attempts:
        return None
    if isinstance(result, Response):
        retry = _after_response(call, result)
    elif isinstance(result, APIConnectionError) and (call.idempotent or not result.was_sent):
        is_timeout = isinstance(result, APITimeoutError)
        cost = RetryBudget.COST_OF_TIMEOUT if is_timeout else RetryBudget.COST
        retry = Retry(policy.backoff(call.failures), cost)
    else:
        return None
    return None if retry is None or retry.wait > policy.longest_server_wait else retry


def _is_in_progress(call: Call, result: AttemptResult) -> bool:
    return isinstance(result, Response) and is_in_progress(call.request, result)


def _after_response(call: Call, response: Response) -> Retry | None:
    api, backoff = call.request.api, call.policy.backoff(call.failures)
    asked = requested_wait(response.headers, api.rate_headers.reset)
    if response.status == THROTTLED:
        wait = backoff if asked is None else asked + RESET_MARGIN
        return Retry(wait, 0.0, is_throttled=True)
    may_pass = (
        response.status in PASSING_REFUSALS
        or is_ambiguous_status(response.status)
        or (call.is_expected and is_absent(call.request, response))
    )
    if not call.idempotent or not (may_pass or is_temporary(api, response)):
        return None
    return Retry(max(backoff, asked or 0.0), RetryBudget.COST)


def note_ambiguity(call: Call, result: AttemptResult) -> None:
    """Keep the failure of an attempt that may have been carried out."""
    if isinstance(result, Response):
        if is_ambiguous_status(result.status):
            result.attempts = call.attempts
            call.ambiguous = status_error(call.request, result)
    elif isinstance(result, APIConnectionError) and may_have_been_carried_out(result):
        call.ambiguous = result
