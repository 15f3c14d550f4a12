"""Responses: results have no envelope, and errors are objects with a name and an ID."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import orjson

from clickhouse_cloud_async.emulation.messages import Outgoing
from clickhouse_cloud_async.emulation.problems import Problem, phrase_of
from clickhouse_cloud_async.emulation.validation import path_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from clickhouse_cloud_async.emulation.context import Context
    from clickhouse_cloud_async.emulation.endpoints import Endpoint
    from clickhouse_cloud_async.emulation.validation import MismatchError

NAMES: Final[Mapping[int, str]] = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.UNAUTHORIZED: "auth_failure",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.CONFLICT: "invalid_state",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "invalid_media_type",
    HTTPStatus.INTERNAL_SERVER_ERROR: "failed_request",
}
"""The API's names of errors by status; other statuses have their HTTP names."""

_TIMEOUTS = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT)
_TEMPORARY = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    *_TIMEOUTS,
)

_MISMATCHES = {
    "is required": "missing_field",
    "must be in the format": "invalid_format",
    "must be one of": "invalid_enum_value",
    "must match": "invalid_pattern",
    "must have": "invalid_length",
    "must be at": "invalid_range",
    "must be more": "invalid_range",
}
"""Error names by the beginning of a mismatch; all others are wrong types."""


def wrap(context: Context) -> Outgoing:
    """Return the response for a reply: JSON, the bytes of a file, or nothing."""
    reply = context.reply
    assert reply is not None
    headers = {"x-request-id": context.request_id, **reply.headers}
    status, result = context.located.status, reply.result
    if result is None:
        return Outgoing(status, headers, b"")
    if isinstance(result, bytes):
        headers.setdefault("Content-Type", context.located.media)
        return Outgoing(status, headers, result)
    headers["Content-Type"] = "application/json"
    return Outgoing(status, headers, orjson.dumps(result) + b"\n")


def refuse(problem: Problem, request_id: str) -> Outgoing:
    """Return the response for a refusal.

    Args:
        problem: The reason.
        request_id: ID of the request, which is also that of the error.
    """
    status = problem.status
    content = {
        "name": NAMES.get(status, phrase_of(status).lower().replace(" ", "_")),
        "id": request_id,
        "message": problem.message,
        "temporary": status in _TEMPORARY,
        "timeout": status in _TIMEOUTS,
        "fault": status >= HTTPStatus.INTERNAL_SERVER_ERROR,
        **problem.details,
    }
    headers = {
        "Content-Type": "application/json",
        "x-request-id": request_id,
        **problem.headers,
    }
    return Outgoing(status, headers, orjson.dumps(content))


def no_route(context: Context) -> Problem:
    """Refuse a path that the API does not serve."""
    return Problem(HTTPStatus.NOT_FOUND, f"{context.incoming.path} is not served")


def mismatch_problem(endpoint: Endpoint, mismatch: MismatchError) -> Problem:
    """Return the error for invalid values: all of a body in one message, named after the first."""
    in_query = {parameter.name for parameter in endpoint.query}
    found = list(_all(mismatch))
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "; ".join(f"{_place(each, in_query)} {each.problem}" for each in found),
        details={"name": _name(found[0])},
    )


def _all(mismatch: MismatchError) -> Iterator[MismatchError]:
    yield mismatch
    for further in mismatch.further:
        yield from _all(further)


def _place(mismatch: MismatchError, in_query: Collection[str]) -> str:
    place = path_text(mismatch.path)
    is_in_query = bool(mismatch.path) and mismatch.path[0] in in_query
    return place if is_in_query or place == "body" else f"body.{place}"


def _name(mismatch: MismatchError) -> str:
    names = (name for start, name in _MISMATCHES.items() if mismatch.problem.startswith(start))
    return next(names, "invalid_field_type")
