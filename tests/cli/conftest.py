"""Fixtures of the command line's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from anyio.from_thread import start_blocking_portal

from clickhouse_cloud_async.emulator import Emulator
from tests.client.conftest import clean_environment
from tests.client.stub import Stub

from .fleets import MIXED, SPEED, described
from .program import Program, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["clean_environment"]


@pytest.fixture
def chcloud(capsysbinary: pytest.CaptureFixture[bytes]) -> Program:
    """The program, run in this process, without credentials."""
    return Program(capsysbinary)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    """The emulator and its key, in the environment."""
    for name, value in environment(emulator).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Five services on a fast clock, and their key in the environment."""
    with Emulator(described(MIXED), time_scale=SPEED) as running:
        for name, value in environment(running).items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A server in a thread of its own that answers with what the test tells it to."""
    running = Stub()
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(running):
        yield running
