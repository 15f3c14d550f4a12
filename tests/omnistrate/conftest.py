"""Fixtures of the tests of Omnistrate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator
from tests.client.stub import Stub

from .platform import Platform
from .requests import Api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep settings of the environment out of the tests."""
    for name in ("API_KEY", "EMAIL", "PASSWORD", "TOKEN", "URL", "PROFILE"):
        monkeypatch.delenv(f"OMNISTRATE_{name}", raising=False)
    monkeypatch.setattr("platformdirs.user_config_path", lambda name, **_: tmp_path / name)


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    """A server that answers with what the test tells it to."""
    async with Stub() as running:
        yield running


@pytest.fixture
def platform(stub: Stub) -> Platform:
    """A server that signs users in, and refuses sessions that have ended."""
    return Platform(stub)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """Requests to an emulator whose time stands still."""
    async with OmnistrateEmulator(time_scale=0) as emulator, aiohttp.ClientSession() as session:
        yield Api(emulator, session, emulator.url)
