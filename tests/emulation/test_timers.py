"""Timers on the emulator's clock."""

from __future__ import annotations

import tracemalloc

from clickhouse_cloud_async.emulation.store import Store
from clickhouse_cloud_async.emulation.timers import Timers

PATH = ("services", "one")


def test_a_timer_that_is_moved_often_stays_one() -> None:
    """Each query of a service moves the timer of its idleness, while time may stand still."""
    timers = Timers(Store())
    timers.set(("services", "other"), "idle", 5.0)
    tracemalloc.start()
    try:
        for number in range(20_000):
            timers.set(PATH, "idle", 10.0 + number % 7)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 500_000
    fired = iter(lambda: timers.take(100.0), None)
    assert [(each.due, each.path) for each in fired] == [
        (5.0, ("services", "other")),
        (10.0 + 19_999 % 7, PATH),
    ]
