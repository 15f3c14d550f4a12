"""Reads a complete response from data that continues after it.

aiohttp discards a response if garbage arrives in the same piece. The response may hold a value that
is sent only once, such as the initial password of a service.
"""

from __future__ import annotations

import http.client
import io
import zlib
from typing import TYPE_CHECKING, cast

import orjson
from multidict import CIMultiDict

from .messages import Response

if TYPE_CHECKING:
    import socket

_ANY_FORMAT = zlib.MAX_WBITS | 32
"""Window bits with which zlib detects gzip and deflate."""


def complete_response(data: bytes, method: str, max_bytes: int) -> Response | None:
    """Return the response at the start of some data; None if it is incomplete or invalid.

    Args:
        data: The data that the server has sent.
        method: HTTP method of the request.
        max_bytes: The largest body that is read, after decompression.
    """
    parsed = http.client.HTTPResponse(cast("socket.socket", _Received(data)), method=method)
    try:
        parsed.begin()
        if parsed.length is None and not parsed.chunked:
            return None  # all data that follows is part of its body
        body = parsed.read()
        if parsed.headers.get("Content-Encoding", "identity") != "identity":
            body = zlib.decompressobj(_ANY_FORMAT).decompress(body, max_bytes)
        # With a wrong length, the body is truncated.
        orjson.loads(body)
    except (http.client.HTTPException, OSError, ValueError, zlib.error):
        return None
    return Response(parsed.status, CIMultiDict(parsed.headers.items()), body)


class _Received:
    """A socket that reads from memory.

    Args:
        data: The data.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        """Return the data as a file."""
        return io.BytesIO(self._data)
