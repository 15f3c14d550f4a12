"""Fixtures of the tests of faults."""

from __future__ import annotations

import asyncio
import logging

import pytest

from clickhouse_cloud_async.core import limiter_registry

_really_sleep = asyncio.sleep


@pytest.fixture(autouse=True)
def fresh_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep budgets apart: the system may give a later test the port of an earlier one."""
    monkeypatch.setattr(limiter_registry, "registry", limiter_registry.LimiterRegistry())


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that calls make, in order; none of them takes time."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await _really_sleep(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waited


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that anybody logs, at the finest level."""
    caplog.set_level(logging.DEBUG)
    return caplog
