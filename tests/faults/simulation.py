"""An event loop on a clock of its own, which jumps over every wait."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

    import pytest

T = TypeVar("T")

LIMITER_CLOCKS = (
    "clickhouse_cloud_async.core.limiter.time",
    "clickhouse_cloud_async.core.slot_waiters.time",
)
"""Where the rate limiter and its waits take the time from."""


class _Selector(selectors.DefaultSelector):
    """Passes time in place of waiting for it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """Look for what is ready; where nothing is, let the time pass."""
        ready = super().select(timeout if timeout is None else 0)
        if not ready and timeout is not None:
            self.now += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    """A loop whose time is its selector's."""

    def __init__(self) -> None:
        self.clock = _Selector()
        super().__init__(self.clock)

    def time(self) -> float:
        """Seconds that have passed."""
        return self.clock.now


def make_loop() -> asyncio.AbstractEventLoop:
    """Return a new loop on a clock of its own."""
    return _Loop()


def simulate(monkeypatch: pytest.MonkeyPatch, program: Coroutine[Any, Any, T]) -> T:
    """Run a program without network; the rate limiter and its waits use the simulated clock.

    Args:
        monkeypatch: Puts the real clock back.
        program: What to run.
    """
    with monkeypatch.context() as patch, asyncio.Runner(loop_factory=make_loop) as runner:
        loop = runner.get_loop()
        for clock in LIMITER_CLOCKS:
            patch.setattr(clock, Time(loop))
        return runner.run(program)


class Time:
    """Stands for the module `time`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.monotonic = loop.time
