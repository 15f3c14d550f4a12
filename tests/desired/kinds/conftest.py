"""Fixtures of the tests of kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.desired.scene import open_client, open_emulator

from .harness import Harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    """A harness for an organisation with two running services."""
    services = [{"name": name, "state": "running"} for name in ("clicks", "views")]
    async with (
        open_emulator(services) as emulator,
        open_client(emulator) as cloud,
    ):
        yield Harness(cloud, tmp_path)
