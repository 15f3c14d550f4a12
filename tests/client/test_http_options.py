"""How connections are made: proxies, TLS, limits, the environment."""

from __future__ import annotations

import asyncio
import base64
import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from clickhouse_cloud_async import APIConnectionError, HTTPOptions

from .stub import KEY, ORGANIZATION, SECRET, SERVICE, answering

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from .stub import Stub

AUTHORIZATION = f"Basic {base64.b64encode(f'{KEY}:{SECRET}'.encode()).decode()}"

ELSEWHERE = "http://127.0.0.1:1"
"""A base URL where nothing listens, so that only a proxy can answer."""

OPENSSL = shutil.which("openssl")


async def test_proxy(stub: Stub) -> None:
    """Requests go through the proxy, with the proxy's credentials for it and ours inside."""
    proxy = stub.url.replace("//", "//user:password@")

    async with stub.client(base_url=ELSEWHERE, http=HTTPOptions(proxy=proxy)) as cloud:
        assert await cloud.services.list() == []

    request = stub.requests[0]
    assert request.raw_path == f"{ELSEWHERE}/v1/organizations/{ORGANIZATION}/services"
    assert request.headers["Authorization"] == AUTHORIZATION
    assert base64.b64encode(b"user:password").decode() in request.headers["Proxy-Authorization"]


@pytest.mark.parametrize("trust_env", [True, False])
async def test_proxy_of_the_environment(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, *, trust_env: bool
) -> None:
    """The proxy that the environment names counts only where that is wanted."""
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, stub.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    async with stub.client(base_url=ELSEWHERE, http=HTTPOptions(trust_env=trust_env)) as cloud:
        if trust_env:
            assert await cloud.services.list() == []
        else:
            with pytest.raises(APIConnectionError):
                await cloud.services.list()

    assert len(stub.requests) == trust_env


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


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for the loopback address, and its key."""
    if OPENSSL is None:
        pytest.skip("making a certificate needs openssl")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(  # noqa: ASYNC221, RUF100, S603 - fixed arguments
        [
            *(OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=loopback"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


@pytest.fixture
async def tls_url(certificate: tuple[Path, Path]) -> AsyncIterator[str]:
    """The URL of a server that shows the certificate and answers with a service."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answering({"result": {"name": "etl"}}))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


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
