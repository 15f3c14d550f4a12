"""Memory that emulators leave behind."""

from __future__ import annotations

import gc

from clickhouse_cloud_async.emulator import Emulator

from .client import serving

FEW = 500
"""Objects; one emulator has many times as many."""


async def _objects_after_an_emulator() -> int:
    async with serving(Emulator(3)) as api:
        await api("GET", "/services")
    gc.collect()
    return len(gc.get_objects())


async def test_emulators_are_collected() -> None:
    """A program may have one emulator after another: nothing of those that ended is kept."""
    _, second, *_, last = [await _objects_after_an_emulator() for _ in range(5)]
    assert last - second < FEW
