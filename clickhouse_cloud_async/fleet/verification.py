"""Verification of ambiguous requests, and reporting of errors."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.errors import (
    APIStatusError,
    CloudError,
    WaitError,
    WaitTimeoutError,
)

if TYPE_CHECKING:
    from .steps import Step

WINDOW = 30.0
"""Seconds for which a service is polled for the effect of a request after an ambiguous error.

A gateway gives up on a request that its origin may still carry out.
"""

SHORTEST_WINDOW = 5.0
"""Shortest window in seconds; an emulator with a faster clock does not respond faster."""

_STATE_CONFLICTS = frozenset((HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))


def verification_window(speed: float) -> float:
    """Return the seconds for which a service is polled for the effect of an ambiguous request.

    Args:
        speed: Cloud seconds that pass in a second.
    """
    return max(WINDOW / speed, SHORTEST_WINDOW)


def is_state_conflict(step: Step, error: Exception) -> bool:
    """Return whether a concurrent request may have caused a refusal."""
    return step.by_state and isinstance(error, APIStatusError) and error.status in _STATE_CONFLICTS


def describe(error: Exception) -> str:
    """Return an error as the reason of an outcome, which names the service itself."""
    if isinstance(error, WaitError) and error.state is not None:
        is_late = isinstance(error, WaitTimeoutError)
        return f"it is {error.state}{', and the timeout has passed' if is_late else ''}"
    if isinstance(error, CloudError):
        return error.message
    return str(error) or type(error).__name__
