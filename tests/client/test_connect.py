"""Clients of clickhouse-connect, against a server that speaks a little of ClickHouse's protocol."""

from __future__ import annotations

import base64
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from anyio.from_thread import start_blocking_portal
from clickhouse_connect.driver.exceptions import DatabaseError

from clickhouse_cloud_async import (
    APIConnectionError,
    AsyncClickHouseCloud,
    ClickHouseCloud,
    ConfigurationError,
    InvalidArgumentError,
    NotFoundError,
    Polling,
    WaitTimeoutError,
)
from clickhouse_cloud_async.core.extras import install_command
from clickhouse_cloud_async.emulator import Emulator

from .stub import SECRET
from .test_secrecy import assert_clean, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPEED = 2000.0
EXTENSION = "clickhouse_cloud_async.apis.clickhouse.extensions.connecting"


class FakeClickHouse:
    """Enough of ClickHouse's HTTP interface for a client to connect and to run one query.

    Attributes:
        statuses: HTTP statuses of the first responses; the later ones are 200.
        queries: Every query that came.
        port: Port that it listens on.
    """

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.queries: list[str] = []
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self, context: ssl.SSLContext) -> None:
        """Listen on loopback."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._respond)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close all connections."""
        assert self._runner is not None
        await self._runner.cleanup()

    async def _respond(self, request: web.Request) -> web.Response:
        query = (await request.read()).decode() or request.query["query"]
        self.queries.append(query)
        if self.statuses:
            return web.Response(status=self.statuses.pop(0), text="not yet")
        expected = base64.b64encode(f"default:{SECRET}".encode()).decode()
        if request.headers["Authorization"] != f"Basic {expected}":
            return web.Response(
                status=403,
                text="Code: 516. DB::Exception: default: Authentication failed",
                headers={"X-ClickHouse-Exception-Code": "516"},
            )
        if query.startswith("SELECT version()"):
            return web.Response(text="26.9.1.1\tUTC\n")
        return web.Response(body=b"" if "FORMAT Native" in query else b"42\n")


