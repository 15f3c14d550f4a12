"""Fixtures of the tests of waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a program on a simulated clock, without jitter."""
    monkeypatch.setattr("clickhouse_cloud_async.core.waiting.schedule.jittered", float)
    return lambda program: simulate(monkeypatch, program)
