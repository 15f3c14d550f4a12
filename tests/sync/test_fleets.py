"""Fleets without ``await``: the same as with it, but for clients, functions and iterators."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    ClickHouseCloud,
    InvalidArgumentError,
    Polling,
)
from clickhouse_cloud_async.core.sync import run
from clickhouse_cloud_async.emulator import Emulator, Latency
from clickhouse_cloud_async.fleet import EventKind, Fleet, FleetService, OutcomeStatus, Report
from tests.client.processes import GUARD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clickhouse_cloud_async.fleet import FleetProgress

SPEED = 600.0

SERVICES = [
    {"name": name, "state": "stopped", "provider": "aws", "region": "us-east-1"}
    for name in ("a", "b", "c")
]


def connect(emulator: Emulator, *credentials: str, organization_id: str) -> ClickHouseCloud:
    """A client that waits no longer than the emulator takes."""
    return ClickHouseCloud(
        *credentials,
        organization_id=organization_id,
        base_url=emulator.url,
        rate_limit=None,
        polling=Polling(speed=SPEED),
    )


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Three stopped services, in a cloud that is much faster."""
    with Emulator(SERVICES, time_scale=SPEED) as running:
        yield running


@pytest.fixture
def cloud(emulator: Emulator) -> Iterator[ClickHouseCloud]:
    """A client of it."""
    keys = emulator.api_key, emulator.api_secret
    with connect(emulator, *keys, organization_id=emulator.organization_id) as client:
        yield client


def test_action(cloud: ClickHouseCloud) -> None:
    """An action gives a report, with plain functions for criteria and progress."""
    news: list[FleetProgress] = []
    selection = cloud.fleet.select(where=lambda service: service.name != "b")

    report = selection.start(wait=True, on_progress=news.append)

    assert {each.name: str(each.status) for each in report.done} == {"a": "done", "c": "done"}
    assert [service.state for service in cloud.services.list()] == ["running", "stopped", "running"]
    assert news[-1].finished == 2
    assert repr(cloud.fleet) == "<Fleet of 1 clients>"
    assert repr(selection).startswith("<Selection of 1 clients: ")


def test_services_have_a_client_that_does_not_wait(cloud: ClickHouseCloud) -> None:
    """What a selection lists is reached by clients without ``await``."""
    for each in cloud.fleet.select().list():
        assert isinstance(each, FleetService)
        assert each.cloud.services.get(each.service.id) == each.service


def test_several_clients(cloud: ClickHouseCloud, emulator: Emulator) -> None:
    """Clients of several organisations join to one fleet."""
    other = emulator.add_organization("Other", SERVICES[:1])
    with connect(emulator, other.api_key, other.api_secret, organization_id=other.id) as second:
        fleet = Fleet.of([cloud, second])
        report = fleet.select(name="a").start()

        assert [len(member.services.list()) for member in fleet.members] == [3, 1]
    assert [each.organization_id for each in report.done] == [emulator.organization_id, other.id]


@pytest.mark.parametrize("clients", [[], None, [1], ["x"]])
def test_bad_clients(clients: Any) -> None:
    """A fleet without ``await`` consists of clients without it."""
    with pytest.raises(InvalidArgumentError, match="clients"):
        Fleet.of(clients)


def test_async_client() -> None:
    """An async client does not fit."""
    clients: Any = [AsyncClickHouseCloud("key", "secret")]

    with pytest.raises(InvalidArgumentError, match="found AsyncClickHouseCloud"):
        Fleet.of(clients)


def test_plan(cloud: ClickHouseCloud, tmp_path: Path) -> None:
    """A plan is made from a file and carried out."""
    file = tmp_path / "fleet.yaml"
    file.write_text("fleet: f\nservices:\n  - name: a\n    state: running\n", "utf-8")

    plan = cloud.fleet.plan(file)
    report = cloud.fleet.apply(plan)

    assert [each.name for each in plan.changes] == ["a"]
    assert report.is_success
    assert cloud.fleet.plan(file).is_empty
    assert cloud.services.get_by_name("a").state in {"running", "idle"}


# --- functions ---------------------------------------------------------------------------------


