"""Applies what a response says about the rate limit."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from .server_time import RESET_MARGIN, requested_wait
from .telemetry import logger

if TYPE_CHECKING:
    from .api import RateHeaders
    from .limits import Budget
    from .messages import Response
    from .retry import RetryPolicy

THROTTLED = 429
"""Status of a response to a request beyond the rate limit."""

LONGEST_COUNT = 9
"""Maximum number of digits of a plausible limit."""


def apply_rate_headers(
    limiter: Budget, headers: RateHeaders, response: Response, policy: RetryPolicy
) -> None:
    """Apply the limit that a response announces, and the pause that a 429 asks for.

    Args:
        limiter: The rate limit of the key.
        headers: Names of the API's headers.
        response: The response, which was just received.
        policy: Limits the length of a pause; after a longer one a single request is sent first.
    """
    announced = _count(response.headers.get(headers.limit, ""))
    if announced is not None:
        limiter.apply_server_limit(announced)
    if response.status != THROTTLED:
        return
    asked = requested_wait(response.headers, headers.reset)
    if asked is None:
        return
    wait, longest = asked + RESET_MARGIN, policy.longest_server_wait
    limiter.pause_for(min(wait, longest), then_probe=wait > longest)
    if wait > longest:
        logger.warning(
            "status 429 asks for a wait of %.6g s: no request of this key for %g s"
            " (longest_server_wait), then a single one is sent",
            asked,
            longest,
        )


@lru_cache(maxsize=16)  # mostly the same text
def _count(text: str) -> int | None:
    """Return the number that a header announces; None if it is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= LONGEST_COUNT
    return int(text) if is_number else None
