"""Fixtures of all tests."""

from __future__ import annotations

import gc
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from .contract.recorder import Recorder
from .effort import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.emulator import Emulator

pytest_plugins = ["pytester"]

settings.register_profile(
    "project",
    max_examples=EXAMPLES,
    deadline=None,  # a slow machine is no failure
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")

# Collecting thousands of tests makes objects that all stay.
gc.disable()

# What a script starts in the background ignores Ctrl-C, and so would the programs that are tested.
signal.signal(signal.SIGINT, signal.default_int_handler)
# So it is with hang-ups below `nohup`. A program that is started does not inherit a handler.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


def pytest_collection_finish() -> None:
    """Keep the garbage collector from going through the tests again and again."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def clickhouse_cloud_options() -> dict[str, object]:
    """An emulator has a dozen services in mixed states."""
    return {"services": 12}


@pytest.fixture
def emulator(clickhouse_cloud_emulator: Emulator) -> Emulator:
    """The plugin's emulator, by the short name that this project's tests use."""
    return clickhouse_cloud_emulator


@pytest.fixture(scope="session")
def recorder() -> Iterator[Recorder]:
    """A server that records requests; each test sets what it answers."""
    with Recorder() as running:
        yield running
