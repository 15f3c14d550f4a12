"""A server that responds from memory, so that the client is measured.

``python -m benchmarks.server`` prints its port and serves until it is stopped.
"""

from __future__ import annotations

import asyncio
from typing import cast

from .answers import answers

_HEAD = (
    b"HTTP/1.1 200 OK\r\n"
    b"Content-Type: application/json\r\n"
    b"X-RateLimit-Limit: 1000000\r\n"
    b"X-RateLimit-Remaining: 999999\r\n"
    b"X-RateLimit-Reset: 10\r\n"
    b"Date: Mon, 05 Jan 2026 09:00:00 GMT\r\n"
    b"Content-Length: %d\r\n"
    b"\r\n"
)
"""The announced limit, which is never reached."""


class _Connection(asyncio.Protocol):
    """Reads requests without bodies, and only their paths."""

    def __init__(self, prepared: dict[bytes, bytes]) -> None:
        self._prepared = prepared
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Respond to every complete request."""
        *requests, self._unread = (self._unread + data).split(b"\r\n\r\n")
        for request in requests:
            self._transport.write(self._prepared[request.split(b" ", 2)[1]])


async def serve() -> None:
    """Serve all responses."""
    prepared = {path.encode(): _HEAD % len(body) + body for path, body in answers().items()}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(prepared), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
