"""The HTTP side of the emulator."""

from __future__ import annotations

import asyncio
import socket
import struct
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from aiohttp import web

from .faults import ConnectionReset
from .messages import Incoming, readable
from .problems import Problem, bad_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp.abc import AbstractStreamWriter
    from aiohttp.http import RawRequestMessage
    from aiohttp.streams import StreamReader

    from .hosts import HostCheck
    from .messages import Outgoing
    from .pipeline import Pipeline

    Handler: TypeAlias = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
    """A handler outside of the pipeline."""

TIMER_INTERVAL = 1.0
"""Real seconds between two runs of due timers when no request arrives."""

BACKLOG = 2048
"""Maximum number of connections to accept: a thousand keys may connect at the same time."""


class Server:
    """Listens on a loopback address, and passes requests to a pipeline.

    Args:
        pipeline: The pipeline.
        host: Loopback address to listen on.
        port: Port to listen on; 0 takes a free one.
        host_check: Checks the Host headers of requests.
        routes: Handlers outside of the pipeline, by the first segment of the path.

    Attributes:
        url: Its URL.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        host: str,
        port: int,
        host_check: HostCheck,
        routes: Mapping[str, Handler],
    ) -> None:
        self.url: str = ""
        self._pipeline = pipeline
        self._host = host
        self._port = port
        self._host_check = host_check
        self._routes = routes
        self._runner: web.ServerRunner | None = None
        self._timer_handle: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Start listening."""
        runner = web.ServerRunner(
            _Listener(self._pipeline, self._handle),
            shutdown_timeout=0.1,
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port, backlog=BACKLOG).start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{host}:{runner.addresses[0][1]}"
        self._run_timers()

    async def stop(self) -> None:
        """Stop listening."""
        assert self._runner is not None
        assert self._timer_handle is not None
        self._timer_handle.cancel()
        await self._runner.cleanup()

    def _run_timers(self) -> None:
        self._pipeline.run_due_timers()
        loop = asyncio.get_running_loop()
        self._timer_handle = loop.call_later(TIMER_INTERVAL, self._run_timers)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if not self._host_check.allows(request.headers.get("Host")):
            return self._misdirected(request)
        if self._routes:
            route = self._routes.get(request.path[1:].partition("/")[0])
            if route is not None:
                return await route(request)
        outgoing = self._pipeline.answer(await self._incoming(request))
        if outgoing.delay:
            await asyncio.sleep(outgoing.delay)
        if outgoing.fault is not None:
            _cut(request, outgoing)
        return web.Response(status=outgoing.status, headers=outgoing.headers, body=outgoing.body)

    def _misdirected(self, request: web.BaseRequest) -> web.StreamResponse:
        """Refuse a request with another Host header."""
        host = readable(request.headers["Host"])
        problem = Problem(
            HTTPStatus.MISDIRECTED_REQUEST,
            f"the emulator does not serve the host {host!r}; start it with allowed_hosts, or"
            " with --allow-host, to let it",
        )
        outgoing = self._pipeline.refuse(problem)
        return web.Response(status=outgoing.status, headers=outgoing.headers, body=outgoing.body)

    async def _incoming(self, request: web.BaseRequest) -> Incoming:
        body, unread = b"", None
        if request.body_exists:
            try:
                body = await request.read()
            except web.HTTPRequestEntityTooLarge:
                most = self._pipeline.max_body_bytes
                unread = Problem(413, f"the body is larger than {most} bytes")
            except web.RequestPayloadError:
                unread = bad_request("the body cannot be decoded")
        raw_path, _, query = request.raw_path.partition("?")
        return Incoming(
            method=request.method,
            path=readable(raw_path),
            query=tuple((readable(k), readable(v)) for k, v in request.query.items())
            if query
            else (),
            headers=request.headers,
            body=body,
            peer=request.remote or "",
            url=self.url,
            unread=unread,
        )


class _Listener(web.Server):
    def __init__(self, pipeline: Pipeline, handler: Handler) -> None:
        factory = partial(_request, max_body_bytes=pipeline.max_body_bytes)
        super().__init__(handler, request_factory=factory)
        self.pipeline = pipeline

    def __call__(self) -> web.RequestHandler:
        loop = asyncio.get_running_loop()
        connection = _Connection(self, loop=loop, access_log=None)  # type: ignore[arg-type] # none
        connection.pipeline = self.pipeline
        return connection


class _Connection(web.RequestHandler):
    """A connection on which malformed HTTP gets a response in the API's envelope, too."""

    pipeline: Pipeline

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - tells of the parser's inner workings
    ) -> web.StreamResponse:
        text = "the request is not valid HTTP"
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log_exception("the emulator failed to respond", exc_info=exc)
            text = "the emulator failed"
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the response was already sent")
        outgoing = self.pipeline.refuse(Problem(status, text))
        response = web.Response(status=status, headers=outgoing.headers, body=outgoing.body)
        response.force_close()
        return response


def _request(  # noqa: PLR0913 - what aiohttp makes requests of
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: web.RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
    *,
    max_body_bytes: int,
) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(
        message, payload, protocol, writer, task, loop, client_max_size=max_body_bytes
    )


def _cut(request: web.BaseRequest, outgoing: Outgoing) -> None:
    """Close the connection of a request, so that no response arrives."""
    transport = request.transport
    if transport is None:
        return
    if isinstance(outgoing.fault, ConnectionReset):
        connection: socket.socket | None = transport.get_extra_info("socket")
        if connection is not None:
            # Closing without lingering sends a reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
