"""A gateway in front of an emulator that gives up before its origin does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from aiohttp import ClientSession, web

if TYPE_CHECKING:
    from types import TracebackType

    from clickhouse_cloud_async.emulator import Emulator


class Gateway:
    """Answers requests that change something with an error, and forwards them later.

    Args:
        emulator: The origin.
        status: What it answers.
        delay: Seconds after which the origin gets the request; None for never.

    Attributes:
        given_up: How many requests were answered so.
    """

    def __init__(self, emulator: Emulator, status: int, *, delay: float | None) -> None:
        self._origin = emulator.url
        self._status = status
        self._delay = delay
        self._late: set[asyncio.Task[None]] = set()
        self.given_up = 0

    @property
    def url(self) -> str:
        """The base URL for clients."""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def __aenter__(self) -> Self:
        self._session = ClientSession()
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await asyncio.gather(*self._late)
        await self._runner.cleanup()
        await self._session.close()

    async def _handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.method == "GET":
            return await self._forward(request, body)
        self.given_up += 1
        if self._delay is not None:
            task = asyncio.create_task(self._forward_late(request, body, self._delay))
            self._late.add(task)
        return web.Response(status=self._status, text="<html>gateway</html>")

    async def _forward_late(self, request: web.Request, body: bytes, delay: float) -> None:
        await asyncio.sleep(delay)
        await self._forward(request, body)

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name in {"Authorization", "Content-Type"}
        }
        async with self._session.request(
            request.method, self._origin + request.path_qs, data=body, headers=headers
        ) as response:
            return web.Response(
                status=response.status,
                body=await response.read(),
                content_type=response.content_type,
            )
