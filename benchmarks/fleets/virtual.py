"""A virtual clock that advances only while the event loop is idle.

Waits of hours take no time, and how busy the machine is makes no difference: what is measured is
the time that a program would take against a cloud that answers at once. Client and emulator run in
the same event loop, so that nothing is on its way that the loop cannot see.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import Any

GRACE = 0.0005
"""Real seconds within which data on the loopback device has certainly arrived."""


class _Selector(selectors.DefaultSelector):
    """Advances the clock instead of waiting."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """Return ready events; without any, advance the clock."""
        ready = super().select(timeout and GRACE)
        if not ready and timeout:
            self.now += timeout
        return ready


def runner() -> asyncio.Runner:
    """Return a runner of an event loop on such a clock, which replaces the process's clock.

    Has to be made before anything is imported that keeps the clock's function.
    """
    selector = _Selector()
    time.monotonic = lambda: selector.now
    return asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector))
