"""Emulators with scaled time, and clients with a matching polling interval."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloud, Polling

if TYPE_CHECKING:
    from collections.abc import Generator

    from clickhouse_cloud_async.emulator import Emulator

SPEED: Final = 2000.0
"""How much faster than in the cloud states pass in these tests: 20 minutes are 0.6 s."""

POLLING: Final = Polling(speed=SPEED)


@contextmanager
def opened(emulator: Emulator) -> Generator[ClickHouseCloud, None, None]:
    """A client of an emulator without a limit of requests."""
    with ClickHouseCloud(
        emulator.api_key,
        emulator.api_secret,
        base_url=emulator.url,
        rate_limit=None,
        polling=POLLING,
    ) as cloud:
        yield cloud


def asynchronous(emulator: Emulator) -> AsyncClickHouseCloud:
    """An async client of an emulator without a limit of requests."""
    return AsyncClickHouseCloud(
        emulator.api_key,
        emulator.api_secret,
        base_url=emulator.url,
        rate_limit=None,
        polling=POLLING,
    )
