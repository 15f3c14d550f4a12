"""Servers for what a well-behaved API never does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp
from aiohttp import web

from clickhouse_cloud_async import AsyncClickHouseCloud, RetryPolicy

KEY = "planted-key"
SECRET = "planted-secret"
ORGANIZATION = "11111111-1111-4111-8111-111111111111"
SERVICE = "22222222-2222-4222-8222-222222222222"

MOST_REQUESTS = 500
"""How many requests a stub answers, so that a client that asks for ever fails its test."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Stub:
    """An HTTP server on loopback that a test gives its answers.

    Attributes:
        requests: Every request that came, in order.
        handler: What answers; by default an empty list in the usual envelope.
    """

    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.handler: Handler = answering({"result": []})
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._runner is not None
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    @property
    def paths(self) -> list[str]:
        """Path and query of every request that came, as they were sent."""
        return [request.raw_path for request in self.requests]

    def answer(self, body: object = None, status: int = 200, **headers: str) -> None:
        """Answer everything in one way.

        Args:
            body: JSON value, or bytes to send as they are.
            status: HTTP status.
            **headers: Header fields, with underscores for hyphens.
        """
        self.handler = answering(body, status, **headers)

    def client(self, **settings: Any) -> AsyncClickHouseCloud:
        """A client of this server that sends each request once, with planted credentials."""
        defaults: dict[str, Any] = {
            "api_key": KEY,
            "api_secret": SECRET,
            "organization_id": ORGANIZATION,
            "base_url": self.url,
            "rate_limit": None,
            "retry": RetryPolicy(attempts=1),
        }
        return AsyncClickHouseCloud(**(defaults | settings))

    async def __aenter__(self) -> Self:
        async def handle(request: web.Request) -> web.StreamResponse:
            await request.read()
            self.requests.append(request)
            if len(self.requests) > MOST_REQUESTS:
                raise web.HTTPTooManyRequests
            return await self.handler(request)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()


def answering(body: object = None, status: int = 200, **headers: str) -> Handler:
    """A handler that always gives the same answer; see `Stub.answer`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def handle(_: web.Request) -> web.StreamResponse:
        if isinstance(body, bytes):
            return web.Response(body=body, status=status, headers=named)
        return web.json_response(body, status=status, headers=named)

    return handle


LONG = 60.0
"""Seconds that no request to a stub takes."""


def skip_time(seconds: float = LONG) -> None:
    """Set the clock of the running event loop ahead, so that time limits pass at once.

    A short limit would pass at any time, before a request has come, on a machine that is busy.
    """
    loop = asyncio.get_running_loop()
    before = loop.time
    loop.time = lambda: before() + seconds  # type: ignore[method-assign]


class Gate:
    """A handler that holds every request until it is opened.

    Args:
        after: What handles a request that was held.
        skips: Seconds by which the clock of the event loop is set ahead when a request has come.

    Attributes:
        entered: Set when a request has come.
        opened: What the requests wait for.
        abandoned: Set when a held request's connection was closed by the client.
    """

    def __init__(self, after: Handler | None = None, *, skips: float = 0.0) -> None:
        self.entered = asyncio.Event()
        self.opened = asyncio.Event()
        self.abandoned = asyncio.Event()
        self._after = after or answering({"result": []})
        self._skips = skips

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Hold the request."""
        self.entered.set()
        if self._skips:
            skip_time(self._skips)
        try:
            await self.opened.wait()
        except asyncio.CancelledError:
            self.abandoned.set()
            raise
        return await self._after(request)


def session_of(cloud: AsyncClickHouseCloud) -> aiohttp.ClientSession:
    """The aiohttp session that a client has opened."""
    (session,) = cloud._caller.transport._sessions.values()
    return session._session


@asynccontextmanager
async def raw_server(answer: bytes) -> AsyncGenerator[str, None]:
    """A TCP server that reads one request per connection, sends some bytes and hangs up.

    Args:
        answer: What it sends.

    Yields:
        Its URL.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
