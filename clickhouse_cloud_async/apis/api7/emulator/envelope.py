"""The envelope of results and errors."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson

from clickhouse_cloud_async.emulation.messages import Outgoing
from clickhouse_cloud_async.emulation.problems import Problem, bad_request, phrase_of
from clickhouse_cloud_async.emulation.validation import path_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.context import Context
    from clickhouse_cloud_async.emulation.endpoints import Endpoint
    from clickhouse_cloud_async.emulation.validation import MismatchError

CODES: Mapping[int, int] = {HTTPStatus.UNAUTHORIZED: 6, HTTPStatus.NOT_FOUND: 4}
"""The known codes of the API; for all others the HTTP status is used."""


def wrap(context: Context) -> Outgoing:
    """Wrap the reply to a request in the envelope."""
    reply = context.reply
    assert reply is not None
    headers = {"x-request-id": context.request_id, **reply.headers}
    if context.located.status == HTTPStatus.FOUND:
        return Outgoing(HTTPStatus.FOUND, headers, b"")
    envelope: dict[str, object] = {"status": {"code": 0, "message": "OK"}, **reply.beside}
    if reply.result is not None:
        envelope["payload"] = reply.result
    headers["Content-Type"] = "application/json"
    return Outgoing(HTTPStatus.OK, headers, orjson.dumps(envelope))


def refuse(problem: Problem, request_id: str) -> Outgoing:
    """Return the response for a refusal.

    Args:
        problem: The reason.
        request_id: ID of the request.
    """
    status = problem.status
    content = {
        "status": {"code": CODES.get(status, status), "message": phrase_of(status)},
        "error": problem.message,
    }
    headers = {
        "Content-Type": "application/json",
        "x-request-id": request_id,
        **problem.headers,
    }
    return Outgoing(status, headers, orjson.dumps(content))


def no_route(context: Context) -> Problem:
    """Return the response for an unknown path."""
    return Problem(HTTPStatus.NOT_FOUND, f"{context.incoming.path} is not served")


def mismatch_problem(_endpoint: Endpoint, mismatch: MismatchError) -> Problem:
    """Return the problem for a mismatch."""
    return bad_request(f"{path_text(mismatch.path)}: {mismatch.problem}")
