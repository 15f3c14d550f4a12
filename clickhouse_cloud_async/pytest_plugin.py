"""Fixtures for pytest: an emulator of the API, and clients of it.

pytest loads this module in every environment in which the package is installed, so nothing heavy is
imported before a fixture is used.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import apis

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloud
    from clickhouse_cloud_async.emulator import Emulator

pytest_plugins: list[str] = [
    f"{apis.__name__}.{plugin.parent.name}.{plugin.stem}"
    for folder in apis.__path__
    for plugin in sorted(Path(folder).glob("*/pytest_plugin.py"))
]
"""The plugins that APIs bring themselves."""

_MARKER = "clickhouse_cloud"
_OPTIONS = ("services", "time_scale", "seed", "rate_limit", "sql")
_ENVIRONMENT = "CLICKHOUSE_CLOUD_"
_SPEED_OF_JUMPS = 100.0
"""Factor of the polling rate if a test moves the time itself."""


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}({', '.join(_OPTIONS)}): options of the emulator of a test.",
    )


@pytest.fixture(scope="session")
def clickhouse_cloud_options() -> Mapping[str, Any]:
    """Return the default options of all emulators of the session; override it to change them.

    Returns:
        Keyword arguments of `Emulator`, including services. Time stands still unless they contain a
        ``time_scale``. The marker ``clickhouse_cloud`` changes them for a test.
    """
    return {}


@pytest.fixture
def clickhouse_cloud_emulator(
    request: pytest.FixtureRequest, clickhouse_cloud_options: Mapping[str, Any]
) -> Iterator[Emulator]:
    """An emulator of the API for one test."""
    with _emulator({**clickhouse_cloud_options, **_marked(request.node)}) as running:
        yield running


@pytest.fixture(scope="session")
def clickhouse_cloud_emulator_session(
    clickhouse_cloud_options: Mapping[str, Any],
) -> Iterator[Emulator]:
    """One emulator for the whole session, whose state all tests share."""
    with _emulator(clickhouse_cloud_options) as running:
        yield running


@pytest.fixture
def clickhouse_cloud(clickhouse_cloud_emulator: Emulator) -> Iterator[ClickHouseCloud]:
    """A client of the test's emulator."""
    with _client(clickhouse_cloud_emulator) as client:
        yield client


@pytest.fixture(scope="session")
def clickhouse_cloud_session(
    clickhouse_cloud_emulator_session: Emulator,
) -> Iterator[ClickHouseCloud]:
    """A client of the session's emulator."""
    with _client(clickhouse_cloud_emulator_session) as client:
        yield client


@pytest.fixture
def async_clickhouse_cloud(clickhouse_cloud_emulator: Emulator) -> Iterator[AsyncClickHouseCloud]:
    """An async client of the test's emulator, which is closed after the test.

    It can be used in any event loop, whichever plugin or function runs the loop.
    """
    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.core.sync import run

    client = AsyncClickHouseCloud(**_settings(clickhouse_cloud_emulator))
    yield client
    # No fixture can be a coroutine for all plugins, and the loops of the test may have ended.
    run(client.close)


@pytest.fixture
def clickhouse_cloud_env(
    clickhouse_cloud_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> Emulator:
    """The test's emulator, which clients without arguments use through the environment."""
    for name in [name for name in os.environ if name.startswith(_ENVIRONMENT)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(f"{_ENVIRONMENT}URL", clickhouse_cloud_emulator.url)
    monkeypatch.setenv(f"{_ENVIRONMENT}API_KEY", clickhouse_cloud_emulator.api_key)
    monkeypatch.setenv(f"{_ENVIRONMENT}API_SECRET", clickhouse_cloud_emulator.api_secret)
    return clickhouse_cloud_emulator


def _emulator(options: Mapping[str, Any]) -> Emulator:
    from clickhouse_cloud_async.emulator import Emulator

    arguments: dict[str, Any] = {"time_scale": 0, **options}
    return Emulator(**arguments)


def _client(emulator: Emulator) -> ClickHouseCloud:
    from clickhouse_cloud_async import ClickHouseCloud

    return ClickHouseCloud(**_settings(emulator))


def _settings(emulator: Emulator) -> dict[str, Any]:
    """Arguments of a client that keeps pace with an emulator."""
    from clickhouse_cloud_async import UNSET, Polling, RateLimit

    limit, scale = emulator.rate_limit, emulator.time_scale
    budget = RateLimit(limit.requests, per=limit.per / scale) if limit and scale else UNSET
    return {
        "api_key": emulator.api_key,
        "api_secret": emulator.api_secret,
        "base_url": emulator.url,
        "rate_limit": budget,
        "polling": Polling(speed=scale or _SPEED_OF_JUMPS),
    }


def _marked(node: pytest.Item) -> dict[str, Any]:
    """Return what markers say, the closest one of a test last."""
    options: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers(_MARKER))):
        unknown = [str(name) for name in marker.kwargs if name not in _OPTIONS]
        if marker.args or unknown:
            wrong = f"not {', '.join(unknown)}" if unknown else "by name"
            raise pytest.UsageError(f"{_MARKER} takes {', '.join(_OPTIONS)}, {wrong}")
        options |= marker.kwargs
    return options
