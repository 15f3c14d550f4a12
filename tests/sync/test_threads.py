"""The facade in threads and beside event loops."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.core.sync import run
from clickhouse_cloud_async.core.transport import Transport
from tests.client.processes import GUARD

from .conftest import connect

if TYPE_CHECKING:
    from clickhouse_cloud_async import ClickHouseCloud
    from clickhouse_cloud_async.emulator import Emulator
    from clickhouse_cloud_async.models import Service

THREADS = 16


def test_sixteen_threads(emulator: Emulator) -> None:
    """Sixteen threads that begin at once share one client, one lookup and its connections."""
    barrier = threading.Barrier(THREADS)

    with connect(emulator) as cloud:

        def work(_: int) -> list[str]:
            barrier.wait()
            ids = [service.id for service in cloud.services.list()]
            return [cloud.services.get(service).id for service in ids]

        with ThreadPoolExecutor(THREADS) as pool:
            results = list(pool.map(work, range(THREADS)))

    assert len({tuple(ids) for ids in results}) == 1
    operations = [request.operation_id for request in emulator.requests]
    assert operations.count("organizationGetList") == 1
    assert operations.count("instanceGet") == THREADS * 12


def test_first_use_by_two_threads(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that use a client for the first time at the same moment share its connections."""
    meeting = threading.Barrier(2)
    made: list[Transport] = []
    original = Transport.__init__

    def slow(transport: Transport, *args: Any, **kwargs: Any) -> None:
        made.append(transport)
        with suppress(threading.BrokenBarrierError):  # nobody else comes, as it should be
            meeting.wait(0.2)
        original(transport, *args, **kwargs)

    monkeypatch.setattr(Transport, "__init__", slow)

    def use() -> list[Service]:
        return cloud.services.list()

    with connect(emulator) as cloud, ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(use) for _ in range(4)]
        assert [len(call.result()) for call in calls] == [12] * 4

    assert len(made) == 1


def test_end_of_an_iterator_does_not_wait_for_the_loop(cloud: ClickHouseCloud) -> None:
    """An iterator may be collected under a lock that the facade's loop waits for."""
    lock, waits = threading.Lock(), threading.Event()

    async def need_the_lock() -> bool:
        waits.set()
        return lock.acquire(timeout=GUARD)

    keys = cloud.api_keys.iterate()
    next(keys)
    with ThreadPoolExecutor() as pool, lock:
        lock_was_free = pool.submit(run, need_the_lock)
        assert waits.wait(GUARD)
        del keys
    assert lock_was_free.result()


def test_iterators_in_threads(emulator: Emulator, cloud: ClickHouseCloud) -> None:
    """Iterators of several threads do not disturb each other, nor does a change of thread."""
    for n in range(5):
        cloud.api_keys.create(name=f"key {n}", ip_access_list="anywhere")
    whole = cloud.api_keys.list()
    begun = cloud.api_keys.iterate(limit=1)
    first = next(begun)

    with ThreadPoolExecutor(4) as pool:
        lists = list(pool.map(lambda _: list(cloud.api_keys.iterate(limit=2)), range(4)))
        rest = pool.submit(list, begun).result()

    assert lists == [whole] * 4
    assert [first, *rest] == whole
    assert emulator.requests


async def test_inside_a_running_loop(cloud: ClickHouseCloud) -> None:
    """A call works where an event loop runs in the same thread, as in a notebook."""
    assert asyncio.get_running_loop().is_running()

    assert len(cloud.services.list()) == 12
    assert len(list(cloud.api_keys.iterate())) == 1


async def test_in_workers_of_a_loop(cloud: ClickHouseCloud) -> None:
    """Calls work in the worker threads of an event loop."""
    lists = await asyncio.gather(*(asyncio.to_thread(cloud.services.list) for _ in range(8)))

    assert [len(services) for services in lists] == [12] * 8


def test_in_its_own_loop(cloud: ClickHouseCloud) -> None:
    """A call in the facade's own thread would wait for itself for ever, so it is refused."""

    async def call() -> None:
        cloud.services.list()

    with pytest.raises(RuntimeError, match="own event loop"):
        run(call)
    assert len(cloud.services.list()) == 12


def test_all_clients_share_a_thread(cloud: ClickHouseCloud, emulator: Emulator) -> None:
    """However many clients there are, they need one thread together."""
    cloud.services.list()
    before = threading.active_count()

    for _ in range(3):
        with connect(emulator) as other:
            other.services.list()

    assert threading.active_count() == before


def test_thread_ends(cloud: ClickHouseCloud) -> None:
    """A client outlives the thread that first used it."""
    first = threading.Thread(target=cloud.services.list)
    first.start()
    first.join()

    assert len(cloud.services.list()) == 12
