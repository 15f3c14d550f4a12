"""What the client's tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .stub import Stub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the credentials and the configuration folder of whoever runs the tests out of them."""
    for name in ("API_KEY", "API_SECRET", "TOKEN", "ORGANIZATION_ID", "URL", "PROFILE"):
        monkeypatch.delenv(f"CLICKHOUSE_CLOUD_{name}", raising=False)
    monkeypatch.setattr("platformdirs.user_config_path", lambda name, **_: tmp_path / name)


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    """A server that answers with what the test tells it to."""
    async with Stub() as running:
        yield running
