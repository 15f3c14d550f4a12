"""Fixtures for pytest: an emulator of API7 Cloud, and clients of it.

pytest loads this module in every environment in which the package is installed, so nothing heavy is
imported before a fixture is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clickhouse_cloud_async.apis.api7 import API7Cloud, API7Emulator, AsyncAPI7Cloud

_SPEED_OF_JUMPS = 100.0
"""Factor of the polling rate if a test moves the time itself."""


@pytest.fixture(scope="session")
def api7_cloud_options() -> Mapping[str, Any]:
    """Return the default options of all emulators of the session; override it to change them.

    Returns:
        Keyword arguments of `API7Emulator`. Time stands still unless they contain a ``time_scale``.
    """
    return {}


@pytest.fixture
def api7_emulator(api7_cloud_options: Mapping[str, Any]) -> Iterator[API7Emulator]:
    """An emulator of API7 Cloud for one test."""
    from clickhouse_cloud_async.apis.api7 import API7Emulator

    arguments: dict[str, Any] = {"time_scale": 0, **api7_cloud_options}
    with API7Emulator(**arguments) as running:
        yield running


@pytest.fixture
def api7_cloud(api7_emulator: API7Emulator) -> Iterator[API7Cloud]:
    """A client of the test's emulator."""
    from clickhouse_cloud_async.apis.api7 import API7Cloud

    with API7Cloud(**_settings(api7_emulator)) as client:
        yield client


@pytest.fixture
def async_api7_cloud(api7_emulator: API7Emulator) -> Iterator[AsyncAPI7Cloud]:
    """An async client of the test's emulator, which is closed after the test."""
    from clickhouse_cloud_async.apis.api7 import AsyncAPI7Cloud
    from clickhouse_cloud_async.core.sync import run

    client = AsyncAPI7Cloud(**_settings(api7_emulator))
    yield client
    # No fixture can be a coroutine for all plugins, and the loops of the test may have ended.
    run(client.close)


def _settings(emulator: API7Emulator) -> dict[str, Any]:
    """Arguments of a client that keeps pace with an emulator."""
    from clickhouse_cloud_async import Polling

    return {
        "token": emulator.token,
        "base_url": emulator.url,
        "polling": Polling(speed=emulator.time_scale or _SPEED_OF_JUMPS),
    }
