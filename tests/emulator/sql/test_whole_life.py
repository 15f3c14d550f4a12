"""The whole life of a service: created, filled, asleep, woken, backed up, restored, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from clickhouse_connect import get_client
from clickhouse_connect.driver.exceptions import DatabaseError

from clickhouse_cloud_async import ClickHouseCloud, NotFoundError
from clickhouse_cloud_async.emulator import Emulator

from .served import TIME_LIMIT, Served, while_waking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_connect.driver.client import Client

ROWS = 1_000_000
SUMS = "SELECT count(), sum(id), sum(cityHash64(name)) FROM events"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator without services, whose time stands still."""
    with Emulator(time_scale=0, sql=True) as running:
        yield running


@pytest.fixture
def cloud(emulator: Emulator) -> Iterator[ClickHouseCloud]:
    """A client of it."""
    with ClickHouseCloud(
        emulator.api_key, emulator.api_secret, base_url=emulator.url, rate_limit=None
    ) as client:
        yield client


def _create(emulator: Emulator, cloud: ClickHouseCloud, name: str, **options: Any) -> Served:
    """Create a service, and let time pass until it runs."""
    made = cloud.services.create(name=name, provider="aws", region="us-east-1", **options)
    while cloud.services.get(made.service.id).state != "running":
        emulator.advance(10)
    connection = cloud.services.connection(made.service.id)
    assert made.password is not None
    return Served(made.service.id, connection.host, connection.port, made.password.reveal())


def _connect(served: Served) -> Client:
    return get_client(
        host=served.host,
        port=served.port,
        username="default",
        password=served.password,
        send_receive_timeout=int(TIME_LIMIT),
    )


def test_a_whole_life(emulator: Emulator, cloud: ClickHouseCloud) -> None:
    """What a service goes through, its data goes through."""
    service = _create(emulator, cloud, "shop")
    client = _connect(service)
    client.command("CREATE TABLE events (id UInt64, name String) ENGINE = MergeTree ORDER BY id")
    client.insert(
        "events", [range(ROWS), [f"event {n}" for n in range(ROWS)]], column_oriented=True
    )
    sums = client.query(SUMS).result_rows
    assert sums[0][0] == ROWS

    emulator.advance(minutes=16)
    assert cloud.services.get(service.id).state == "idle"
    woken = while_waking(emulator, cloud, service.id, lambda: client.query(SUMS).result_rows)
    assert woken == sums
    assert cloud.services.get(service.id).state == "running"

    emulator.advance(hours=25)
    client = while_waking(emulator, cloud, service.id, lambda: _connect(service))
    client.command("DROP TABLE events")
    [backup] = cloud.backups.list(service.id)
    restored = _create(emulator, cloud, "shop again", backup_id=backup.id)
    with _connect(restored) as again:
        assert again.query(SUMS).result_rows == sums

    cloud.services.reset_password(service.id, password="a new password")
    with pytest.raises(DatabaseError, match="516"):
        client.query("SELECT 1")
    changed = Served(service.id, service.host, service.port, "a new password")
    assert changed.query("EXISTS events").text == "0\n"
    client.close()

    cloud.services.stop(service.id)
    emulator.advance(60)
    assert changed.query("SELECT 1").status == 503
    cloud.services.delete(service.id)
    emulator.advance(minutes=5)
    with pytest.raises(NotFoundError):
        cloud.services.get(service.id)
    with pytest.raises(ConnectionError):
        changed.query("SELECT 1")
