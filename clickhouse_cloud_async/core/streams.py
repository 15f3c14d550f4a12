"""A response whose body is streamed."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import aiohttp

from .http_errors import connection_failure, forget_frames

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from .bodies import BodyReader
    from .connections import ResponseWatch
    from .messages import Request


class ResponseStream:
    """A response whose headers have been read, and whose body is read piece by piece.

    Its connection is free again once its body has been read to the end, or it is closed.

    Args:
        request: The request that it is a response to.
        response: The response of the HTTP library.
        bodies: Reads bodies.
        watch: Watches the silence of the server.
    """

    def __init__(
        self,
        request: Request,
        response: aiohttp.ClientResponse,
        bodies: BodyReader,
        watch: ResponseWatch,
    ) -> None:
        self._request = request
        self._response = response
        self._bodies = bodies
        self._watch = watch

    @property
    def request(self) -> Request:
        """The request that it is a response to."""
        return self._request

    @property
    def status(self) -> int:
        """HTTP status."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields, case-insensitive."""
        return self._response.headers

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yield the body piece by piece, decompressed, then close the response.

        The time that the consumer takes between two pieces does not count as the server's silence.

        Raises:
            APITimeoutError: The server was silent for too long.
            APIConnectionError: The connection was lost before the end of the body.
            ResponseDecodeError: The compression of the body is broken.
        """
        try:
            async for piece in self._bodies.pieces(self._request, self._response):
                self._watch.pause()
                yield piece
                del piece  # the frames of an error must not hold data
                self._watch.resume()
        except (aiohttp.ClientError, OSError) as error:
            cause = self._watch.silence() if self._watch.timed_out else error
            failure = connection_failure(cause, self._request)
        except BaseException as error:
            forget_frames(error)
            raise
        else:
            return
        finally:
            self.close()
        # Raised here, because an error raised above would carry the library's error as context.
        raise failure

    async def read(self, at_most: int) -> tuple[bytes, bool]:
        """Read the body up to a maximum size, and close the response.

        Args:
            at_most: Bytes after which reading stops, at the end of a piece.

        Returns:
            The bytes, and whether they are the whole body.

        Raises:
            CloudError: As in `pieces`.
        """
        body = bytearray()
        async with aclosing(self.pieces()) as pieces:
            async for piece in pieces:
                body += piece
                if len(body) > at_most:
                    return bytes(body), False
        return bytes(body), True

    def close(self) -> None:
        """Release the connection; it is aborted if the response was not read to its end."""
        self._response.close()
        self._watch.end()

    def __repr__(self) -> str:
        return f"<ResponseStream {self.status} of {self._request!r}>"
