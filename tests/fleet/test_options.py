"""Options of actions."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    InvalidArgumentError,
    RateLimit,
    WaitTimeoutError,
)
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse, FailedTransition, Latency
from clickhouse_cloud_async.fleet import AsyncFleetService, FleetProgress, OutcomeStatus, Report

from .clouds import by_name, open_client, open_emulator, services, statuses


async def nothing(_each: AsyncFleetService) -> None:
    """Do nothing for a service."""


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("start", {"on_error": "ignore"}),
        ("start", {"timeout": 0}),
        ("start", {"timeout": "1"}),
        ("start", {"on_progress": 1}),
        ("start", {"on_progress": nothing}),
        ("start", {"report": {}}),
        ("start", {"report": Report(action="stop")}),
        ("scale", {}),
        ("scale", {"num_replicas": "3"}),
        ("scale", {"num_replicas": 2.5}),
        ("scale", {"idle_scaling": 1}),
        ("scale", {"min_replica_memory_gb": None}),
        ("update", {}),
        ("update", {"name": 3}),
        ("update", {"tags": ["env"]}),
        ("update", {"tags": {"ad": []}}),
        ("update", {"ip_access_list": {"add": [{"sauce": "10.0.0.1"}]}}),
        ("delete", {}),
        ("delete", {"confirm": True}),
        ("delete", {"confirm": "4"}),
        ("map", {"function": None}),
        ("map", {"function": print}),
        ("map", {"function": lambda each: each}),
        ("map", {"function": nothing, "at_once": 0}),
        ("map", {"function": nothing, "at_once": 1.5}),
    ],
)
async def test_bad_arguments(
    cloud: AsyncClickHouseCloud, emulator: Emulator, action: str, arguments: dict[str, Any]
) -> None:
    """What makes no sense is refused before anything is sent."""
    with pytest.raises(InvalidArgumentError):
        await getattr(cloud.fleet.select(), action)(**arguments)

    assert not emulator.requests


@pytest.mark.parametrize("confirm", [0, 1, 3, 5])
async def test_wrong_confirmation(
    cloud: AsyncClickHouseCloud, emulator: Emulator, confirm: int
) -> None:
    """Nothing is deleted unless the caller knows how many services there are."""
    report = Report()
    with pytest.raises(InvalidArgumentError, match=f"4 services would be deleted, not {confirm}"):
        await cloud.fleet.select().delete(confirm=confirm, report=report)

    assert [request.operation_id for request in emulator.requests] == ["instanceGetList"]
    assert not report.outcomes
    assert not report.is_complete
    assert report.requests == 1


async def test_dry_deletion(cloud: AsyncClickHouseCloud) -> None:
    """A dry run tells the number that has to be confirmed."""
    report = await cloud.fleet.select().delete(dry_run=True)

    assert len(report.planned) == 4


async def test_continue_on_error(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """A service that fails hides nothing of the others."""
    emulator.faults.add(ErrorResponse(), resource="etl-us")

    report = await cloud.fleet.select(state="stopped").start()

    assert statuses(report) == {"etl-us": "unknown", "reports": "done"}


async def test_stop_on_error() -> None:
    """After a failure no further service is begun with; what has begun is brought to its end."""
    begun: list[str] = []
    failing = asyncio.Event()

    async def fail_second(each: AsyncFleetService) -> None:
        begun.append(each.service.name)
        if each.service.name == "s1":
            failing.set()
            raise LookupError
        await failing.wait()

    async with open_emulator(services(["running"] * 6)) as emulator, open_client(emulator) as cloud:
        report = await cloud.fleet.select().map(fail_second, on_error="stop", at_once=2)

    assert statuses(report) == {
        "s0": "done",
        "s1": "failed",
        "s2": "not_sent",
        "s3": "not_sent",
        "s4": "not_sent",
        "s5": "not_sent",
    }
    assert begun == ["s0", "s1"]
    assert by_name(report)["s5"].reason == "another service failed before"
    assert report.is_complete
    assert not report.is_success


async def test_a_function_that_is_not_async_is_refused_at_the_call() -> None:
    """Nothing is sent, not even the request that lists the services."""
    function: Any = len
    async with open_emulator(services(["running"])) as emulator, open_client(emulator) as cloud:
        with pytest.raises(InvalidArgumentError, match="expected an async function"):
            await cloud.fleet.select().map(function)

    assert emulator.requests == []


async def test_stop_while_restarting(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """Who has been stopped to be started again is started, whatever happens to others."""
    emulator.faults.add(FailedTransition(), resource="ETL")

    report = await cloud.fleet.select(name=["etl-eu", "ETL"]).restart(on_error="stop", wait=True)

    assert statuses(report) == {"etl-eu": "done", "ETL": "failed"}
    assert by_name(report)["ETL"].after == "failed"


async def test_time_is_up_while_waiting() -> None:
    """A service that was told but is not there in time was sent."""
    # Time stands still, so that nothing ever arrives.
    described = services(["stopped", "starting", "stopping", "running"])
    async with Emulator(described, time_scale=0) as emulator, open_client(emulator) as cloud:
        report = await cloud.fleet.select().start(wait=True, timeout=1.5)

    assert statuses(report) == {
        "s0": "sent",
        "s1": "not_sent",
        "s2": "not_sent",
        "s3": "unchanged",
    }
    outcomes = by_name(report)
    assert outcomes["s0"].commands == ["start"]
    assert outcomes["s0"].after == "starting"
    assert isinstance(outcomes["s0"].error, WaitTimeoutError)
    assert outcomes["s0"].reason == "it is starting, and the timeout has passed"
    assert outcomes["s2"].commands == []


async def test_time_is_up_before_the_turn() -> None:
    """Services whose turn comes too late are sent nothing."""

    async def wait(_each: AsyncFleetService) -> None:
        await asyncio.Event().wait()

    async with open_emulator(services(["running"] * 3)) as emulator, open_client(emulator) as cloud:
        report = await cloud.fleet.select().map(wait, at_once=1, timeout=3.0)

    assert statuses(report) == {"s0": "unknown", "s1": "not_sent", "s2": "not_sent"}
    assert by_name(report)["s2"].reason == "the timeout has passed"


async def test_time_is_up_under_way(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """What was sent, but not answered in time, may have been carried out."""
    emulator.faults.add(Latency(10), operation="instanceStateUpdate")

    report = await cloud.fleet.select(name="etl-us").start(timeout=1.5)

    assert statuses(report) == {"etl-us": "unknown"}
    assert by_name(report)["etl-us"].commands == ["start"]


async def test_own_timeout(cloud: AsyncClickHouseCloud) -> None:
    """A time limit of the function's own is its own failure."""

    async def fail(_each: AsyncFleetService) -> None:
        raise TimeoutError

    report = await cloud.fleet.select(name="ETL").map(fail)

    assert statuses(report) == {"ETL": "failed"}
    assert by_name(report)["ETL"].reason == "TimeoutError"


