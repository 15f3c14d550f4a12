"""Request handlers of test servers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from tests.client.stub import Handler


def answering(status: int, document: Any) -> Handler:
    """A handler that answers everything with JSON, or with a text as it is."""

    async def handle(_: web.Request) -> web.StreamResponse:
        text = document if isinstance(document, str) else json.dumps(document)
        return web.Response(status=status, text=text)

    return handle


def statuses(*given: int, **headers: str) -> Handler:
    """A handler that answers with one status after the other.

    Args:
        *given: The statuses.
        **headers: Header fields of all responses, with underscores for hyphens.
    """
    left = iter(given)
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def handle(_: web.Request) -> web.StreamResponse:
        return web.json_response({"result": []}, status=next(left), headers=named)

    return handle


async def reset(request: web.Request) -> web.StreamResponse:
    """Break the connection off in place of a response."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
