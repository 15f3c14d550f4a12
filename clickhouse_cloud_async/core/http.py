"""Sends requests with aiohttp; imported when a client sends its first request."""

from __future__ import annotations

import asyncio
import atexit
import copy
import os
import warnings
import weakref
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from clickhouse_cloud_async._version import __version__

from .bodies import ENCODINGS, BodyReader
from .connections import Connector, ResponseWatch, reset_watch, set_watch
from .errors import ConfigurationError
from .files import Upload
from .http_options import HTTPOptions
from .messages import Request, Response
from .proxies import leaks_credentials
from .salvage import complete_response
from .streams import ResponseStream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Generator

    from .values import Secret

_USER_AGENT = f"clickhouse-cloud-async/{__version__} aiohttp/{aiohttp.__version__}"

_NO_GUESSES = ("Content-Type",)
MULTIPART = "multipart/form-data"
_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


SECONDS_TO_CLOSE = 5.0
"""Timeout of closing connections in another event loop, which may be blocked."""

_open_sessions: weakref.WeakSet[Session] = weakref.WeakSet()

_of_parents: list[Session] = []
"""Sessions of parent processes, kept because closing one would affect the parent."""


@atexit.register
def _let_go_at_exit() -> None:
    """Abandon open sessions, each of which would print a warning at exit."""
    for session in list(_open_sessions):
        session.abandon()


class _Headers:
    """The header fields of all requests with the same authorization.

    Args:
        authorization: The Authorization header; None for none.
    """

    def __init__(self, authorization: Secret | None) -> None:
        fields = {"User-Agent": _USER_AGENT, "Accept-Encoding": ENCODINGS}
        if authorization is not None:
            fields["Authorization"] = authorization.reveal()
        self.authorization = authorization
        self.plain = CIMultiDict(fields)
        self.json = CIMultiDict({**fields, "Content-Type": "application/json"})


