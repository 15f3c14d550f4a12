"""A short soak; the long one is ``python -m benchmarks.soak``."""

from __future__ import annotations

import sys

import pytest

from benchmarks.soak import TASKS, soak


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
async def test_soak() -> None:
    """Through faults of every kind, all calls end well or in our errors, and nothing piles up."""
    report = await soak(4.0)

    assert report.problems() == []
    assert report.outcomes.total() > TASKS
