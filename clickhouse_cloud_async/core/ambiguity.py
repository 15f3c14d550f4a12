"""Decides whether a failed request may have been carried out."""

from __future__ import annotations

from http import HTTPStatus

from .errors import (
    APIConnectionError,
    APIStatusError,
    CloudError,
    OutcomeUnknownError,
    ResponseDecodeError,
)

NOT_CARRIED_OUT = frozenset((HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED))
"""Server errors that mean that the request was not carried out."""


def is_ambiguous_status(status: int) -> bool:
    """Return whether a status leaves the outcome of the request open.

    A gateway that gives up on its origin responds with any of 500, 502, 503, 504 and 520 to 530,
    and the origin may finish the request later. Statuses above 599 come from gateways alone.
    """
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in NOT_CARRIED_OUT


def may_have_been_carried_out(error: Exception) -> bool:
    """Return whether a request that ended with an error may have been, or may yet be, carried out.

    This is the only place that decides it. A caller that must not repeat an effect verifies the
    actual state, more than once and over some time, before it sends such a request again.

    Args:
        error: The error that the call raised, after all of its attempts.

    Returns:
        False only if no attempt of the call can have had an effect.
    """
    if not isinstance(error, CloudError):
        return False
    if error.has_ambiguous_attempt or isinstance(error, OutcomeUnknownError | ResponseDecodeError):
        return True
    if isinstance(error, APIStatusError):
        return error.status is None or is_ambiguous_status(error.status)
    return isinstance(error, APIConnectionError) and error.was_sent
