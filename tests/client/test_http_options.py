"""How connections are made: TLS, limits, the environment."""

from __future__ import annotations

import asyncio
import base64
import ssl
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import APIConnectionError, HTTPOptions

from .stub import KEY, SECRET, SERVICE, answering

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import web

    from .stub import Stub

AUTHORIZATION = f"Basic {base64.b64encode(f'{KEY}:{SECRET}'.encode()).decode()}"


async def test_netrc_is_no_source_of_credentials(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Passwords that a netrc file holds for the host do not replace the client's credentials."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    async with stub.client(http=HTTPOptions(trust_env=True)) as cloud:
        await cloud.services.list()

    assert stub.requests[0].headers["Authorization"] == AUTHORIZATION


async def test_connection_limit(stub: Stub) -> None:
    """No more connections are open at once than the limit allows."""
    now, most = 0, 0

    async def count(request: web.Request) -> web.StreamResponse:
        nonlocal now, most
        now += 1
        most = max(most, now)
        for _ in range(20):  # long enough for every other call to arrive, if it could
            await asyncio.sleep(0)
        now -= 1
        return await answering({"result": []})(request)

    stub.handler = count

    async with stub.client(http=HTTPOptions(max_connections=2)) as cloud:
        await asyncio.gather(*(cloud.services.list() for _ in range(20)))

    assert most == 2
    assert len(stub.requests) == 20


async def test_cookies_are_ignored(stub: Stub) -> None:
    """A cookie that the server sets is not sent back: calls do not depend on each other."""
    stub.answer({"result": []}, Set_Cookie="session=1; Path=/")

    # A numeric address would be no test: cookies from there are dropped anyway.
    async with stub.client(base_url=stub.url.replace("127.0.0.1", "localhost")) as cloud:
        await cloud.services.list()
        await cloud.services.list()

    assert "Cookie" not in stub.requests[1].headers


# --- TLS ---------------------------------------------------------------------------------------


async def test_unknown_certificate(stub: Stub, tls_url: str) -> None:
    """A certificate that nobody vouches for is refused before any request is sent."""
    async with stub.client(base_url=tls_url) as cloud:
        with pytest.raises(APIConnectionError, match=r"(?i)certificate"):
            await cloud.services.get(SERVICE)


async def test_trusted_certificate(
    stub: Stub, tls_url: str, certificate: tuple[Path, Path]
) -> None:
    """A TLS context that trusts the certificate lets requests through."""
    context = ssl.create_default_context(cafile=certificate[0])

    async with stub.client(base_url=tls_url, http=HTTPOptions(ssl_context=context)) as cloud:
        assert (await cloud.services.get(SERVICE)).name == "etl"
