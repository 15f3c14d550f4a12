"""Errors of calls that ended without a conclusive response."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from .ambiguity import may_have_been_carried_out
from .errors import APITimeoutError, OutcomeUnknownError

if TYPE_CHECKING:
    from .call import Call
    from .errors import CloudError
    from .messages import Request


def timeout_error(
    call: Call, message: str, cause: BaseException | None = None
) -> APITimeoutError | OutcomeUnknownError:
    """Return the error for a call that timed out before it had a response.

    Args:
        call: The call.
        message: Message of the error.
        cause: The underlying error.
    """
    request = call.request
    error = APITimeoutError(
        message,
        operation=request.operation.id,
        method=request.method,
        path=request.path,
        attempts=call.attempts,
    )
    error.api = request.api.name
    error.was_sent = call.is_under_way
    error.has_ambiguous_attempt = call.ambiguous is not None
    error.__cause__ = cause
    if call.idempotent or not may_have_been_carried_out(error):
        return error
    return outcome_unknown_error(call, call.ambiguous or error)


def outcome_unknown_error(call: Call, cause: CloudError) -> OutcomeUnknownError:
    """Return the error for a request that may or may not have been carried out.

    Args:
        call: The call, whose request must not be sent again.
        cause: The failure that leaves its outcome open.
    """
    request = call.request
    error = OutcomeUnknownError(
        f"{request.operation.id or 'the request'} may or may not have been carried out:"
        f" {cause.message}; check the actual state before you send it again",
        operation=request.operation.id,
        method=request.method,
        path=request.path,
        status=cause.status,
        request_id=cause.request_id,
        attempts=call.attempts,
        sent_at=None if call.sent_at is None else datetime.fromtimestamp(call.sent_at, UTC),
        name=_created_name(request),
    )
    error.api = request.api.name
    error.__cause__ = cause
    return error


def _created_name(request: Request) -> str | None:
    """Return the name of the resource that a request creates, by which it can be found."""
    document = orjson.loads(request.body) if isinstance(request.body, bytes) else None
    name = document.get(request.api.name_field) if isinstance(document, dict) else None
    return name if isinstance(name, str) else None
