"""A cluster of two processes, and organisations with a key each."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pytest

from clickhouse_cloud_async.emulator import Emulator, RequestLimit
from tests.fleet.clouds import SPEED

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from distributed import Client

T = TypeVar("T")


@contextmanager
def open_cluster(*, workers: int = 2, **options: Any) -> Generator[Client]:
    """A client of a new cluster whose workers are processes."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            # None takes a fixed port, for there is a server in any case.
            dashboard_address="127.0.0.1:0",
            **options,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def on_workers(
    client: Client, function: Callable[[], T], *, workers: list[str] | None = None
) -> dict[str, T]:
    """Return what a function gives on workers, all where none are named, whatever else they do."""
    given: dict[str, T] = cast("Any", client).run(function, workers=workers)
    return given


def address_of(client: Client) -> str:
    """Return where the scheduler is."""
    address: str = cast("Any", client).scheduler.address
    return address


@pytest.fixture(scope="package")
def client() -> Iterator[Client]:
    """A client of a cluster of two processes, from outside their event loops."""
    with open_cluster() as client:
        yield client


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator that keeps to the API's rate limit."""
    with Emulator(time_scale=SPEED, rate_limit=RequestLimit(10)) as running:
        yield running


@pytest.fixture
def still() -> Iterator[Emulator]:
    """An emulator whose clock stands still."""
    with Emulator(time_scale=0) as running:
        yield running