def test_map(cloud: ClickHouseCloud, emulator: Emulator) -> None:
    """A function runs in threads for several services at once; its requests are counted."""
    together = threading.Barrier(3)

    def version(each: FleetService) -> str | None:
        together.wait(GUARD)
        return each.cloud.services.get(each.service.id).name

    report = cloud.fleet.select().map(version)

    assert [(each.result, each.requests) for each in report.done] == [("a", 1), ("b", 1), ("c", 1)]
    assert report.requests == len(emulator.requests) == 4


def test_at_once(cloud: ClickHouseCloud) -> None:
    """It runs for no more services at once than is said."""
    busy = threading.Semaphore(1)

    def work(_: FleetService) -> bool:
        is_alone = busy.acquire(blocking=False)
        try:
            return is_alone
        finally:
            busy.release()

    assert [each.result for each in cloud.fleet.select().map(work, at_once=1).done] == [True] * 3


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda _: 1 / 0, "division by zero"),
        (lambda _: next(iter(())), "coroutine raised StopIteration"),
        (lambda _: sys.exit(3), "the function has raised SystemExit"),
    ],
)
def test_function_that_raises(
    cloud: ClickHouseCloud, function: Callable[[FleetService], Any], expected: str
) -> None:
    """Whatever a function raises makes that service's outcome a failure, and no more than that."""
    report = cloud.fleet.select(name="a").map(function)

    assert [(each.name, each.reason) for each in report.failed] == [("a", expected)]
    assert report.is_complete


def test_function_that_takes_too_long(cloud: ClickHouseCloud, emulator: Emulator) -> None:
    """When the time is up, the calls of a function are cancelled, and it can make no others."""
    emulator.faults.add(Latency(3600), operation="instanceGet")
    ends: list[type[BaseException]] = []
    is_over = threading.Event()

    def work(each: FleetService) -> None:
        for _ in range(2):
            try:
                each.cloud.services.get(each.service.id)
            except CancelledError as error:
                ends.append(type(error))
        is_over.set()

    report = cloud.fleet.select(name="a").map(work, timeout=2)

    assert is_over.wait(GUARD)
    assert ends == [CancelledError, CancelledError]
    assert [each.status for each in report.outcomes] == [OutcomeStatus.UNKNOWN]
    assert cloud.services.get_by_name("a").state == "stopped"


async def look_later(_each: FleetService) -> None:
    """Nobody would await it."""


@pytest.mark.parametrize(
    "arguments",
    [
        {"function": 3},
        {"function": look_later},
        {"at_once": 0},
        {"at_once": True},
        {"on_error": "ignore"},
    ],
)
def test_bad_arguments(cloud: ClickHouseCloud, arguments: dict[str, Any]) -> None:
    """What makes no sense is refused, as by the async selection."""
    map_services: Any = cloud.fleet.select().map

    with pytest.raises(InvalidArgumentError, match=next(iter(arguments))):
        map_services(**({"function": print} | arguments))


def test_used_report(cloud: ClickHouseCloud) -> None:
    """A report is filled once."""
    report = Report()
    assert cloud.fleet.select().map(lambda each: each.service.name, report=report) is report

    with pytest.raises(InvalidArgumentError, match="report"):
        cloud.fleet.select().stop(report=report)


# --- watches -----------------------------------------------------------------------------------


async def _other_tasks() -> int:
    """Return how many tasks the facade's loop runs besides this one and the one that holds it."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        coroutine = task.get_coro()
        if "serve" not in repr(coroutine):
            await asyncio.wait([task], timeout=GUARD)
    return len(asyncio.all_tasks()) - 2


def test_watch(cloud: ClickHouseCloud) -> None:
    """A watch is a plain iterator; whoever leaves its loop leaves nothing behind."""
    names: list[str] = []
    for event in cloud.fleet.watch(initial=True):
        assert event.service is not None
        if event.kind is EventKind.APPEARED:
            names.append(event.service.name)
            if len(names) == 3:
                cloud.fleet.select(name="b").start()
        else:
            assert event.service.name == "b"
            assert event.before is not None
            assert event.before.state == "stopped"
            break

    assert sorted(names) == ["a", "b", "c"]
    assert run(_other_tasks) == 0


def test_bad_interval(cloud: ClickHouseCloud) -> None:
    """What makes no sense is refused at once, not when the first event is asked for."""
    with pytest.raises(InvalidArgumentError, match="every"):
        cloud.fleet.select().watch(every=0)
