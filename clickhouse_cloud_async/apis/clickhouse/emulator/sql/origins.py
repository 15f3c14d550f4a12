"""CORS: the web pages that may read the responses of a query endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def headers_for(request: web.BaseRequest, allowed: str | Iterable[str]) -> dict[str, str]:
    """Return the headers that let the page of a request read the response; none if it may not.

    Args:
        request: The request, with the page's origin if a browser sends it.
        allowed: The origins that an endpoint lists, or joined by commas; ``*`` stands for all.
    """
    origin = request.headers.get("Origin")
    listed = allowed.split(",") if isinstance(allowed, str) else allowed
    if origin is None or not {origin, "*"} & {each.strip() for each in listed}:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def preflight(request: web.BaseRequest, headers: Mapping[str, str]) -> web.Response | None:
    """Return the response to a preflight request; None for any other request.

    Args:
        request: The request.
        headers: The headers for its page.
    """
    if request.method != "OPTIONS":
        return None
    allowed = {
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", ""),
    }
    return web.Response(status=204, headers={**headers, **allowed} if headers else None)
