"""What the error of a request says about whether the request was carried out."""

from __future__ import annotations

from http import HTTPStatus

from clickhouse_cloud_async.core.errors import (
    APIConnectionError,
    APIStatusError,
    ClickHouseCloudError,
    OutcomeUnknownError,
    ResponseDecodeError,
    ServerError,
)

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


def is_about_state(error: Exception) -> bool:
    """Whether the state of the service may be the reason of a refusal."""
    return isinstance(error, APIStatusError) and error.status in _OF_STATE
