"""Sends requests over sessions, one for each event loop, and translates their errors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .errors import APIConnectionError, APITimeoutError, ConfigurationError
from .values import MASK

if TYPE_CHECKING:
    import aiohttp

    from .http import Session
    from .http_options import HTTPOptions
    from .messages import Request, Response
    from .values import Secret


class Transport:
    """Sends requests over pooled connections: one session for each event loop that uses it.

    A session is opened with the first request of a loop and closed with the client, or when the
    loop ends. After a fork the parent's connections are left alone: they belong to the parent.

    Args:
        base_url: The URL that paths are appended to.
        http: Connection settings, or a session that stays its owner's to close.
        max_response_bytes: The largest body that is read, after decompression.
    """

    def __init__(
        self,
        base_url: str,
        http: aiohttp.ClientSession | HTTPOptions | None,
        max_response_bytes: int,
    ) -> None:
        self._max_response_bytes = max_response_bytes
        self._base_url = base_url
        self._http = http
        self._sessions: dict[asyncio.AbstractEventLoop, Session] = {}
        self._closed = False

    def __repr__(self) -> str:
        return f"<Transport to {self._base_url} with {MASK}>"

    @property
    def needs_closing(self) -> bool:
        """Whether there are connections that only `close` gives back."""
        return any(each.is_ours and each.is_open for each in list(self._sessions.values()))

    async def send(self, request: Request, authorization: Secret | None) -> Response:
        """Send one request and read its whole response.

        Args:
            request: The request.
            authorization: The Authorization header; None for none.

        Raises:
            APITimeoutError: A time limit of the session's own was up.
            APIConnectionError: The connection could not be made, or broke.
            ResponseDecodeError: The response is too large, or its compression is broken.
            ConfigurationError: The transport is closed.
        """
        session = self._sessions.get(asyncio.get_running_loop()) or await self._open_session()
        try:
            return await session.exchange(request, authorization)
        except session.errors as error:
            failure = _failure(error, request)
        except BaseException as error:
            # The frames of the HTTP library hold the Authorization header.
            _forget_frames(error)
            raise
        # Raised here, because an error raised above would carry the library's error as context.
        raise failure

    async def close(self) -> None:
        """Close all connections; the transport cannot be used again."""
        self._closed = True
        for session in self._forget_sessions():
            await session.close()

    def drop(self) -> None:
        """Close the connections of a client that nobody holds any more, as far as that goes."""
        for session in self._forget_sessions():
            session.close_soon()

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


def _failure(error: Exception, request: Request) -> APIConnectionError:
    from .http_errors import cause, reason, was_sent

    kind = APITimeoutError if isinstance(error, TimeoutError) else APIConnectionError
    failure = kind(
        reason(error), operation=request.operation.id, method=request.method, path=request.path
    )
    failure.was_sent = was_sent(error)
    failure.__cause__ = cause(error)
    if failure.__cause__ is not None:
        _forget_frames(failure.__cause__)
    return failure


def _forget_frames(error: BaseException) -> None:
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
