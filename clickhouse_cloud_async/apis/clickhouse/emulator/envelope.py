"""The envelope of results and errors."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING

import attrs
import orjson

from clickhouse_cloud_async.emulation.messages import Outgoing
from clickhouse_cloud_async.emulation.problems import Problem, bad_request
from clickhouse_cloud_async.emulation.validation import path_text

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.context import Context
    from clickhouse_cloud_async.emulation.endpoints import Endpoint
    from clickhouse_cloud_async.emulation.validation import MismatchError

_PAGE = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n'
    "</head>\n<body>\n<pre>{}</pre>\n</body>\n</html>\n"
)
"""The web server's response to a path without a route."""

_JSON = "application/json"
_REQUEST_ID = "X-Request-Id"


def wrap(context: Context) -> Outgoing:
    """Wrap the reply to a request in the API's envelope, if its operation has one."""
    endpoint, reply = context.located, context.reply
    assert reply is not None
    headers = {"Content-Type": endpoint.media, **reply.headers, _REQUEST_ID: context.request_id}
    if endpoint.media != _JSON:
        return Outgoing(endpoint.status, headers, str(reply.result).encode())
    is_enveloped, has_result = _form(endpoint)
    content: object = reply.result
    if is_enveloped:
        envelope: dict[str, object] = {"status": endpoint.status, "requestId": context.request_id}
        if has_result:
            envelope["result"] = reply.result
        content = {**envelope, **reply.beside}
    return Outgoing(endpoint.status, headers, orjson.dumps(content))


def wrap_flat(context: Context) -> Outgoing:
    """Do the same, with the items of a page as the result and the paging state next to them."""
    reply = context.reply
    assert reply is not None
    match reply.result:
        case {"items": items, "pagination": {"limit": limit, "totalRecords": total, **rest}}:
            beside = {"limit": limit, "totalCount": total, "nextCursor": rest["nextCursor"]}
            context.reply = attrs.evolve(reply, result=items, beside=beside)
        case _:
            pass
    return wrap(context)


def no_route(context: Context) -> Problem:
    """Return the response for an unknown path; in the live API it is a page of its web server."""
    if not context.world.is_live:
        return Problem(404, "there is nothing at this path")
    text = f"Cannot {context.incoming.method} {context.incoming.path}"
    return Problem(404, text, page=_PAGE.format(escape(text)))


def refuse(problem: Problem, request_id: str) -> Outgoing:
    """Return the response for a refusal.

    Args:
        problem: The reason.
        request_id: ID of the request.
    """
    if problem.page is not None:
        headers = {"Content-Type": "text/html; charset=utf-8", **problem.headers}
        return Outgoing(problem.status, headers, problem.page.encode())
    envelope = {"status": problem.status, "error": problem.message, "requestId": request_id}
    return Outgoing(
        problem.status,
        {"Content-Type": _JSON, **problem.headers, _REQUEST_ID: request_id},
        orjson.dumps({**envelope, **problem.details}),
    )


def mismatch_problem(endpoint: Endpoint, mismatch: MismatchError) -> Problem:
    """Return the problem for a mismatch; some operations return its path separately, too."""
    problem = bad_request(f"{path_text(mismatch.path)}: {mismatch.problem}")
    if _has_issues(endpoint):
        place = {"path": mismatch.path, "code": "invalid", "message": mismatch.problem}
        problem.details["issues"] = [place]
    return problem


@cache
def _form(endpoint: Endpoint) -> tuple[bool, bool]:
    """Return whether successes have an envelope, and whether that contains a result."""
    _, schema = endpoint.operation.success_content
    is_enveloped = schema is None or schema.get("type") != "array"
    return is_enveloped, "result" in (schema or {}).get("properties", {})


def _has_issues(endpoint: Endpoint) -> bool:
    content = endpoint.operation.facts["responses"].get("400", {}).get("content", {})
    return "issues" in content.get(_JSON, {}).get("properties", {})
