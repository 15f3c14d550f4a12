"""A clock that passes only while there is nothing to do.

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
"""Real seconds in which what was sent on the loopback device has surely arrived."""


class _Selector(selectors.DefaultSelector):
    """Lets time pass in place of waiting for it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """Look for what is ready; where nothing is, the time has come."""
        ready = super().select(timeout and GRACE)
        if not ready and timeout:
            self.now += timeout
        return ready


def runner() -> asyncio.Runner:
    """A runner of an event loop on such a clock, which is this process's only clock from now on.

    Has to be made before anything is imported that keeps the clock's function.
    """
    selector = _Selector()
    time.monotonic = lambda: selector.now
    return asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector))
