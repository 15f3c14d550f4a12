"""The one place that speaks aiohttp; imported when a client sends its first request."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from clickhouse_cloud_async._version import __version__

from .transport import HTTPOptions, Request, Response

if TYPE_CHECKING:
    from .settings import Credentials


_USER_AGENT = f"clickhouse-cloud-async/{__version__} aiohttp/{aiohttp.__version__}"


class _Connector(aiohttp.TCPConnector):
    """A pool that a forked child does not tear down.

    The child shares the parent's epoll set: closing the connections there would silence them here.
    """

    _owner = -1

    def __init__(self, options: HTTPOptions) -> None:
        super().__init__(
            limit=options.max_connections,
            keepalive_timeout=options.keepalive_timeout,
            ssl=True if options.ssl_context is None else options.ssl_context,
        )
        self._owner = os.getpid()

    def __del__(self, _warnings: object = None) -> None:
        if self._owner == os.getpid():
            super().__del__()


class Session:
    """One aiohttp session and what every request over it has in common.

    Args:
        base_url: What every path is appended to.
        credentials: What the Authorization header is made from.
        http: Connection settings, or a session that stays its owner's to close.
    """

    errors: tuple[type[Exception], ...] = (aiohttp.ClientError, OSError)

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        http: aiohttp.ClientSession | HTTPOptions | None,
    ) -> None:
        self.is_ours = not isinstance(http, aiohttp.ClientSession)
        if isinstance(http, aiohttp.ClientSession):
            self._session = http
            self._proxy = None
        else:
            options = http or HTTPOptions()
            self._session = aiohttp.ClientSession(
                connector=_Connector(options),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                trust_env=options.trust_env,
            )
            self._proxy = options.proxy
        self._base_url = base_url
        self._headers = CIMultiDict(
            {"Authorization": credentials.authorization(), "User-Agent": _USER_AGENT}
        )
        self._json_headers = self._headers.copy()
        self._json_headers["Content-Type"] = "application/json"

    async def exchange(self, request: Request) -> Response:
        """Send one request and read its whole answer, whatever its status."""
        target = f"{self._base_url}{request.path}"
        if request.query:
            target = f"{target}?{request.query}"
        async with self._session.request(
            request.method,
            URL(target, encoded=True),
            headers=self._headers if request.body is None else self._json_headers,
            data=request.body,
            allow_redirects=False,
            proxy=self._proxy,
        ) as answer:
            return Response(answer.status, answer.headers, await answer.read())

    def abandon(self) -> None:
        """Let go of connections that belong to the parent process, without touching them."""
        if self.is_ours:
            self._session.detach()

    async def close(self) -> None:
        """Close the connections, unless the session belongs to someone else."""
        if self.is_ours:
            await self._session.close()
