"""What an error says, and whether the request was carried out all the same."""

from __future__ import annotations

from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.core.errors import (
    APIConnectionError,
    APIStatusError,
    ClickHouseCloudError,
    OutcomeUnknownError,
    ResponseDecodeError,
    ServerError,
    WaitError,
    WaitTimeoutError,
)

from .steps import FAILED, state_of

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service

    from .steps import Step


class Finding(Enum):
    """What is known about a request that has failed."""

    UNKNOWN = auto()
    """It may have been carried out or not."""
    NOT_CARRIED_OUT = auto()
    """It was not, and will not be."""
    ENDED_ELSEWHERE = auto()
    """It was, without success."""


_OF_STATE = frozenset((HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))


def may_be_carried_out(error: Exception) -> bool:
    """Whether the request may have been carried out all the same."""
    if isinstance(error, OutcomeUnknownError | ServerError | ResponseDecodeError):
        return True
    if isinstance(error, APIConnectionError) and error.was_sent and error.attempts:
        return True
    # The last attempt was refused; nothing is known of those before it.
    return isinstance(error, ClickHouseCloudError) and error.attempts > 1


def is_final(error: Exception) -> bool:
    """Whether a request that is not carried out yet will not be later either."""
    return isinstance(error, APIStatusError) and error.status != HTTPStatus.GATEWAY_TIMEOUT


def is_worth_a_look(step: Step, error: Exception) -> bool:
    """Whether a look at the service may tell more than the error does."""
    if may_be_carried_out(error):
        return step.by_look
    # Somebody else may have brought it where it should be.
    return step.by_state and isinstance(error, APIStatusError) and error.status in _OF_STATE


def judged(step: Step, before: str, seen: Service | None, error: Exception) -> Finding:
    """What a look says about a request that may have been carried out.

    Args:
        step: What the request was for; the service is not as it would be after it.
        before: State of the service before.
        seen: The service as it was seen.
        error: What went wrong.
    """
    state = state_of(seen)
    if step.by_state and state == FAILED:
        return Finding.UNKNOWN if before == FAILED else Finding.ENDED_ELSEWHERE
    if step.by_state and not step.sendable(seen):
        return Finding.ENDED_ELSEWHERE
    return Finding.NOT_CARRIED_OUT if is_final(error) else Finding.UNKNOWN


def said(error: Exception) -> str:
    """What went wrong, in the words of a report, which names the service itself."""
    if isinstance(error, WaitError) and error.kind == LIFECYCLE.kind and error.state is not None:
        is_late = isinstance(error, WaitTimeoutError)
        return f"it is {error.state}{', and the time was up' if is_late else ''}"
    if isinstance(error, ClickHouseCloudError):
        return error.message
    return str(error) or type(error).__name__
