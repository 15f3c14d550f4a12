"""Blocks that keep services of a fleet running for as long as they last."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import ClickHouseCloud
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse, FailedTransition
from clickhouse_cloud_async.fleet import FleetError, OutcomeStatus, Report

from .clouds import BUDGET, SPEED, carried_out, open_client, services
from .test_cancellation import Cancellation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from clickhouse_cloud_async import AsyncClickHouseCloud

STATES = ["running", "stopped", "idle", "stopped"]
STOPPED_BEFORE = ["s1", "s3"]
REQUESTS = 12
"""Up to which request blocks are cancelled; some are entered before."""


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """Services of all kinds, two of them stopped."""
    async with Emulator(services(STATES), time_scale=SPEED) as running:
        yield running


@pytest.fixture
async def cloud(emulator: Emulator) -> AsyncIterator[AsyncClickHouseCloud]:
    """A client that is as fast."""
    async with open_client(emulator) as client:
        yield client


async def states(cloud: AsyncClickHouseCloud) -> dict[str, str]:
    """Return the state of each service by its name."""
    return {service.name: str(service.state) for service in await cloud.services.list()}


async def test_block_begins_when_all_services_run(cloud: AsyncClickHouseCloud) -> None:
    """Each is sent what it needs, and stays as it is after the block."""
    async with cloud.fleet.select().awake() as report:
        assert set((await states(cloud)).values()) == {"running"}
        sent = {outcome.name: outcome.commands for outcome in report.outcomes}
        assert sent == {"s0": [], "s1": ["start"], "s2": ["wake"], "s3": ["start"]}
    assert set((await states(cloud)).values()) == {"running"}


@pytest.mark.parametrize("fails", [False, True])
async def test_services_that_were_stopped_are_stopped_again(
    cloud: AsyncClickHouseCloud,
    fails: bool,  # noqa: FBT001
) -> None:
    """With `stop_again`, these and no others, also if the block raises."""
    stopped = Report()

    async def work() -> None:
        async with cloud.fleet.select().awake(stop_again=True, stop_report=stopped):
            if fails:
                raise ZeroDivisionError

    if fails:
        with pytest.raises(ZeroDivisionError):
            await work()
    else:
        await work()
    found = await states(cloud)
    assert [name for name, state in found.items() if state == "stopped"] == STOPPED_BEFORE
    assert [outcome.name for outcome in stopped.done] == STOPPED_BEFORE


async def test_service_that_does_not_come_up(
    emulator: Emulator, cloud: AsyncClickHouseCloud
) -> None:
    """The block is not entered, and what was started for it is stopped."""
    emulator.faults.add(FailedTransition("failed"), resource="s1")
    with pytest.raises(FleetError) as caught:
        async with cloud.fleet.select().awake(stop_again=True):
            raise AssertionError("the block must not be entered")
    assert [outcome.name for outcome in caught.value.report.failed] == ["s1"]
    assert (await states(cloud))["s3"] == "stopped"


@pytest.mark.parametrize("fails", [False, True])
async def test_services_that_cannot_be_stopped(
    emulator: Emulator,
    cloud: AsyncClickHouseCloud,
    caplog: pytest.LogCaptureFixture,
    fails: bool,  # noqa: FBT001
) -> None:
    """It is an error after the block, a note of the block's own, and a warning in any case."""

    async def work() -> None:
        async with cloud.fleet.select().awake(stop_again=True):
            emulator.faults.add(ErrorResponse(403), operation="instanceStateUpdate")
            if fails:
                raise ZeroDivisionError

    with caplog.at_level(logging.WARNING), pytest.raises((ZeroDivisionError, FleetError)) as caught:
        await work()
    assert isinstance(caught.value, ZeroDivisionError) == fails
    assert len(getattr(caught.value, "__notes__", [])) == fails
    assert "2 services were started, and not all stopped again" in caplog.text


@pytest.mark.parametrize("count", range(1, REQUESTS))
async def test_cancelled_at_any_request(count: int) -> None:
    """What was started is stopped again, and both reports are true."""
    cancel, report, stop_report = Cancellation(count), Report(), Report()
    entered = asyncio.Event()
    async with (
        Emulator(services(STATES), time_scale=SPEED, on_request=cancel) as emulator,
        open_client(emulator) as cloud,
    ):

        async def work() -> Report:
            block = cloud.fleet.select().awake(
                stop_again=True, report=report, stop_report=stop_report
            )
            async with block:
                entered.set()
            return report

        task = cancel.task = asyncio.create_task(work())
        await asyncio.wait([task])
        got = {name: carried_out(emulator, id_) for name, id_ in await ids(cloud)}

    stopping = {outcome.name: outcome for outcome in stop_report.outcomes}
    for outcome in report.outcomes:
        commands = [c for c in got[outcome.name] if c != "stop"]
        assert commands in (outcome.commands, outcome.commands[:-1])
    for name in STOPPED_BEFORE:
        if got[name] == ["start"]:
            # Cancelled again while it was stopped: the report does not say that it is.
            assert task.cancelled()
            assert entered.is_set()
            assert name not in stopping or stopping[name].status is not OutcomeStatus.DONE
        else:
            assert got[name] in ([], ["start", "stop"])


async def ids(cloud: AsyncClickHouseCloud) -> list[tuple[str, str]]:
    """Return name and ID of each service."""
    return [(service.name, service.id) for service in await cloud.services.list()]


def test_block_without_await() -> None:
    """The sync facade has it as a plain context manager."""
    with (
        Emulator(services(STATES), time_scale=SPEED) as emulator,
        ClickHouseCloud(
            emulator.api_key, emulator.api_secret, base_url=emulator.url, rate_limit=BUDGET
        ) as cloud,
    ):
        with cloud.fleet.select(name="s0").awake(stop_again=True) as report:
            assert report.is_success
        with pytest.raises(KeyboardInterrupt), cloud.fleet.select(name="s0").awake():
            raise KeyboardInterrupt
