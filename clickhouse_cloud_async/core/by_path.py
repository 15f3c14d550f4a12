"""Requests by path, for operations that are not in the contract."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import orjson

from .building import RequestBuilder
from .documents import without_byte_order_mark
from .errors import InvalidArgumentError
from .operation import Operation
from .recording import RawResponse, raw_response

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .caller import Caller
    from .messages import Response
    from .values import Unset

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"))
_IDEMPOTENT_METHODS = frozenset(("GET", "HEAD", "PUT", "DELETE"))
_PATH = re.compile(r"(?:[A-Za-z0-9._~%!$&'()*+,;=:@/-]|\{\w+\})*")


def checked_target(method: str, path: str, scopes: Collection[str]) -> str:
    """Check method and path of a request by path.

    Args:
        method: HTTP method in any case.
        path: The path.
        scopes: The parameters that the path may contain as placeholders.

    Returns:
        The method in upper case.

    Raises:
        InvalidArgumentError: The method is none that the API has; the path is not absolute and
            percent-encoded, or it has dot segments.
    """
    upper = method.upper()
    if upper not in _METHODS:
        raise InvalidArgumentError(
            f"method: {method!r} is not one of {', '.join(sorted(_METHODS))}"
        )
    parts = {unquote(part) for part in path.split("/")}
    placeholders = {*re.findall(r"\{(\w+)\}", path)}.difference(scopes)
    if not path.startswith("/") or not _PATH.fullmatch(path) or {".", ".."} & parts or placeholders:
        raise InvalidArgumentError(
            "path: must begin with /, be percent-encoded and have no dot segments"
        )
    return upper


async def request_by_path(
    caller: Caller,
    method: str,
    path: str,
    params: Mapping[str, Any],
    json: object,
    timeout: float | Unset | None,
) -> RawResponse[Any]:
    """Send a request by path; the arguments are those of the client's `request`."""
    scoped = caller.api.scopes_in(path)
    upper = checked_target(method, path, scoped)
    operation = Operation[Any](
        id="",
        method=upper,
        path=path,
        query=dict.fromkeys(params, object),
        body=object,
        idempotent=upper in _IDEMPOTENT_METHODS,
    )
    builder = RequestBuilder(operation, caller.api, caller.scopes)
    request = builder.build(dict.fromkeys(scoped), params, json)
    call, response = await caller.raw(request, timeout)
    return raw_response(call, response, _content(response))


def _content(response: Response) -> Any:
    """Return the parsed JSON of a response, its text if it is not JSON, or None if it is empty."""
    if not response.body:
        return None
    try:
        return orjson.loads(without_byte_order_mark(response.body))
    except orjson.JSONDecodeError:
        return response.body.decode(errors="replace")
