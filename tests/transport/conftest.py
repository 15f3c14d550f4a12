"""Fixtures of the tests of the transport."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.core import limiter_registry
from tests.client.stub import Stub

from .telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from clickhouse_cloud_async.emulator import Emulator


@pytest.fixture(autouse=True)
def fresh_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep budgets apart: the system may give a later test the port of an earlier one."""
    monkeypatch.setattr(limiter_registry, "registry", limiter_registry.LimiterRegistry())


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    """A server that answers with what the test tells it to."""
    async with Stub() as running:
        yield running


@pytest.fixture
def emulated(emulator: Emulator) -> dict[str, Any]:
    """The settings of a client of the emulator."""
    return {
        "api_key": emulator.api_key,
        "api_secret": emulator.api_secret,
        "organization_id": emulator.organization_id,
        "base_url": emulator.url,
    }


@pytest.fixture(scope="session")
def providers() -> Telemetry:
    """The providers of this process."""
    return Telemetry()


@pytest.fixture
def telemetry(providers: Telemetry) -> Telemetry:
    """The spans and metrics of one test."""
    providers.clear()
    return providers
