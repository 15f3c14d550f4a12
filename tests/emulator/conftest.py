"""Fixtures of the emulator's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .client import Api


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """A client of an emulator whose time stands still, with a service in each steady state."""
    services = [{"name": state, "state": state} for state in ("running", "idle", "stopped")]
    async with serving(Emulator(services, time_scale=0)) as client:
        yield client
