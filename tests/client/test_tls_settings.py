"""Certificates and proxies as files and settings, by arguments, environment and profile."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from clickhouse_cloud_async import (
    APIConnectionError,
    AsyncClickHouseCloud,
    ConfigurationError,
    HTTPOptions,
)

from .profiles import write_profiles
from .stub import ORGANIZATION, SERVICE, answering

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from .stub import Stub

KEY = {"api_key": "key", "api_secret": "planted-secret", "organization_id": ORGANIZATION}


async def name_of_service(cloud: AsyncClickHouseCloud) -> str:
    """The name that the server of these tests answers with."""
    async with cloud:
        return (await cloud.services.get(SERVICE)).name


async def test_authorities_of_a_file(
    stub: Stub, tls_url: str, certificate: tuple[Path, Path]
) -> None:
    """A file names the authorities to trust."""
    http = HTTPOptions(ca_bundle=certificate[0])

    assert await name_of_service(stub.client(base_url=tls_url, http=http)) == "etl"


@pytest.mark.usefixtures("clean_environment")
@pytest.mark.parametrize("place", ["environment", "profile"])
async def test_authorities_of_the_environment_and_of_a_profile(
    tls_url: str,
    certificate: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    """The setting may stand beside the credentials, and arguments win over it."""
    settings = {**KEY, "url": tls_url, "ca_bundle": str(certificate[0])}
    if place == "profile":
        write_profiles(tmp_path, default=settings)
    else:
        for name, value in settings.items():
            monkeypatch.setenv(f"CLICKHOUSE_CLOUD_{name.upper()}", value)

    assert await name_of_service(AsyncClickHouseCloud()) == "etl"
    untrusting = HTTPOptions(ssl_context=ssl.create_default_context())
    with pytest.raises(APIConnectionError, match=r"(?i)certificate"):
        await name_of_service(AsyncClickHouseCloud(http=untrusting, retry=1))


@pytest.fixture
async def strict_url(certificate: tuple[Path, Path]) -> AsyncIterator[str]:
    """The URL of a server that wants to see the certificate from its clients, too."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificate[0])
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(*certificate)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answering({"result": {"name": "etl"}}))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_certificate_of_the_client(
    stub: Stub, strict_url: str, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    """A certificate is shown with its key, from two files or from one."""
    first, second = certificate
    both = tmp_path / "both.pem"
    both.write_bytes(first.read_bytes() + second.read_bytes())

    for shown, key in ((first, second), (both, None)):
        http = HTTPOptions(ca_bundle=first, client_cert=shown, client_key=key)
        assert await name_of_service(stub.client(base_url=strict_url, http=http)) == "etl"
    with pytest.raises(APIConnectionError):
        await name_of_service(stub.client(base_url=strict_url, http=HTTPOptions(ca_bundle=first)))


def test_files_that_cannot_be_used(
    certificate: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each mistake is an error of the client's constructor at the latest, with its place."""
    empty = tmp_path / "empty.pem"
    empty.touch()

    def client(**options: Path | None) -> AsyncClickHouseCloud:
        return AsyncClickHouseCloud("key", "secret", http=HTTPOptions(**options))  # type: ignore[arg-type]  # the files

    with pytest.raises(ConfigurationError, match=r"ca_bundle: there is no file '.*gone'"):
        client(ca_bundle=tmp_path / "gone")
    with pytest.raises(ConfigurationError, match="without client_cert"):
        client(client_key=certificate[1])
    with pytest.raises(ConfigurationError, match="no certificates"):
        client(ca_bundle=empty)
    with pytest.raises(ConfigurationError, match="no certificate with its"):
        client(client_cert=certificate[0], client_key=empty)
    with pytest.raises(ConfigurationError, match="both passed"):
        HTTPOptions(ca_bundle=certificate[0], ssl_context=ssl.create_default_context())
    with pytest.raises(ConfigurationError, match="must be a path, got int"):
        HTTPOptions(ca_bundle=1)  # type: ignore[arg-type]  # the mistake
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_KEY", "key")
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_SECRET", "secret")
    monkeypatch.setenv("CLICKHOUSE_CLOUD_PROXY", "socks5://user:planted@proxy.example")
    with pytest.raises(ConfigurationError, match="CLICKHOUSE_CLOUD_PROXY is a socks5") as caught:
        AsyncClickHouseCloud()
    assert "planted" not in str(caught.value)
