"""Sends requests over sessions, one for each event loop, and translates their errors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from .errors import ConfigurationError
from .http_options import HTTPOptions
from .values import MASK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import aiohttp

    from .http import Session
    from .messages import Request, Response
    from .streams import ResponseStream
    from .values import Secret

T = TypeVar("T")


class Transport:
    """Sends requests over pooled connections: one session for each event loop that uses it.

    A session is opened with the first request of a loop and closed with the client, or when the
    loop ends. After a fork the parent's connections are left alone: they belong to the parent.

    Args:
        base_url: The URL to which paths are appended.
        http: Connection settings, or a session, which its owner closes.
        max_response_bytes: The largest body that is read, after decompression.

    Raises:
        ConfigurationError: A variable of the environment does not contain the URL of a proxy.
    """

    def __init__(
        self,
        base_url: str,
        http: aiohttp.ClientSession | HTTPOptions | None,
        max_response_bytes: int,
    ) -> None:
        self._max_response_bytes = max_response_bytes
        self._base_url = base_url
        self._given = http
        # Which proxy is used depends on the origin.
        self._http = http.for_origin(base_url) if isinstance(http, HTTPOptions) else http
        self._sessions: dict[asyncio.AbstractEventLoop, Session] = {}
        self._closed = False

    def __repr__(self) -> str:
        return f"<Transport to {self._base_url} with {MASK}>"

    @property
    def max_response_bytes(self) -> int:
        """The largest body that is kept in memory, after decompression."""
        return self._max_response_bytes

    @property
    def base_url(self) -> str:
        """The URL to which paths are appended."""
        return self._base_url

    @property
    def needs_closing(self) -> bool:
        """Whether there are open connections that `close` has to close."""
        return any(each.is_ours and each.is_open for each in list(self._sessions.values()))

    def beside(self, base_url: str) -> Transport:
        """Return a transport with the same settings to another origin.

        Args:
            base_url: The URL to which its paths are appended.

        Raises:
            ConfigurationError: A variable of the environment does not contain the URL of a proxy.
        """
        return Transport(base_url, self._given, self._max_response_bytes)

    def send(self, request: Request, authorization: Secret | None) -> Awaitable[Response]:
        """Send one request and read its whole response.

        Args:
            request: The request.
            authorization: The Authorization header; None for none.

        Raises:
            APITimeoutError: A timeout of the session has expired.
            APIConnectionError: The connection could not be made, or was lost.
            ResponseDecodeError: The response is too large, or its compression is broken.
            ConfigurationError: The transport is closed.
        """
        return self._translated(request, lambda session: session.exchange(request, authorization))

    def open(
        self, request: Request, authorization: Secret | None, read_timeout: float | None
    ) -> Awaitable[ResponseStream]:
        """Send one request and return its response before its body is read.

        Args:
            request: The request.
            authorization: The Authorization header; None for none.
            read_timeout: Maximum time without data, in seconds; None for no limit.

        Raises:
            CloudError: As in `send`.
        """
        return self._translated(
            request, lambda session: session.open(request, authorization, read_timeout)
        )

    async def close(self) -> None:
        """Close all connections; the transport cannot be used again."""
        self._closed = True
        for session in self._forget_sessions():
            await session.close()

    def drop(self) -> None:
        """Close the connections of a garbage collected client, as far as possible."""
        for session in self._forget_sessions():
            session.close_soon()

    async def _translated(self, request: Request, exchange: Callable[[Session], Awaitable[T]]) -> T:
        """Carry out an exchange over the session of this loop, and translate its errors."""
        session = self._sessions.get(asyncio.get_running_loop()) or await self._open_session()
        try:
            return await exchange(session)
        except session.errors as error:
            from .http_errors import connection_failure

            failure = connection_failure(error, request)
        except BaseException as error:
            from .http_errors import forget_frames

            # The frames of the HTTP library hold the Authorization header.
            forget_frames(error)
            raise
        # Raised here, because an error raised above would carry the library's error as context.
        raise failure

    def _forget_sessions(self) -> list[Session]:
        sessions, self._sessions = self._sessions, {}
        return list(sessions.values())

    async def _open_session(self) -> Session:
        if self._closed:
            raise ConfigurationError("the client is closed: make a new one")
        from .http import Session

        for loop, session in list(self._sessions.items()):
            if not session.is_usable:
                session.abandon()
                self._sessions.pop(loop, None)
        opened = Session(self._base_url, self._http, self._max_response_bytes)
        self._sessions[opened.loop] = opened
        await opened.watch_loop()
        return opened
