"""Fleets of an emulator whose API fails: reports are correct with any faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import Polling, RetryPolicy
from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate, OmnistrateEmulator
from clickhouse_cloud_async.emulator import ErrorResponse, FailedTransition, LostResponse
from clickhouse_cloud_async.fleet import OutcomeStatus, verification

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clickhouse_cloud_async.fleet import Report

SPEED = 2000.0
"""Emulated seconds per real second."""

STATES = ["RUNNING", "STOPPED", "FAILED"] * 100
"""What 300 instances are in; those that are told nothing take part too."""

ENDS: Mapping[str, Collection[str | None]] = {
    "start": {"RUNNING"},
    "stop": {"STOPPED"},
    "delete": {None},
}
"""The states where an action leads; None for what is gone."""


def open_emulator(states: list[str]) -> OmnistrateEmulator:
    """An emulator with instances of one plan."""
    instances = [{"plan": "Pro", "state": state} for state in states]
    service = {"name": "Cache", "plans": ["Pro"], "instances": instances}
    return OmnistrateEmulator([service], time_scale=SPEED)


def open_client(emulator: OmnistrateEmulator, *, attempts: int = 5) -> AsyncOmnistrate:
    """A client of an emulator that is as fast."""
    return AsyncOmnistrate(
        email=emulator.email,
        password=emulator.password,
        base_url=emulator.url,
        retry=RetryPolicy(attempts=attempts, first_wait=0.01, longest_wait=0.05),
        polling=Polling(speed=SPEED),
    )


async def states_of(cloud: AsyncOmnistrate) -> dict[str | None, str]:
    """The states of all instances by ID."""
    return {each.id: str(each.status) for each in await cloud.instances.list()}


def check(report: Report, after: Mapping[str | None, str], ends: Collection[str | None]) -> None:
    """Check that each outcome is what became of its instance, unless nobody can know."""
    for outcome in report.outcomes:
        if outcome.status is OutcomeStatus.UNKNOWN:
            continue  # what was lost may still have been carried out after the last look
        state = after.get(outcome.id)
        if outcome.status is OutcomeStatus.DONE:
            assert state in ends
        elif outcome.status is OutcomeStatus.FAILED:
            assert state not in ends
        elif outcome.status is OutcomeStatus.UNCHANGED:
            assert state in ends
        assert outcome.after == state


@pytest.mark.parametrize("action", ENDS)
async def test_report_of_many_instances_is_the_truth(
    action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While transitions fail and responses get lost, nothing untrue is reported."""
    monkeypatch.setattr(verification, "SHORTEST_WINDOW", 1.0)
    confirm = {"confirm": len(STATES)} if action == "delete" else {}
    async with open_emulator(STATES) as emulator, open_client(emulator) as cloud:
        await cloud.offerings.list()
        emulator.faults.add(FailedTransition(to="FAILED"), probability=0.05)
        emulator.faults.add(ErrorResponse(), probability=0.02)
        emulator.faults.add(LostResponse(), probability=0.02)
        before = len(emulator.requests)
        report = await getattr(cloud.fleet.select(service="Cache"), action)(wait=True, **confirm)
        sent = [each.operation_id for each in emulator.requests[before:]]
        emulator.faults.clear()
        after = await states_of(cloud)

    check(report, after, ENDS[action])
    assert len(report.outcomes) == len(STATES)
    # Only the last poll for an outcome that stays unknown may have been on its way.
    assert 0 <= report.requests - len(sent) <= len(report.unknown)
    # A command is not sent twice, so that one which the server failed on stays unknown.
    assert len(report.unknown) < len(STATES) / 10
    assert len(report.done) > len(STATES) / 4
    assert sent.count("listAllResourceInstances") < len(STATES) / 2


async def test_life_of_a_fleet() -> None:
    """Instances are restarted, changed and upgraded, each followed to its end."""
    async with open_emulator(["RUNNING"] * 20) as emulator, open_client(emulator) as cloud:
        selection = cloud.fleet.select(service="Cache", environment="Production", plan="Pro")
        restarted = await selection.restart(wait=True)
        changed = await selection.update(network_type="INTERNAL", wait=True)
        stopped = await selection.stop(wait=True)
        deleted = await selection.delete(confirm=20, wait=True)
        after = await states_of(cloud)

    assert [
        (report.action, report.counts) for report in (restarted, changed, stopped, deleted)
    ] == [(name, {OutcomeStatus.DONE: 20}) for name in ("restart", "update", "stop", "delete")]
    assert after == {}
