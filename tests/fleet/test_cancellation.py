"""Cancelled at any request, an action leaves a report that is true."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.emulator import Emulator
from clickhouse_cloud_async.fleet import OutcomeStatus, Report

from .clouds import SPEED, carried_out, open_client, services

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import RecordedRequest

STATES = ["running", "stopped", "idle", "starting", "failed"]

REQUESTS = 16
"""Up to which request actions are cancelled; some are over before."""


class Cancellation:
    """Cancels a task when the emulator has carried out so many requests."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.task: asyncio.Task[Report] | None = None

    def __call__(self, _request: RecordedRequest) -> None:
        """Count a request."""
        self._count -= 1
        if self._count == 0 and self.task is not None:
            self.task.cancel()


@pytest.mark.parametrize("count", range(1, REQUESTS))
@pytest.mark.parametrize("action", ["start", "stop", "restart", "delete"])
async def test_every_request(action: str, count: int) -> None:
    """The report names what was sent, and what may have been, whenever it is cancelled."""
    confirm = {"confirm": len(STATES)} if action == "delete" else {}
    cancel, report = Cancellation(count), Report()
    async with (
        Emulator(services(STATES), time_scale=SPEED, on_request=cancel) as emulator,
        open_client(emulator) as cloud,
    ):
        act = getattr(cloud.fleet.select(), action)
        task = cancel.task = asyncio.create_task(act(wait=True, report=report, **confirm))
        done, _ = await asyncio.wait([task])
        requests = len(emulator.requests)
        await cloud.services.list()

    assert done == {task}
    assert report.is_complete != task.cancelled()
    assert len(report.outcomes) in {0, len(STATES)}
    under_way = 0
    for outcome in report.outcomes:
        got = carried_out(emulator, outcome.id)
        if outcome.status is OutcomeStatus.UNKNOWN:
            assert got in (outcome.commands, outcome.commands[:-1])
            under_way += 1
        else:
            assert got == outcome.commands
        if outcome.status in {OutcomeStatus.NOT_SENT, OutcomeStatus.UNCHANGED}:
            assert not got
        if outcome.status is OutcomeStatus.SENT:
            assert got
    # Those that were under way, a look among them, may not have come to be sent.
    assert requests <= report.requests <= requests + under_way + 1
    if not task.cancelled():
        assert report.is_success
        assert report.requests == requests


async def test_deadline_of_the_caller() -> None:
    """A time limit around an action cancels it, and its report is there."""
    report = Report()
    async with (
        Emulator(services(["stopped"] * 3), time_scale=0) as emulator,
        open_client(emulator) as cloud,
    ):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.6):
                await cloud.fleet.select().start(wait=True, report=report)

    assert {outcome.status for outcome in report.outcomes} == {OutcomeStatus.SENT}
    assert {outcome.after for outcome in report.outcomes} == {"starting"}
    assert report.seconds > 0
    assert report.requests == len(emulator.requests)
    assert not report.is_complete


async def test_nothing_remains() -> None:
    """After a cancellation no task goes on, and nothing is sent any more."""
    cancel = Cancellation(5)
    async with (
        Emulator(services(["stopped"] * 30), time_scale=0, on_request=cancel) as emulator,
        open_client(emulator) as cloud,
    ):
        cancel.task = asyncio.create_task(cloud.fleet.select().start(wait=True))
        await asyncio.wait([cancel.task])
        left = [task for task in asyncio.all_tasks() if "Job.run" in repr(task)]
        await cloud.services.list()
        commands = [r for r in emulator.requests if r.operation_id == "instanceStateUpdate"]

    assert cancel.task.cancelled()
    assert not left
    assert 4 <= len(commands) < 30
