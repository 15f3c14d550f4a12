"""A way to the emulator on which archives are uploaded over TLS.

The client takes no upload URL but one of HTTPS, and the emulator speaks plain HTTP.
"""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import attrs
import trustme
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

_PASSED_ON = ("Authorization", "Content-Type", "User-Agent")


@asynccontextmanager
async def front(upstream: str, authority: Path) -> AsyncGenerator[str]:
    """Pass requests on to an emulator; its upload URLs lead to the side with TLS.

    Args:
        upstream: The emulator's URL.
        authority: Where the certificate of the authority to trust is written to, as PEM.

    Yields:
        The URL of the side without TLS.
    """
    issuer = trustme.CA()
    issuer.cert_pem.write_to_path(str(authority))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issuer.issue_cert("localhost").configure_cert(context)
    async with aiohttp.ClientSession() as session:
        passing = _Passing(upstream, session)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", passing.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
            plain, encrypted = (address[1] for address in runner.addresses)
            passing.uploads = f"https://localhost:{encrypted}"
            yield f"http://127.0.0.1:{plain}"
        finally:
            await runner.cleanup()


@attrs.define
class _Passing:
    upstream: str
    session: aiohttp.ClientSession
    uploads: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        url = f"{self.upstream}{request.raw_path}"
        body = await request.read()
        async with self.session.request(request.method, url, data=body, headers=headers) as answer:
            text = (await answer.read()).replace(self.upstream.encode(), self.uploads.encode())
            kind = {"Content-Type": answer.headers.get("Content-Type", "application/json")}
            return web.Response(status=answer.status, headers=kind, body=text)
