"""How a driver connects to a service, as a value and as a URL."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    ClickHouseCloud,
    InvalidArgumentError,
    NotFoundError,
    Secret,
    ServiceConnection,
)
from clickhouse_cloud_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PASSWORD = "p@ss/word?"
AWKWARD = "it's $ecret"
SERVICES: list[dict[str, object]] = [
    {"name": "etl", "state": "stopped"},
    {"name": "shop", "endpoints": [{"protocol": "mysql", "host": "::1", "port": 3306}]},
    {"name": "new", "state": "provisioning", "endpoints": []},
]


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An emulator whose services have various endpoints."""
    async with Emulator(SERVICES, time_scale=0) as running:
        yield running


@pytest.fixture
async def cloud(emulator: Emulator) -> AsyncIterator[AsyncClickHouseCloud]:
    """A client of it."""
    async with AsyncClickHouseCloud(
        emulator.api_key, emulator.api_secret, base_url=emulator.url, rate_limit=None
    ) as client:
        yield client


async def test_connection_by_name_and_by_id(cloud: AsyncClickHouseCloud) -> None:
    """A stopped service has its endpoints, too; name and ID lead to the same."""
    service = await cloud.services.get_by_name("etl")
    connection = await cloud.services.connection("etl", password=PASSWORD)

    assert connection == await cloud.services.connection(service.id, password=Secret(PASSWORD))
    assert connection == ServiceConnection(
        service_id=service.id,
        protocol="https",
        host=f"{service.id[:8]}.{service.region}.{service.provider}.clickhouse.example",
        port=8443,
        user="default",
        password=Secret(PASSWORD),
    )
    assert connection.secure


def test_sync_connection() -> None:
    """The sync facade returns the same value."""
    with (
        Emulator(SERVICES, time_scale=0) as emulator,
        ClickHouseCloud(emulator.api_key, emulator.api_secret, base_url=emulator.url) as cloud,
    ):
        connection = cloud.services.connection("etl", protocol="nativesecure")

    assert (connection.port, connection.password) == (9440, None)
    assert connection.url() == f"clickhouse://default@{connection.host}:9440/?secure=true"


async def test_url_holds_the_password_only_if_asked(cloud: AsyncClickHouseCloud) -> None:
    """User and password are percent-encoded; without `reveal` asterisks stand for the password."""
    connection = await cloud.services.connection(
        "shop", user="a:b", password=PASSWORD, protocol="mysql"
    )

    assert connection.url() == "mysql://a%3Ab:**********@[::1]:3306"
    assert connection.url(reveal=True) == "mysql://a%3Ab:p%40ss%2Fword%3F@[::1]:3306"
    assert PASSWORD not in repr(connection)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("etl", "no endpoint of the protocol 'mysql'; it has https, nativesecure; enable it"),
        ("new", r"'new' \(provisioning\) has no endpoint .* it has none yet"),
        ("nothing", "no service is named 'nothing'"),
    ],
)
async def test_missing_endpoint(cloud: AsyncClickHouseCloud, name: str, message: str) -> None:
    """The error says which endpoints the service has, and what to do."""
    with pytest.raises(NotFoundError, match=message):
        await cloud.services.connection(name, protocol="mysql")


async def test_user_without_a_name_is_refused(
    emulator: Emulator, cloud: AsyncClickHouseCloud
) -> None:
    """Nothing is sent for it."""
    with pytest.raises(InvalidArgumentError, match="user must be the name of a database user"):
        await cloud.services.connection("etl", user="")
    assert not emulator.requests


async def test_connection_of_a_service_that_was_created(cloud: AsyncClickHouseCloud) -> None:
    """Its initial password is in the response; another one goes before it."""
    created = await cloud.services.create(name="ads", provider="aws", region="us-east-1")
    connection = await cloud.services.connection(created)

    assert created.password is not None
    assert (connection.service_id, connection.password) == (created.service.id, created.password)
    other = await cloud.services.connection(created, password=PASSWORD)
    assert other.password == Secret(PASSWORD)


def connection_to(protocol: str = "https", password: str | None = AWKWARD) -> ServiceConnection:
    """Return a connection with a password that shells would read otherwise."""
    return ServiceConnection(
        service_id="1",
        protocol=protocol,
        host="a.example",
        port=8443,
        user="default",
        password=None if password is None else Secret(password),
    )


def test_env_file_is_read_back_by_a_shell(tmp_path: Path) -> None:
    """Whatever stands in the password; without `reveal` it is asterisks."""
    file = tmp_path / "service.env"
    file.write_text(connection_to().env(reveal=True))
    variables = '"$CLICKHOUSE_PASSWORD" "$CLICKHOUSE_HOST" "$CLICKHOUSE_SECURE"'
    script = f'. {file}; printf "%s|%s|%s" {variables}'
    run = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)  # noqa: S603 - our own script
    assert run.stdout == "it's $ecret|a.example|true"
    assert "CLICKHOUSE_PASSWORD='**********'\n" in connection_to().env()
    assert "PASSWORD" not in connection_to(password=None).env(reveal=True)


@pytest.mark.parametrize(("protocol", "driver"), [("https", "http"), ("nativesecure", "native")])
def test_target_of_dbt(protocol: str, driver: str) -> None:
    """The adapter's driver follows the protocol."""
    assert connection_to(protocol).dbt(schema="shop", reveal=True) == {
        "type": "clickhouse",
        "driver": driver,
        "host": "a.example",
        "port": 8443,
        "user": "default",
        "password": "it's $ecret",
        "secure": True,
        "schema": "shop",
    }
    assert "ecret" not in str(connection_to().dbt())
