"""Interrupted actions on a cluster."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

pytest.importorskip("distributed", reason="the extra dask is not installed")
from distributed import Client

from clickhouse_cloud_async import RateLimit
from clickhouse_cloud_async.fleet import OutcomeStatus, Report
from clickhouse_cloud_async.fleet.dask import AsyncDaskFleet, run, work
from clickhouse_cloud_async.fleet.dask.cluster import assign_worker
from tests.fleet.clouds import services

from .conftest import address_of, on_workers, open_cluster
from .keys import OPTIONS, add_keys, changes, documents, until

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import Emulator
    from clickhouse_cloud_async.fleet.dask import FleetKey


def tasks_at_work() -> int:
    """Return how many tasks this process has."""
    return len(work._register._tasks)


def tasks_in_hand(client: Client) -> list[str]:
    """The tasks that workers have been given."""
    given: dict[str, list[str]] = cast("Any", client).processing()
    return [task for tasks in given.values() for task in tasks]


def occupy(_worker: str) -> None:
    """Keep a thread of a worker busy until it is let go."""
    let_go_of.wait()


def let_go() -> None:
    """Let go of the thread of this worker."""
    let_go_of.set()


let_go_of = threading.Event()


def check_truth(report: Report, still: Emulator, keys: list[FleetKey]) -> None:
    """Check that the services got what was sent, as far as it is known."""
    for service_id, document in documents(still, keys).items():
        (outcome,) = (o for o in report.outcomes if o.id == service_id)
        is_told = any(service_id in path for path in changes(still))
        if outcome.status is OutcomeStatus.NOT_SENT:
            assert not is_told
        elif outcome.status is OutcomeStatus.SENT:
            assert document["state"] == "starting"
        else:
            assert outcome.status is OutcomeStatus.UNKNOWN


async def test_cancelling(client: Client, still: Emulator) -> None:
    """Cancelling stops the tasks on the workers, and the report says what was sent."""
    keys = add_keys(still, 4, services(["stopped"] * 30))
    report = Report()
    # Each key needs three seconds for all of its services.
    fleet = AsyncDaskFleet(client, keys, rate_limit=RateLimit(10, per=1))
    running = asyncio.create_task(fleet.select().start(wait=True, report=report))
    await until(lambda: len(report.outcomes) == 120 and len(changes(still)) >= 20)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert not any(on_workers(client, tasks_at_work).values())
    assert not report.is_complete
    assert len(report.outcomes) == 120
    assert report.requests >= len(still.requests)
    assert report.sent
    assert report.not_sent
    check_truth(report, still, keys)


async def test_cancelling_before_the_beginning(client: Client, still: Emulator) -> None:
    """What no worker had begun with is not begun with, and the report says so."""
    keys = add_keys(still, 3, services(["stopped"]))
    report = Report()

    # The only thread of each worker is busy, so that no task begins.
    busy = [
        client.submit(occupy, worker, workers=[worker], pure=False)
        for worker in on_workers(client, os.getpid)
        for worker in on_workers(client, os.getpid)
    ]
    selection = AsyncDaskFleet(client, keys).select()
    running = asyncio.create_task(selection.start(report=report))
    handed_out = len(busy) + len(keys)
    await until(lambda: len(tasks_in_hand(client)) == handed_out)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    on_workers(client, let_go)

    await asyncio.to_thread(client.gather, busy)
    assert not still.requests
    assert [failure.member for failure in report.failures] == [0, 1, 2]
    assert all("nothing was sent" in str(failure.error) for failure in report.failures)


async def test_client_that_vanishes(client: Client, still: Emulator) -> None:
    """Once nobody waits for tasks any more they stop."""
    keys = add_keys(still, 2, services(["stopped"]))
    other = Client(address_of(client))
    report = Report()
    running = asyncio.create_task(
        AsyncDaskFleet(other, keys).select().start(wait=True, report=report)
    )
    await until(lambda: len(changes(still)) == 2)

    await asyncio.to_thread(other.close)
    await running

    assert {outcome.status for outcome in report.outcomes} == {OutcomeStatus.UNKNOWN}
    assert not report.is_complete
    await until(lambda: not any(on_workers(client, tasks_at_work).values()))


async def test_killed_worker(still: Emulator) -> None:
    """What a dead worker may have done is unknown; nothing is done again, and the others go on."""
    keys = add_keys(still, 4, services(["running", "stopped", "stopped"]))
    with open_cluster() as client:
        pids = on_workers(client, os.getpid)
        places = {key.organization_id: assign_worker(key.identity, pids) for key in keys}
        killed = places[keys[0].organization_id]
        report = Report()
        running = asyncio.create_task(
            AsyncDaskFleet(client, keys, **OPTIONS).select().start(wait=True, report=report)
        )
        await until(lambda: len(changes(still)) == 8)
        await until(lambda: sum(o.status == "unchanged" for o in report.outcomes) == 4)

        os.kill(pids[killed], signal.SIGKILL)
        await until(lambda: report.unknown)
        still.advance(minutes=5)
        await running

    for outcome in report.outcomes:
        if outcome.before == "running":
            assert outcome.status is OutcomeStatus.UNCHANGED
        elif places[outcome.organization_id] == killed:
            assert outcome.status is OutcomeStatus.UNKNOWN
            assert f"its worker {killed} was lost" in str(outcome.reason)
        else:
            assert outcome.status is OutcomeStatus.DONE
    assert len(changes(still)) == 8
    assert not report.is_complete


async def test_restarted_worker(
    still: Emulator, free_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that comes back under its address is given its tasks again, and leaves them."""
    monkeypatch.setattr(run, "CHECK_INTERVAL", 3600)  # nobody sees that it was away
    keys = add_keys(still, 1, services(["stopped"]))
    with open_cluster(workers=1, worker_port=free_tcp_port) as client:
        running = asyncio.create_task(
            AsyncDaskFleet(client, keys).select().start(wait=True, timeout=30)
        )
        await until(lambda: len(changes(still)) == 1)
        (pid,) = on_workers(client, os.getpid).values()

        os.kill(pid, signal.SIGKILL)
        report = await running

    assert [str(outcome.status) for outcome in report.outcomes] == ["unknown"]
    assert len(changes(still)) == 1
    assert len(still.requests) <= 3
