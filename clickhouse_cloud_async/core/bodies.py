"""Reads the body of a response up to a maximum size."""

from __future__ import annotations

import asyncio
import zlib
from typing import IO, TYPE_CHECKING

import aiohttp

from .errors import ResponseDecodeError
from .messages import FAILURES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .messages import Request

ENCODINGS = "gzip, deflate"
"""The compressions that are understood, as a request offers them."""

_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_DEFLATE_METHOD = 8
_METHOD_BITS = 0x0F


class BodyReader:
    """Reads bodies piece by piece.

    It decompresses them itself, so that a small body that expands beyond the limit is aborted in
    time.

    Args:
        max_bytes: The largest body that is kept in memory, after decompression.
        is_decoded: Whether the session decompresses bodies before they get here.
    """

    def __init__(self, max_bytes: int, *, is_decoded: bool) -> None:
        self._max_bytes = max_bytes
        self._is_decoded = is_decoded

    async def read(self, request: Request, response: aiohttp.ClientResponse) -> bytes:
        """Read a body, or write it to the file where the request wants it.

        Raises:
            ResponseDecodeError: It is too large, cannot be decompressed, or cannot be saved.
            aiohttp.ClientPayloadError: The connection was lost.
        """
        is_failure = response.status >= FAILURES
        is_plain = self._is_decoded or "Content-Encoding" not in response.headers
        if is_plain and response.content.is_eof() and request.save_to is None:
            # It came with the headers, as most do: reading it piece by piece would cost as much
            # again as everything else here.
            whole = response.content.read_nowait()
            if len(whole) <= self._max_bytes or is_failure:
                return whole
            raise self._too_large(request, response)
        pieces: list[bytes] = []
        try:
            if request.save_to is not None and request.succeeds_with(response.status):
                return await self._save(request, response, request.save_to)
            size = 0
            async for piece in self.pieces(request, response):
                size += len(piece)
                if size > self._max_bytes and is_failure:
                    break  # the status says enough
                if size > self._max_bytes:
                    raise self._too_large(request, response)
                pieces.append(piece)
        except (aiohttp.ClientPayloadError, ResponseDecodeError):
            if not is_failure:
                raise
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def pieces(
        self, request: Request, response: aiohttp.ClientResponse
    ) -> AsyncGenerator[bytes, None]:
        """Yield a body in pieces, none of them much larger than the limit of the whole body.

        Raises:
            ResponseDecodeError: It cannot be decompressed.
            aiohttp.ClientPayloadError: The connection was lost.
        """
        encoding = response.headers.get("Content-Encoding", "").lower()
        if self._is_decoded or encoding not in ENCODINGS.split(", "):
            async for piece in response.content.iter_any():
                yield piece
            return
        decompress: zlib._Decompress | None = None
        try:
            async for piece in response.content.iter_any():
                if decompress is None:
                    decompress = zlib.decompressobj(_window(piece))
                left = piece
                while left and not decompress.eof:
                    yield decompress.decompress(left, self._max_bytes + 1)
                    left = decompress.unconsumed_tail
        except zlib.error:
            raise unreadable("its compression is broken", request, response) from None
        if decompress is not None and not decompress.eof:
            raise unreadable("its compression is broken", request, response)

    def _too_large(self, request: Request, response: aiohttp.ClientResponse) -> ResponseDecodeError:
        message = f"the response is larger than {self._max_bytes:,} bytes"
        return unreadable(message, request, response)

    async def _save(
        self, request: Request, response: aiohttp.ClientResponse, file: IO[bytes]
    ) -> bytes:
        """Write a body to the start of a file, and return empty bytes."""
        loop = asyncio.get_running_loop()
        file.seek(0)
        file.truncate()
        async for piece in self.pieces(request, response):
            try:
                await loop.run_in_executor(None, file.write, piece)
            except OSError as error:
                # An OSError would be taken for a broken connection.
                message = f"it cannot be saved: {error.strerror}"
                raise unreadable(message, request, response) from None
        return b""


def _window(data: bytes) -> int:
    """Return the window bits for compressed data; some servers omit the header of deflate."""
    is_gzip = data[:2] == b"\x1f\x8b"
    has_header = is_gzip or data[0] & _METHOD_BITS == _DEFLATE_METHOD
    return _GZIP_OR_ZLIB if has_header else -zlib.MAX_WBITS


def unreadable(
    message: str, request: Request, response: aiohttp.ClientResponse
) -> ResponseDecodeError:
    """Return the error for a body that cannot be read."""
    return ResponseDecodeError(
        message,
        operation=request.operation.id,
        method=request.method,
        path=request.path,
        status=response.status,
    )