@pytest.fixture
def clickhouse(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[FakeClickHouse]:
    """A server in a thread of its own, so that plain clients may block."""
    monkeypatch.setattr(f"{EXTENSION}.RETRY_INTERVAL", 0.001)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    server = FakeClickHouse()
    with start_blocking_portal() as portal:
        portal.call(server.start, context)
        yield server
        portal.call(server.stop)


@pytest.fixture
def emulator(clickhouse: FakeClickHouse) -> Iterator[Emulator]:
    """An emulator whose services name the server as their endpoint."""
    endpoint = {"protocol": "https", "host": "localhost", "port": clickhouse.port}
    services: list[dict[str, object]] = [
        {"name": state, "state": state, "endpoints": [endpoint], "idleTimeoutMinutes": 1440}
        for state in ("running", "idle", "stopped")
    ]
    with Emulator([*services, {"name": "bare", "endpoints": []}], time_scale=SPEED) as running:
        yield running


def settings_for(emulator: Emulator) -> dict[str, Any]:
    """Return the settings of a client of an emulator."""
    return {
        "api_key": emulator.api_key,
        "api_secret": emulator.api_secret,
        "base_url": emulator.url,
        "rate_limit": None,
        "polling": Polling(speed=SPEED),
    }


@pytest.mark.parametrize("name", ["running", "idle"])
async def test_client_is_ready(
    emulator: Emulator, clickhouse: FakeClickHouse, certificate: tuple[Path, Path], name: str
) -> None:
    """An idle service is woken, and the first query is retried until the service responds."""
    clickhouse.statuses = [404, 404]
    async with AsyncClickHouseCloud(**settings_for(emulator)) as cloud:
        client = await cloud.services.connect(name, password=SECRET, ca_cert=str(certificate[0]))
        assert await client.command("SELECT 42") == 42
        await client.close()
        assert (await cloud.services.get_by_name(name)).state == "running"
    assert len([query for query in clickhouse.queries if "version()" in query]) == 3


def test_plain_client_is_ready(
    emulator: Emulator, clickhouse: FakeClickHouse, certificate: tuple[Path, Path]
) -> None:
    """The sync facade gives the plain client."""
    clickhouse.statuses = [404, 404]
    with ClickHouseCloud(**settings_for(emulator)) as cloud:
        client = cloud.services.connect("idle", password=SECRET, ca_cert=str(certificate[0]))
        assert client.command("SELECT 42") == 42
        client.close()


async def test_wrong_password_is_not_retried(
    emulator: Emulator, clickhouse: FakeClickHouse, certificate: tuple[Path, Path]
) -> None:
    """The driver's own error is raised, and no frame or cause of it shows the password."""
    async with AsyncClickHouseCloud(**settings_for(emulator)) as cloud:
        with pytest.raises(DatabaseError, match="516") as caught:
            await cloud.services.connect(
                "running", password=f"not-{SECRET}", ca_cert=str(certificate[0])
            )
    assert len(clickhouse.queries) == 1
    in_test = caught.tb.tb_next
    assert in_test is not None
    assert_clean(shown(caught.value.with_traceback(in_test)))


def test_wrong_password_of_a_plain_client(
    emulator: Emulator, clickhouse: FakeClickHouse, certificate: tuple[Path, Path]
) -> None:
    """It is the same without ``await``."""
    with (
        ClickHouseCloud(**settings_for(emulator)) as cloud,
        pytest.raises(DatabaseError, match="516") as caught,
    ):
        cloud.services.connect("running", password=f"not-{SECRET}", ca_cert=str(certificate[0]))
    assert len(clickhouse.queries) == 1
    in_test = caught.tb.tb_next
    assert in_test is not None
    assert_clean(shown(caught.value.with_traceback(in_test)))


async def test_service_that_does_not_respond(
    emulator: Emulator,
    clickhouse: FakeClickHouse,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The error names the endpoint, and what may be in the way."""
    monkeypatch.setattr(f"{EXTENSION}.FIRST_QUERY_TIME", 0.5)
    clickhouse.statuses = [404] * 100_000
    async with AsyncClickHouseCloud(**settings_for(emulator)) as cloud:
        with pytest.raises(APIConnectionError, match=rf":{clickhouse.port} .*IP access list"):
            await cloud.services.connect("running", password=SECRET, ca_cert=str(certificate[0]))


@pytest.mark.usefixtures("clickhouse")
async def test_unknown_certificate_is_not_retried(emulator: Emulator) -> None:
    """A certificate of no known authority will not become known."""
    async with AsyncClickHouseCloud(**settings_for(emulator)) as cloud:
        with pytest.raises(DatabaseError, match=r"(?i)certificate"):
            await cloud.services.connect("running", password=SECRET)


def test_unknown_certificate_of_a_plain_client(emulator: Emulator) -> None:
    """It is the same without ``await``."""
    with (
        ClickHouseCloud(**settings_for(emulator)) as cloud,
        pytest.raises(DatabaseError, match=r"(?i)certificate"),
    ):
        cloud.services.connect("running", password=SECRET)


@pytest.mark.parametrize(
    ("name", "options", "kind"),
    [
        ("bare", {}, NotFoundError),
        ("stopped", {"timeout": 0.2}, WaitTimeoutError),
        ("idle", {"timeout": 0.2, "wake": False}, WaitTimeoutError),
        ("running", {"user": ""}, InvalidArgumentError),
        ("running", {"password": None}, InvalidArgumentError),
    ],
)
async def test_no_connection(
    emulator: Emulator,
    clickhouse: FakeClickHouse,
    name: str,
    options: dict[str, Any],
    kind: type[Exception],
) -> None:
    """Without a service that runs and has an endpoint, nothing is sent to it."""
    async with AsyncClickHouseCloud(**settings_for(emulator)) as cloud:
        # By its ID, so that the whole time is that of the wait.
        service = await cloud.services.get_by_name(name)
        arguments: dict[str, Any] = {"password": SECRET, **options}
        with pytest.raises(kind):
            await cloud.services.connect(service.id, **arguments)
    assert not clickhouse.queries


async def test_missing_driver(monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    """The error names the extra, before anything is sent."""
    monkeypatch.setattr("clickhouse_cloud_async.core.extras.find_spec", {}.get)
    async with AsyncClickHouseCloud(**settings_for(emulator)) as cloud:
        with pytest.raises(ConfigurationError, match="clickhouse_connect") as caught:
            await cloud.services.connect("running", password=SECRET)
    assert install_command("connect") in caught.value.message
    assert not emulator.requests
