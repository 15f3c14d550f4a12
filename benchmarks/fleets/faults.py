"""Correctness of reports and plans with faults."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

from clickhouse_cloud_async.emulator import ErrorResponse, FailedTransition, LostResponse
from clickhouse_cloud_async.fleet import DesiredFleet, DesiredService, OutcomeStatus

from .cloud import in_state, open_client, open_cloud

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from clickhouse_cloud_async.emulator import Emulator, RecordedRequest

_STATES = ("stopped", "idle", "running", "starting", "stopping")
_UP = frozenset(("running", "idle", "degraded", "partially_running"))
_GOOD = frozenset((OutcomeStatus.DONE, OutcomeStatus.UNCHANGED))
_PLACE: dict[str, Any] = {"provider": "aws", "region": "us-east-1"}


async def outcomes(services: int) -> dict[str, float]:
    """Start services with faults, and compare each outcome with the emulator's state."""
    described = [
        {"name": f"service {number}", "state": _STATES[number % len(_STATES)]}
        for number in range(services)
    ]
    async with open_cloud(described) as emulator, open_client(emulator) as cloud:
        emulator.faults.add(FailedTransition(), probability=0.05)
        emulator.faults.add(ErrorResponse(), probability=0.02)
        emulator.faults.add(LostResponse(), probability=0.02)
        report = await cloud.fleet.select().start(wait=True)
        emulator.faults.clear()
        states = {service.id: service.state for service in await cloud.services.list()}
    wrong = sum(
        (outcome.status in _GOOD) != (states.pop(outcome.id) in _UP) for outcome in report.outcomes
    )
    return {"wrong": wrong + len(states), "failed": len(report.failed), "services": services}


async def interruptions(services: int) -> dict[str, float]:
    """Interrupt the application of a plan at each of its requests, and resume it."""
    desired = DesiredFleet(
        name="bench",
        services=[
            DesiredService(name=f"service {number}", state=_state(number), **_PLACE)
            for number in range(services)
        ],
    )
    cut = _Cut()
    async with open_cloud(_before(services), on_request=cut.count) as emulator:
        before = emulator.snapshot()
        failures = 0
        for at in range(1, 1_000):
            emulator.restore(before)
            if not await cut.during(_bring_about(emulator, desired), at):
                return {"interruptions": at - 1, "wrong": failures}
            await _bring_about(emulator, desired)
            failures += not await _is_true(emulator, services)
    raise AssertionError("the plan does not come to its end")


def _state(number: int) -> Literal["running", "stopped"]:
    return ("running", "stopped")[number % 2]


def _before(services: int) -> list[dict[str, Any]]:
    """Half of the desired services, and two to delete."""
    tag = {"key": "chcloud.fleet", "value": "bench"}
    wanted = in_state("idle", services // 2)
    unwanted = [{"name": f"old {number}", "state": "running", "tags": [tag]} for number in range(2)]
    return [{**_PLACE, **each} for each in (*wanted, *unwanted)]


class _Cut:
    """Cancels a task at one of its requests, which is still carried out."""

    def __init__(self) -> None:
        self._left = 0
        self._task: asyncio.Task[None] | None = None

    def count(self, _request: RecordedRequest) -> None:
        """See a request."""
        self._left -= 1
        if self._left == 0 and self._task is not None:
            self._task.cancel()

    async def during(self, program: Coroutine[Any, Any, None], at: int) -> bool:
        """Run a program until a request; return whether it got that far."""
        self._left, self._task = at, asyncio.create_task(program)
        await asyncio.wait([self._task])
        return self._task.cancelled()


async def _bring_about(emulator: Emulator, desired: DesiredFleet) -> None:
    async with open_client(emulator) as cloud:
        plan = await cloud.fleet.plan(desired)
        (await cloud.fleet.apply(plan, allow_delete=True)).raise_for_failures()


async def _is_true(emulator: Emulator, services: int) -> bool:
    """Return whether exactly the desired services exist, each once."""
    async with open_client(emulator) as cloud:
        found = await cloud.services.list()
    expected = {f"service {number}": _state(number) == "running" for number in range(services)}
    is_up = {service.name: service.state in _UP for service in found}
    return is_up == expected and len(found) == services
