"""One emulator with engines for all tests of a process: each engine takes some 300 MB."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import ClickHouseCloud
from clickhouse_cloud_async.emulator import Emulator

from .served import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNING: dict[str, object] = {"state": "running", "idleScaling": False}
IDLE: dict[str, object] = {"state": "idle", "idleScaling": True, "idleTimeoutMinutes": 15}
WAREHOUSE = "11111111-2222-4333-8444-555555555555"
SERVICES: list[dict[str, object]] = [
    {"name": "main", "id": WAREHOUSE, "dataWarehouseId": WAREHOUSE, **RUNNING},
    {"name": "secondary", "dataWarehouseId": WAREHOUSE, **RUNNING},
    {"name": "reader", "dataWarehouseId": WAREHOUSE, "isReadonly": True, **RUNNING},
    {"name": "other", **RUNNING},
    {"name": "stopped", "state": "stopped"},
    {"name": "asleep", **IDLE},
    {"name": "woken by a query", **IDLE},
    {"name": "woken by a ping", **IDLE},
    {"name": "woken by a key", **IDLE},
]

collect_ignore_glob = [] if find_spec("chdb") else [f"{Path(__file__).parent}/test_*.py"]


@pytest.fixture(scope="session")
def sql_emulator() -> Iterator[Emulator]:
    """An emulator whose services answer SQL, and whose time stands still."""
    with Emulator(SERVICES, time_scale=0, sql=True) as running:
        yield running


@pytest.fixture(scope="session")
def sql_cloud(sql_emulator: Emulator) -> Iterator[ClickHouseCloud]:
    """A client of it."""
    with ClickHouseCloud(
        sql_emulator.api_key, sql_emulator.api_secret, base_url=sql_emulator.url, rate_limit=None
    ) as client:
        yield client


@pytest.fixture(scope="session")
def main(sql_cloud: ClickHouseCloud) -> Served:
    """A service that runs, and never goes idle."""
    return Served.of(sql_cloud, "main")
