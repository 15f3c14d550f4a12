"""Fixtures of the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

FLEET = [
    {"name": "etl", "state": "running", "provider": "aws", "region": "us-east-1"},
    {"name": "events", "state": "running", "provider": "aws", "region": "us-east-1"},
    {"name": "billing", "state": "running", "provider": "aws", "region": "us-east-1"},
    {"name": "archive", "state": "stopped", "provider": "aws", "region": "us-east-1"},
    {"name": "reports", "state": "idle", "provider": "aws", "region": "us-east-1"},
]


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator with running services, a stopped and an idle one, whose time stands still."""
    fleet = [{**s, "tags": [], "idleScaling": s["state"] == "idle"} for s in FLEET]
    with Emulator(fleet, time_scale=0) as running:
        yield running
