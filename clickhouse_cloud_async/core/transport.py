"""One request's way out and back: the request and answer as values, and what sends them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import attrs

from .errors import APIConnectionError, APITimeoutError, ConfigurationError
from .numbers import is_number, is_whole
from .proxies import checked_proxy, proxy_for
from .values import MASK

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    import aiohttp

    from .http import Session
    from .settings import Credentials
    from .values import Secret


SUCCESSES, REDIRECTIONS, FAILURES = 200, 300, 400
"""Where the classes of statuses begin.

Plain numbers: each answer is compared with four of them, and on Python 3.11 looking up a member of
`HTTPStatus` takes 0.2 us.
"""


@attrs.frozen(kw_only=True)
class HTTPOptions:
    """How connections are made.

    Attributes:
        proxy: URL of an http or https proxy; None connects directly, or as the environment says
            where `trust_env` is set. Loopback addresses are never reached through a proxy.
        ssl_context: TLS settings; None verifies certificates against the system's authorities.
        max_connections: The most connections open at once.
        keepalive_timeout: Seconds for which an idle connection is kept open.
        trust_env: Whether ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` count, in lower case too.
        connect_timeout: Seconds for making a connection, TLS included; None for no limit.
        read_timeout: The longest silence of the server during an answer, in seconds; None for no
            limit.

    Raises:
        ConfigurationError: A number is not above 0, the proxy is no http(s) URL, or an option is of
            the wrong type.
    """

    proxy: str | None = attrs.field(default=None, repr=False)
    ssl_context: ssl.SSLContext | None = attrs.field(default=None, repr=False)
    max_connections: int = 100
    keepalive_timeout: float = 30.0
    trust_env: bool = False
    connect_timeout: float | None = 10.0
    read_timeout: float | None = 30.0

    def __attrs_post_init__(self) -> None:
        if self.proxy is not None:
            checked_proxy(self.proxy, "proxy")
        if self.ssl_context is not None and not _is_ssl_context(self.ssl_context):
            kind = type(self.ssl_context).__name__
            raise ConfigurationError(f"ssl_context must be an ssl.SSLContext, got a {kind}")
        if not is_whole(self.max_connections) or self.max_connections < 1:
            raise ConfigurationError(
                f"max_connections must be a whole number from 1, got {self.max_connections!r}"
            )
        if not isinstance(self.trust_env, bool):
            raise ConfigurationError(f"trust_env must be True or False, got {self.trust_env!r}")
        for name in ("connect_timeout", "read_timeout", "keepalive_timeout"):
            limit = getattr(self, name)
            is_missing = limit is None and name != "keepalive_timeout"
            if not is_missing and not (is_number(limit) and limit > 0):
                raise ConfigurationError(
                    f"{name} must be a number of seconds above 0, got {limit!r}"
                )

    def for_origin(self, base_url: str) -> HTTPOptions:
        """Settle which proxy requests to an origin take, by these options and the environment.

        Args:
            base_url: A URL of the origin.

        Returns:
            Options by which the environment does not matter any more.

        Raises:
            ConfigurationError: A variable holds no URL of a proxy.
        """
        proxy = proxy_for(base_url, self.proxy, trust_env=self.trust_env)
        return attrs.evolve(self, proxy=proxy, trust_env=False)


@attrs.define(repr=False, eq=False)
class Request:
    """A request as it goes on the wire, without credentials.

    What may hold secrets has ``repr=False``, because debuggers such as rich walk through the fields
    of attrs classes and ignore their `__repr__`; likewise in `Response`.

    Nobody changes it; were it frozen, making it would take 0.5 us longer.

    Attributes:
        operation: Id of the operation.
        method: HTTP method.
        path: Encoded path, from the version segment on.
        query: Encoded query string, without the question mark.
        body: The JSON body; None where there is none.
        secrets: The secrets that stand in the body, to keep them out of errors.
        scope_origin: Where the scope in the path comes from, if the call did not name it.
        permissions: The permissions that the operation needs, to name them where it is refused.
    """

    operation: str
    method: str
    path: str
    query: str = attrs.field(repr=False)
    body: bytes | None = attrs.field(repr=False)
    secrets: tuple[Secret, ...] = attrs.field(default=(), repr=False)
    scope_origin: str | None = None
    permissions: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"


@attrs.define(repr=False, eq=False)
class Response:
    """An answer as it came from the wire.

    Attributes:
        status: HTTP status.
        headers: Header fields, found without regard to case.
        body: The body, decompressed.
        attempts: How many requests were sent until it came.
        document: The parsed body, once somebody has looked into it.
        has_ambiguous_attempt: Whether some attempt of the call may have been carried out.
    """

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    attempts: int = 1
    document: Any = attrs.field(default=None, init=False, repr=False)
    has_ambiguous_attempt: bool = attrs.field(default=False, init=False)

    def __repr__(self) -> str:
        return f"<Response {self.status} with {len(self.body)} bytes>"


def _is_ssl_context(value: object) -> bool:
    import ssl

    return isinstance(value, ssl.SSLContext)


class Transport:
    """Sends requests over pooled connections: one session for each event loop that uses it.

    A session is opened with the first request of a loop and closed with the client, or when the
    loop ends. After a fork the parent's connections are left alone: they belong to the parent.

    Args:
        base_url: What every path is appended to.
        credentials: What the Authorization header is made from.
        http: Connection settings, or a session that stays its owner's to close.
        max_response_bytes: The largest body that is read, after decompression.
    """

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        http: aiohttp.ClientSession | HTTPOptions | None,
        max_response_bytes: int,
    ) -> None:
        self._max_response_bytes = max_response_bytes
        self._base_url = base_url
        self._credentials = credentials
        self._http = http
        self._sessions: dict[asyncio.AbstractEventLoop, Session] = {}
        self._closed = False

    def __repr__(self) -> str:
        return f"<Transport to {self._base_url} with {MASK}>"

    @property
    def needs_closing(self) -> bool:
        """Whether there are connections that only `close` gives back."""
        return any(each.is_ours and each.is_open for each in list(self._sessions.values()))

    async def send(self, request: Request) -> Response:
        """Send one request and read its whole answer.

        Raises:
            APITimeoutError: A time limit of the session's own was up.
            APIConnectionError: The connection could not be made, or broke.
            ResponseDecodeError: The answer is too large, or its compression is broken.
            ConfigurationError: The transport is closed.
        """
        session = self._sessions.get(asyncio.get_running_loop()) or await self._open_session()
        try:
            return await session.exchange(request)
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
        opened = Session(self._base_url, self._credentials, self._http, self._max_response_bytes)
        self._sessions[opened.loop] = opened
        await opened.watch_loop()
        return opened


def _failure(error: Exception, request: Request) -> APIConnectionError:
    from .http import cause, reason, was_sent

    kind = APITimeoutError if isinstance(error, TimeoutError) else APIConnectionError
    failure = kind(
        reason(error), operation=request.operation, method=request.method, path=request.path
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
