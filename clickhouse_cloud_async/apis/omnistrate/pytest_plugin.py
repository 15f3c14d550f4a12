"""Fixtures for pytest: an emulator of Omnistrate, and clients of it.

pytest loads this module in every environment in which the package is installed, so nothing heavy is
imported before a fixture is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clickhouse_cloud_async.apis.omnistrate import (
        AsyncOmnistrate,
        Omnistrate,
        OmnistrateEmulator,
    )

_SPEED_OF_JUMPS = 100.0
"""Factor of the polling rate if a test moves the time itself."""


@pytest.fixture(scope="session")
def omnistrate_options() -> Mapping[str, Any]:
    """Return the default options of all emulators of the session; override it to change them.

    Returns:
        Keyword arguments of `OmnistrateEmulator`. Time stands still unless they contain a
        ``time_scale``.
    """
    return {}


@pytest.fixture
def omnistrate_emulator(omnistrate_options: Mapping[str, Any]) -> Iterator[OmnistrateEmulator]:
    """An emulator of Omnistrate for one test."""
    from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator

    arguments: dict[str, Any] = {"time_scale": 0, **omnistrate_options}
    with OmnistrateEmulator(**arguments) as running:
        yield running


@pytest.fixture
def omnistrate(omnistrate_emulator: OmnistrateEmulator) -> Iterator[Omnistrate]:
    """A client of the test's emulator, which signs in as the owner."""
    from clickhouse_cloud_async.apis.omnistrate import Omnistrate

    with Omnistrate(**_settings(omnistrate_emulator)) as client:
        yield client


@pytest.fixture
def async_omnistrate(omnistrate_emulator: OmnistrateEmulator) -> Iterator[AsyncOmnistrate]:
    """An async client of the test's emulator, which is closed after the test."""
    from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate
    from clickhouse_cloud_async.core.sync import run

    client = AsyncOmnistrate(**_settings(omnistrate_emulator))
    yield client
    # No fixture can be a coroutine for all plugins, and the loops of the test may have ended.
    run(client.close)


def _settings(emulator: OmnistrateEmulator) -> dict[str, Any]:
    """Arguments of a client that keeps pace with an emulator."""
    from clickhouse_cloud_async import Polling

    return {
        "email": emulator.email,
        "password": emulator.password,
        "base_url": emulator.url,
        "polling": Polling(speed=emulator.time_scale or _SPEED_OF_JUMPS),
    }
