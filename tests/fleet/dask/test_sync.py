"""Fleets on a cluster without ``await``."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

pytest.importorskip("distributed", reason="the extra dask is not installed")

from clickhouse_cloud_async import ClickHouseCloud, InvalidArgumentError
from clickhouse_cloud_async.apis.clickhouse.fleet.dask.fleet import AsyncDaskFleet
from clickhouse_cloud_async.fleet import OutcomeStatus, Report
from clickhouse_cloud_async.fleet.dask import DaskFleet
from tests.fleet.clouds import services

from .conftest import on_workers
from .keys import OPTIONS, add_keys, changes, documents
from .test_losses import tasks_at_work

if TYPE_CHECKING:
    from distributed import Client

    from clickhouse_cloud_async.emulator import Emulator
    from clickhouse_cloud_async.fleet import FleetService


def test_actions(client: Client, emulator: Emulator) -> None:
    """Actions and lists wait for their end."""
    keys = add_keys(emulator, 3, services(["stopped", "running"]))
    fleet = DaskFleet(client, keys, **OPTIONS)

    report = fleet.select(state="stopped").start(wait=True)

    assert [str(outcome.status) for outcome in report.outcomes] == ["done"] * 3
    assert [each.service.state for each in fleet.select().list()] == ["running"] * 6
    assert {document["state"] for document in documents(emulator, keys).values()} == {"running"}
    assert fleet.keys == tuple(keys)
    assert repr(fleet) == "<DaskFleet of 3 keys>"
    assert repr(fleet.select()).startswith("<DaskSelection of 3 keys")


def test_map(client: Client, still: Emulator) -> None:
    """A plain function is called in threads of the workers, with a client that works there."""
    keys = add_keys(still, 3, services(["stopped"] * 4))

    def tell(each: FleetService) -> tuple[str, bool, bool]:
        service = each.cloud.services.get(each.service.id)
        is_main = threading.current_thread() is threading.main_thread()
        return service.name, isinstance(each.cloud, ClickHouseCloud), is_main

    report = DaskFleet(client, keys, **OPTIONS).select().map(tell)

    told = [(f"s{number}", True, False) for number in range(4)]
    assert [outcome.result for outcome in report.outcomes] == told * 3
    assert [outcome.requests for outcome in report.outcomes] == [1] * 12


def test_map_takes_no_coroutine(client: Client, still: Emulator) -> None:
    """Nobody on the workers would await what an async function gives."""
    fleet = DaskFleet(client, add_keys(still, 1, services(["stopped"])), **OPTIONS)

    async def tell(each: FleetService) -> str:
        return each.service.name

    with pytest.raises(InvalidArgumentError, match="that is not async"):
        fleet.select().map(tell)
    assert not still.requests


def test_interrupting(client: Client, still: Emulator) -> None:
    """Ctrl-C stops the tasks on the workers, and by then the report says what was sent."""
    keys = add_keys(still, 2, services(["stopped"] * 3))
    report = Report()

    def interrupt() -> None:
        while len(changes(still)) < 6:
            pass
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        DaskFleet(client, keys, **OPTIONS).select().start(wait=True, report=report)
    thread.join()

    assert {outcome.status for outcome in report.outcomes} <= {
        OutcomeStatus.SENT,
        OutcomeStatus.UNKNOWN,
    }
    assert len(report.outcomes) == 6
    assert report.requests >= 8
    assert not any(on_workers(client, tasks_at_work).values())


def test_same_interface() -> None:
    """The methods that are written by hand are those of the async classes."""
    import inspect

    original, facade = AsyncDaskFleet.select, DaskFleet.select
    assert inspect.getdoc(facade) == inspect.getdoc(original)
    assert (
        inspect.signature(facade).parameters.keys() == inspect.signature(original).parameters.keys()
    )
    assert cast("Any", facade).__kwdefaults__ == cast("Any", original).__kwdefaults__
