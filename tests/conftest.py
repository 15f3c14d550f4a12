"""What all tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from clickhouse_cloud_async.emulator import Emulator

from .contract.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["pytester"]

settings.register_profile(
    "project",
    max_examples=100,
    deadline=None,  # a slow machine is no failure
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")


@pytest.fixture
def anyio_backend() -> str:
    """Coroutine tests run on asyncio."""
    return "asyncio"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator with a dozen services in mixed states, whose time stands still."""
    with Emulator(services=12, time_scale=0) as running:
        yield running


@pytest.fixture(scope="session")
def recorder() -> Iterator[Recorder]:
    """A server that records requests; each test sets what it answers."""
    with Recorder() as running:
        yield running
