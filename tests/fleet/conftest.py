"""Fixtures of the tests of fleets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.fleet import verification

from .clouds import open_client, open_emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.emulator import Emulator

SERVICES = [
    {
        "name": "etl-eu",
        "state": "running",
        "provider": "aws",
        "region": "eu-central-1",
        "tags": [{"key": "env", "value": "dev"}, {"key": "team", "value": "data"}],
        "idleScaling": False,
    },
    {
        "name": "etl-us",
        "state": "stopped",
        "provider": "gcp",
        "region": "us-central1",
        "tags": [{"key": "env", "value": "prod"}, {"key": "gold"}],
        "idleScaling": False,
    },
    {
        "name": "ETL",
        "state": "idle",
        "provider": "azure",
        "region": "eastus2",
        "tags": [{"key": "env", "value": "dev"}],
        "idleScaling": True,
    },
    {
        "name": "reports",
        "state": "stopped",
        "provider": "aws",
        "region": "us-east-1",
        "tags": [],
        "idleScaling": False,
    },
]


@pytest.fixture
def short_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let verification end after a second where a test waits for its end."""
    monkeypatch.setattr(verification, "SHORTEST_WINDOW", 1.0)


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """Four services of different kinds."""
    async with open_emulator(SERVICES) as running:
        yield running


@pytest.fixture
async def cloud(emulator: Emulator) -> AsyncIterator[AsyncClickHouseCloud]:
    """A client that is as fast."""
    async with open_client(emulator) as client:
        yield client
