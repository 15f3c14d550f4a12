"""Fixtures of the tests of API7 Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.client.stub import Stub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep settings of the environment out of the tests."""
    names = ("TOKEN", "ACCESS_TOKEN", "URL", "ADDR", "PROFILE", "ORGANIZATION_ID")
    for name in (*names, "CONTROL_PLANE_ID"):
        monkeypatch.delenv(f"API7_CLOUD_{name}", raising=False)
    monkeypatch.setattr("platformdirs.user_config_path", lambda name, **_: tmp_path / name)


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    """A server that answers with what the test tells it to."""
    async with Stub() as running:
        yield running
