"""Refusals of the query service and of ClickHouse."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from clickhouse_cloud_async.core.ambiguity import is_ambiguous_status
from clickhouse_cloud_async.core.call_errors import outcome_unknown_error
from clickhouse_cloud_async.core.messages import Response
from clickhouse_cloud_async.core.problems import annotate, status_error
from clickhouse_cloud_async.core.values import Secret

from .errors import QueryError, ServiceNotRunningError

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.call import Call
    from clickhouse_cloud_async.core.errors import CloudError

IDLE, STOPPED = "idle", "stopped"

_STATES = {"Confirm wake service": IDLE, "Service is stopped": STOPPED}
"""Messages of the query service with status 206, and the state that each indicates."""

_UNAVAILABLE = "service is currently unavailable"
"""Its message for a stopped service with status 404."""

_SERVER_ERROR = re.compile(r"Code: (\d+)\. DB::")
_ERROR_NAME = re.compile(r"\(([A-Z][A-Z0-9_]+)\)")

_HINTS = {
    IDLE: "pass wake=True, or wake it with services.wake",
    STOPPED: "start it with services.start, or run the query within services.awake",
}
_ACCESS_HINT = (
    "the query endpoint of the service has to know the key: see query_endpoints.set, or use a"
    " temporary key"
)
_NO_ACCESS = frozenset((HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND))


def server_error(text: str) -> QueryError | None:
    """Return the error that ClickHouse wrote as text; None if the text is not an error.

    Args:
        text: Text that ClickHouse sent instead of a result, or after its beginning.
    """
    found = _SERVER_ERROR.search(text)
    return None if found is None else _query_error(found[1], text)


def refusal(call: Call, status: int, headers: Any, body: bytes) -> CloudError:
    """Return the error for a response of the query service that is not a result.

    Args:
        call: The call.
        status: HTTP status of the response.
        headers: Its header fields.
        body: Its body, or the beginning of it.
    """
    response = Response(status, headers, body, call.attempts)
    error = _error_of(call, response)
    return annotate(error, call.request, response)


def _error_of(call: Call, response: Response) -> CloudError:
    status, document = response.status, _document(response.body)
    state = _state(status, document)
    if state is not None:
        stopped = ServiceNotRunningError(f"the query was not run: the service is {state}")
        stopped.state, stopped.hint = state, _HINTS[state]
        return stopped
    found = document.get("error")
    if isinstance(found, dict) and isinstance(found.get("code"), (str, int)):
        return _query_error(str(found["code"]), str(found.get("details") or ""))
    query_error = server_error(response.body.decode(errors="replace"))
    if query_error is not None:
        return query_error
    error: CloudError = status_error(call.request, response)
    if is_ambiguous_status(status):
        # The gateway stops waiting after a while, and the query may continue to run.
        return outcome_unknown_error(call, error)
    if status in _NO_ACCESS:
        error.hint = _ACCESS_HINT
    return error


def _state(status: int, document: dict[str, Any]) -> str | None:
    """Return the state of a service that does not run; None if the response shows another error."""
    if status == HTTPStatus.PARTIAL_CONTENT:
        return _STATES.get(str(document.get("data")))
    says = document.get("error")
    if status == HTTPStatus.NOT_FOUND and isinstance(says, str) and _UNAVAILABLE in says:
        return STOPPED
    return None


def _query_error(code: str, details: str) -> QueryError:
    names = _ERROR_NAME.findall(details)
    named = f"{names[-1]} ({code})" if names else f"code {code}"
    error = QueryError(f"ClickHouse refused the query: {named}")
    error.code = code
    error.details = Secret(details) if details else None
    return error


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}
