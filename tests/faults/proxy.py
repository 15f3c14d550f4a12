"""A way to the emulator on which responses get lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs

if TYPE_CHECKING:
    from .server import Wire


@attrs.define
class Proxy:
    """Passes requests on to a server, and loses some on the way there or back.

    Attributes:
        upstream: URL of the server.
        lose_answers: How many of the next responses get lost after the request was carried out.
        lose_requests: How many of the next requests get lost before.
        lost: The response that was lost last.
    """

    upstream: str
    lose_answers: int = 0
    lose_requests: int = 0
    lost: bytes = b""

    async def __call__(self, wire: Wire) -> None:
        """Pass one request on, and its response back."""
        if self.lose_requests:
            self.lose_requests -= 1
            wire.reset()
            return
        answer = await self._forward(wire)
        if self.lose_answers:
            self.lose_answers -= 1
            self.lost = answer
            wire.reset()
            return
        await wire.send(answer)
        wire.close()

    async def _forward(self, wire: Wire) -> bytes:
        arrival, url = wire.arrival, urlsplit(self.upstream)
        headers = {**arrival.headers, "connection": "close"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        try:
            writer.write(f"{arrival.method} {arrival.target} HTTP/1.1\r\n{lines}\r\n".encode())
            writer.write(arrival.body)
            return await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()
