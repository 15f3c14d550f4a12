"""A server that writes down each request and answers what it is told to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType

    from aiohttp import web
    from anyio.from_thread import BlockingPortal


@attrs.frozen
class Recorded:
    """A request as it came over the wire.

    Attributes:
        method: HTTP method.
        segments: Decoded segments of the path, the leading empty one left out.
        query: Decoded names and values of the query, in order.
        body: The parsed JSON body; None where there was none.
        content_type: Value of the header, where there was one.
        authorization: Value of the header, where there was one.
        headers: Every header field.
        content: The body as it came.
    """

    method: str
    segments: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    body: Any
    content_type: str | None
    authorization: str | None
    headers: Mapping[str, str]
    content: bytes


class Recorder:
    """A server on a free loopback port, in a thread of its own.

    Attributes:
        status: Status of every answer.
        media: Content type of every answer.
        body: Body of every answer.
        headers: Further header fields of every answer.
        requests: What came, in order.
    """

    def __init__(self) -> None:
        self.status = 200
        self.media = "application/json"
        self.body = b"{}"
        self.headers: dict[str, str] = {}
        self.requests: list[Recorded] = []
        self.url = ""
        self._runner: web.ServerRunner | None = None
        self._thread: AbstractContextManager[BlockingPortal] | None = None

    def answer(self, status: int, media: str | None, body: object) -> None:
        """Set what every request is answered with; forget the requests so far.

        Args:
            status: HTTP status.
            media: Content type; one that is not JSON sends the body as text.
            body: The body's text, or what is sent as JSON.
        """
        self.status, self.media = status, media or "application/json"
        is_json = "json" in self.media
        self.body = (json.dumps(body) if is_json else str(body)).encode()
        self.headers.clear()
        self.requests.clear()

    def __enter__(self) -> Self:
        from anyio.from_thread import start_blocking_portal

        self._thread = start_blocking_portal()
        self._portal = self._thread.__enter__()
        self._runner = self._portal.call(self._start)
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        assert self._thread is not None
        self._portal.call(self._runner.cleanup)
        self._thread.__exit__(None, None, None)

    async def _start(self) -> web.ServerRunner:
        from aiohttp import web

        runner = web.ServerRunner(web.Server(self._handle), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        from aiohttp import web

        path, _, query = request.raw_path.partition("?")
        sent = await request.read()
        self.requests.append(
            Recorded(
                request.method,
                tuple(unquote(segment) for segment in path.split("/")[1:]),
                tuple(parse_qsl(query, keep_blank_values=True)),
                json.loads(sent) if sent and "json" in request.content_type else None,
                request.headers.get("Content-Type"),
                request.headers.get("Authorization"),
                request.headers.copy(),
                sent,
            )
        )
        headers = {"Content-Type": self.media, **self.headers}
        return web.Response(status=self.status, headers=headers, body=self.body)
