"""Requests to query endpoints, and their responses."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson
from aiohttp import web

from clickhouse_cloud_async.emulation.json_values import is_object

from .gateway import Query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject

GATEWAY_TIME: Final = 30.0
"""Seconds for which the real gateway waits."""

_FORMAT: Final = "JSONEachRow"


class RefusalError(Exception):
    """A request that is not let through.

    Args:
        status: HTTP status of the response.
        body: Its JSON body.
    """

    def __init__(self, status: int, body: Mapping[str, object]) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


async def read_body(request: web.BaseRequest) -> JsonObject:
    """Read the JSON body of a request, whatever type it says it has.

    Args:
        request: The request.

    Raises:
        RefusalError: It is none.
    """
    body = await request.content.read()
    if not body:
        return {}
    try:
        asked: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        asked = None
    if not is_object(asked):
        raise RefusalError(400, {"error": "The body must be a JSON object"})
    return asked


def query_of(
    request: web.BaseRequest, asked: JsonObject, headers: Mapping[str, str], *, is_admin: bool
) -> Query:
    """Return the request to the engine.

    Args:
        request: The request.
        asked: Its body, with the statement.
        headers: Further headers of the response.
        is_admin: Whether it may write.

    Raises:
        RefusalError: There is no statement.
    """
    if not isinstance(asked.get("sql"), str):
        raise RefusalError(400, {"error": "sql: is required"})
    variables = asked.get("queryVariables") or {}
    parameters = {f"param_{name}": _text(value) for name, value in variables.items()}
    parameters |= {n: v for n, v in request.query.items() if n.startswith("param_")}
    if asked.get("database"):
        parameters["database"] = asked["database"]
    parameters["default_format"] = request.query.get("format") or asked.get("format") or _FORMAT
    return Query(
        parameters=parameters,
        body=asked["sql"].encode(),
        readonly=not is_admin,
        time=GATEWAY_TIME,
        added=headers,
        explain=partial(_explained, headers),
    )


def _text(value: object) -> str:
    """A value of JSON as the engine reads parameters."""
    if isinstance(value, list):
        return f"[{','.join(_literal(item) for item in value)}]"
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _literal(value: object) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return _text(value)


def _explained(headers: Mapping[str, str], status: int, code: str, text: str) -> web.StreamResponse:
    error = {"code": code, "details": text.strip()}
    return json_response(status, {"error": error}, headers)


def json_response(
    status: int, body: Mapping[str, object], headers: Mapping[str, str]
) -> web.Response:
    """Return a response with a JSON body.

    Args:
        status: Its HTTP status.
        body: The body.
        headers: Further headers.
    """
    content = orjson.dumps(body)
    return web.Response(
        status=status, body=content, headers=headers, content_type="application/json"
    )
