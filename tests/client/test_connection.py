"""How a driver connects to a service, as a value and as a URL."""

from __future__ import annotations

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

PASSWORD = "p@ss/word?"
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
