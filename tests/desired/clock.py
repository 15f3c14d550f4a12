"""Programs of the engine on a clock that jumps over every wait."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from tests.faults.simulation import LIMITER_CLOCKS, Time, make_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import pytest

T = TypeVar("T")

_CLOCKS = (
    *LIMITER_CLOCKS,
    "clickhouse_cloud_async.desired.creation_turns.time",
    "clickhouse_cloud_async.desired.creations.time",
    "clickhouse_cloud_async.desired.job.time",
    "clickhouse_cloud_async.desired.kind_handler.time",
    "clickhouse_cloud_async.fleet.run.time",
    "clickhouse_cloud_async.fleet.eta.time",
)


@contextmanager
def simulated(monkeypatch: pytest.MonkeyPatch) -> Generator[asyncio.Runner]:
    """Run programs whose waits take no time, one after the other on the same clock.

    Args:
        monkeypatch: Puts the real clock back.
    """
    with monkeypatch.context() as patch, asyncio.Runner(loop_factory=make_loop) as runner:
        for clock in _CLOCKS:
            patch.setattr(clock, Time(runner.get_loop()))
        # The clock would jump while a thread is at work.
        patch.setattr(asyncio, "to_thread", _at_once)
        yield runner


async def _at_once(function: Callable[..., T], *arguments: Any) -> T:
    return function(*arguments)