class Session:
    """One aiohttp session, and the settings of all requests over it.

    Args:
        base_url: The base URL to which paths are appended.
        http: Connection settings, or a session, which its owner has to close.
        max_response_bytes: Largest body that is accepted, in bytes after decompression.
    """

    errors: tuple[type[Exception], ...] = (aiohttp.ClientError, OSError)

    def __init__(
        self,
        base_url: str,
        http: aiohttp.ClientSession | HTTPOptions | None,
        max_response_bytes: int,
    ) -> None:
        self._max_response_bytes = max_response_bytes
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._process = os.getpid()
        self._end_of_loop: AsyncGenerator[None] | None = None
        self._given: aiohttp.ClientSession | None = None
        self._read_timeout: float | None = None
        if isinstance(http, aiohttp.ClientSession):
            if _loop_of(http) is not self.loop:
                raise ConfigurationError("the given session belongs to another event loop")
            if http.auth is not None:
                raise ConfigurationError("the given session has credentials of its own (auth=)")
            if http.trust_env and leaks_credentials(base_url):
                raise ConfigurationError(
                    "the given session would send credentials unencrypted to the proxy in"
                    " HTTP_PROXY: exempt this machine with NO_PROXY"
                )
            self._given = http
            # A copy shares everything with the original except the switch that is set below.
            self._session = copy.copy(http)
            weakref.finalize(self, self._session.detach)
            self._proxy = None
        else:
            options = http or HTTPOptions()
            self._session = aiohttp.ClientSession(
                connector=Connector(
                    limit=options.max_connections,
                    keepalive_timeout=options.keepalive_timeout,
                    ssl=True if options.ssl_context is None else options.ssl_context,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=options.connect_timeout),
            )
            self._proxy = options.proxy
            self._read_timeout = options.read_timeout
            _open_sessions.add(self)
        _stop_retries(self._session)
        self._bodies = BodyReader(max_response_bytes, is_decoded=self._session.auto_decompress)
        self._base_url = base_url
        self._headers = _Headers(None)

    @property
    def is_ours(self) -> bool:
        """Whether the connections are closed with the client."""
        return self._given is None

    @property
    def is_open(self) -> bool:
        """Whether it has not been closed."""
        return not self._session.closed

    @property
    def is_usable(self) -> bool:
        """Whether requests may be sent over it, now or later."""
        return self._is_reachable and self.is_open

    def exchange(self, request: Request, authorization: Secret | None) -> Awaitable[Response]:
        """Send one request and read its whole response, whatever its status.

        It returns a coroutine instead of being one, which saves a coroutine per call.

        Args:
            request: The request.
            authorization: The Authorization header; None for none.

        Raises:
            ConfigurationError: The session is the caller's, and is closed.
        """
        if isinstance(request.body, Upload):
            return self._upload(request, request.body, authorization)
        return self._exchange(request, request.body, authorization)

    async def _upload(
        self, request: Request, upload: Upload, authorization: Secret | None
    ) -> Response:
        with _opened(upload, request.operation.media_type) as content:
            return await self._exchange(request, content, authorization)

    async def _exchange(
        self, request: Request, content: object, authorization: Secret | None
    ) -> Response:
        """Send one request with a body of a type that aiohttp accepts, and read the response."""
        self._check_open()
        watch = ResponseWatch(self._read_timeout)
        token = set_watch(watch)
        try:
            response = await self._start(request, content, authorization)
            try:
                body = await self._bodies.read(request, response)
                return Response(response.status, response.headers, body)
            finally:
                # A response that was read to its end has released its connection.
                if not response.closed:
                    response.close()
                watch.refuse_surplus(_body_length(request, response))
        except self.errors as error:
            if watch.timed_out:
                raise watch.silence() from error
            salvaged = complete_response(watch.whole(), request.method, self._max_response_bytes)
            if salvaged is None:
                raise
            return salvaged
        finally:
            watch.end()
            reset_watch(token)

    async def open(
        self, request: Request, authorization: Secret | None, read_timeout: float | None
    ) -> ResponseStream:
        """Send one request, and return its response before its body is read.

        Args:
            request: The request, whose body is no upload.
            authorization: The Authorization header; None for none.
            read_timeout: Maximum time without data, in seconds; None for no limit.

        Raises:
            ConfigurationError: The session is the caller's, and is closed.
        """
        self._check_open()
        watch = ResponseWatch(read_timeout)
        token = set_watch(watch)
        try:
            response = await self._start(request, request.body, authorization)
        except BaseException as error:
            watch.end()
            if watch.timed_out:
                raise watch.silence() from error
            raise
        finally:
            reset_watch(token)
        return ResponseStream(request, response, self._bodies, watch)

    def _start(
        self, request: Request, content: object, authorization: Secret | None
    ) -> Awaitable[aiohttp.ClientResponse]:
        """Send a request, and return an awaitable of the response with its headers."""
        target = f"{request.base_url or self._base_url}{request.path}"
        if request.query:
            target = f"{target}?{request.query}"
        method = request.operation.method
        return self._session.request(
            method,
            URL(target, encoded=True),
            headers=self._headers_of(request, authorization),
            data=content,
            # Except for GET, aiohttp would guess a type for a missing body.
            skip_auto_headers=None if method == "GET" or content else _NO_GUESSES,
            allow_redirects=False,
            raise_for_status=False,
            proxy=self._proxy,
        )

    def _headers_of(self, request: Request, authorization: Secret | None) -> CIMultiDict[str]:
        if self._headers.authorization is not authorization:
            self._headers = _Headers(authorization)
        headers = self._headers.json if isinstance(request.body, bytes) else self._headers.plain
        if request.headers:
            headers = headers.copy()
            headers.update(request.headers)
        return headers

    def _check_open(self) -> None:
        if self._session.closed or (self._given is not None and self._given.closed):
            raise ConfigurationError("the session of this client is closed")

    async def watch_loop(self) -> None:
        """Close the connections when their event loop ends.

        They could not be closed afterwards. `asyncio.run` closes the asynchronous generators of its
        loop before it ends, so one of them closes the session.
        """
        if self.is_ours:
            self._end_of_loop = _closing(self._session)
            await anext(self._end_of_loop)

    async def close(self) -> None:
        """Close the connections in their event loop, unless the session belongs to the caller."""
        if self.loop is asyncio.get_running_loop():
            await self._close_here()
        elif self._is_reachable and self.loop.is_running():
            closing = asyncio.run_coroutine_threadsafe(self._close_here(), self.loop)
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.wrap_future(closing), SECONDS_TO_CLOSE)
        else:
            self.close_soon()

    def close_soon(self) -> None:
        """Close the connections without waiting: at once, or when their loop runs."""
        if not self._is_reachable:
            self.abandon()
            return
        with suppress(RuntimeError):  # it was closed meanwhile
            self.loop.call_soon_threadsafe(lambda: self.loop.create_task(self._close_here()))

    async def _close_here(self) -> None:
        if self.is_ours:
            await self._session.close()

    def abandon(self) -> None:
        """Abandon connections that belong to another process or an ended loop."""
        self._session.detach()
        if self._process != os.getpid():
            _of_parents.append(self)

    @property
    def _is_reachable(self) -> bool:
        """Whether callbacks can be scheduled in its event loop."""
        return self._process == os.getpid() and not self.loop.is_closed()


async def _closing(session: aiohttp.ClientSession) -> AsyncGenerator[None]:
    """Close a session when this generator is closed."""
    try:
        yield
    finally:
        await session.close()


def _stop_retries(session: aiohttp.ClientSession) -> None:
    """Turn off the retries of aiohttp; attempts are counted elsewhere.

    There is no public option for it.

    Raises:
        ConfigurationError: This version of aiohttp has no such switch.
    """
    if not hasattr(session, "_retry_connection"):
        raise ConfigurationError(
            f"aiohttp {aiohttp.__version__} retries requests and cannot be told not to:"
            " install another version, 3.13.4 or later"
        )
    session._retry_connection = False  # noqa: SLF001 - the only switch there is


def _loop_of(session: aiohttp.ClientSession) -> asyncio.AbstractEventLoop:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return session.loop


@contextmanager
def _opened(upload: Upload, media_type: str | None) -> Generator[object, None, None]:
    """Open an upload as a type of content that aiohttp accepts."""
    with upload.open() as file:
        if media_type == MULTIPART:
            form = aiohttp.FormData()
            form.add_field("file", file, filename=upload.name, content_type=upload.media_type)
            yield form
        else:
            content_type = media_type or upload.media_type
            yield aiohttp.payload.get_payload(file, content_type=content_type)


def _body_length(request: Request, response: aiohttp.ClientResponse) -> int | None:
    """Return the announced length of a body on the wire; None if there is none."""
    if request.method == "HEAD" or response.status in _WITHOUT_BODY:
        return 0
    announced = response.headers.get("Content-Length")
    return None if announced is None else int(announced)