async def test_time_is_up_for_the_list(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """A list that takes too long is a client that fails."""
    emulator.faults.add(Latency(5), operation="instanceGetList")

    report = await cloud.fleet.select().start(timeout=0.1)

    assert len(report.failures) == 1
    assert report.outcomes == []


async def test_long_line() -> None:
    """A long line before the rate budget costs no call its time limit."""
    async with (
        Emulator(services(["stopped"] * 20), time_scale=0) as emulator,
        AsyncClickHouseCloud(
            emulator.api_key,
            emulator.api_secret,
            organization_id=emulator.organization_id,
            base_url=emulator.url,
            rate_limit=RateLimit(5, per=0.1),
            timeout=0.15,
        ) as cloud,
    ):
        report = await cloud.fleet.select().start()

    assert {outcome.status for outcome in report.outcomes} == {OutcomeStatus.DONE}


async def test_progress() -> None:
    """News come of every service, and each state that it is seen in is news."""
    told: list[tuple[str, str, str | None, int, float | None]] = []

    def tell(progress: FleetProgress) -> None:
        outcome = progress.outcome
        assert progress.total == 2
        assert progress.report.requests > 0
        told.append(
            (
                outcome.name,
                str(outcome.status),
                outcome.after,
                progress.finished,
                progress.remaining_seconds,
            )
        )

    async with (
        open_emulator(services(["stopped", "running"])) as emulator,
        open_client(emulator) as cloud,
    ):
        report = await cloud.fleet.select().start(wait=True, on_progress=tell)

    assert ("s1", "unchanged", "running") in [news[:3] for news in told]
    assert ("s0", "done", "running") in [news[:3] for news in told]
    assert [news[3] for news in told] == sorted(news[3] for news in told)
    assert told[-1][3:] == (2, 0.0)
    assert report.is_complete


async def test_raising_progress(cloud: AsyncClickHouseCloud) -> None:
    """What a callback raises ends the action, and the report says what was sent."""
    report = Report()

    def fail(_progress: FleetProgress) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        await cloud.fleet.select(state="stopped").start(on_progress=fail, report=report)

    assert len(report.outcomes) == 2
    assert not report.is_complete
    assert by_name(report)["etl-us"].commands == ["start"]


async def test_raising_criterion(cloud: AsyncClickHouseCloud) -> None:
    """What a criterion raises comes to the caller."""
    with pytest.raises(ZeroDivisionError):
        await cloud.fleet.select(where=lambda _service: 1 / 0).start()
