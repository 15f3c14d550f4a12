"""A gateway between a client and the API, which may answer before the API has finished."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import attrs
from aiohttp import web

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import Emulator

_HOP = ("Host", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection")


@attrs.define
class Gateway:
    """Passes requests on to an emulator.

    Args:
        origin: The emulator.
        method: The method of requests that are treated in another way.
        seconds: How much later these reach the emulator, or their responses the client.
        status: What these are answered with at once, while they are carried out later; None to
            answer them as the emulator does.

    Attributes:
        arrived: Set once such a request has come.
        count: How many have come.
    """

    origin: Emulator
    method: str
    seconds: float
    status: int | None = None
    count: int = attrs.field(default=0, init=False)
    _later: set[asyncio.Task[web.Response]] = attrs.field(
        factory=set["asyncio.Task[web.Response]"], init=False
    )

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        body = await request.read()
        if request.method != self.method:
            return await self._forward(request, body)
        self.count += 1
        if self.status is None:
            response = await self._forward(request, body)
            await asyncio.sleep(self.seconds)
            return response
        task = asyncio.create_task(self._finish_later(request, body))
        self._later.add(task)
        task.add_done_callback(self._later.discard)
        return web.Response(status=self.status, text="<html>bad gateway</html>")

    async def _finish_later(self, request: web.Request, body: bytes) -> web.Response:
        await asyncio.sleep(self.seconds)
        return await self._forward(request, body)

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name not in _HOP}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, f"{self.origin.url}{request.rel_url}", data=body, headers=headers
            ) as answer,
        ):
            return web.Response(
                status=answer.status,
                body=await answer.read(),
                headers={k: v for k, v in answer.headers.items() if k not in _HOP},
            )
