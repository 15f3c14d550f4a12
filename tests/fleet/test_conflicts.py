"""A deletion that the API refuses for a while after a transition, and what needs no stop."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse, StaleRead
from clickhouse_cloud_async.fleet import DesiredFleet

from .clouds import carried_out, open_client, open_emulator, services, statuses

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.messages import RecordedRequest
    from clickhouse_cloud_async.fleet import FleetProgress

REFUSED = ErrorResponse(409, "the service is not ready for this")
MINE = [{"key": "chcloud.fleet", "value": "f"}]


async def test_a_fleet_sends_a_deletion_again_until_the_transition_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The conflict is logged and shown as progress, and leaves no trace in the end."""
    reasons: set[str | None] = set()

    def on_progress(progress: FleetProgress) -> None:
        reasons.add(progress.outcome.reason)

    async with (
        open_emulator(services(["stopped"] * 3)) as emulator,
        open_client(emulator) as cloud,
    ):
        emulator.faults.add(REFUSED, operation="instanceDelete", count=6)
        with caplog.at_level(logging.INFO):
            report = await cloud.fleet.select().delete(
                confirm=3, wait=True, on_progress=on_progress
            )

    assert statuses(report) == {"s0": "done", "s1": "done", "s2": "done"}
    assert {tuple(outcome.commands) for outcome in report.outcomes} == {("delete",)}
    assert {outcome.reason for outcome in report.outcomes} == {None}
    message = f"refused with 409, will be retried: {REFUSED.message}"
    assert message in reasons
    assert "status 409; attempt 2 follows" in caplog.text
    assert report.requests == len(emulator.requests)


async def test_a_plan_waits_for_creations_that_reads_do_not_show_yet() -> None:
    """Neither 404 nor a list without the service makes a creation fail, or be repeated."""
    desired = DesiredFleet.parse(
        "fleet: f\ndefaults: {services: {provider: aws, region: us-east-1}}\n"
        "services: [name: a, name: b]\n"
    )
    async with open_emulator([]) as emulator, open_client(emulator) as cloud:
        emulator.faults.add(ErrorResponse(404), operation="instanceGet", count=2)
        emulator.faults.add(StaleRead(1000.0), operation="instanceGetList", count=2)
        report = await cloud.fleet.apply(await cloud.fleet.plan(desired))
        again = await cloud.fleet.apply(await cloud.fleet.plan(desired))

    assert statuses(report) == {"a": "done", "b": "done"}
    assert statuses(again) == {}
    sent = [request.operation_id for request in emulator.requests]
    assert sent.count("instanceCreate") == 2


async def test_a_plan_sends_a_deletion_again_until_the_transition_is_over() -> None:
    """Plans have the same patience."""
    async with (
        open_emulator(services(["stopped"] * 2, tags=MINE)) as emulator,
        open_client(emulator) as cloud,
    ):
        emulator.faults.add(REFUSED, operation="instanceDelete", count=4)
        plan = await cloud.fleet.plan(DesiredFleet.parse("fleet: f\nservices: []\n"))
        report = await cloud.fleet.apply(plan, allow_delete=True)

    assert statuses(report) == {"s0": "done", "s1": "done"}
    assert {tuple(outcome.commands) for outcome in report.outcomes} == {("delete",)}


async def test_a_conflict_that_does_not_pass_is_a_failure() -> None:
    """It ends with the words of the API after some minutes, by the clock of the emulator."""
    async with open_emulator(services(["stopped"])) as emulator, open_client(emulator) as cloud:
        emulator.faults.add(REFUSED, operation="instanceDelete")
        report = await cloud.fleet.select().delete(confirm=1)

    (outcome,) = report.outcomes
    assert (outcome.status, outcome.commands) == ("failed", [])
    assert outcome.reason == REFUSED.message


@pytest.mark.parametrize("state", sorted(LIFECYCLE.deletable))
async def test_what_can_be_deleted_is_not_stopped_first(state: str) -> None:
    """Only a service that runs needs a stop."""
    async with open_emulator(services([state])) as emulator, open_client(emulator) as cloud:
        report = await cloud.fleet.select().delete(confirm=1, wait=True)
        (outcome,) = report.outcomes

    assert outcome.status == "done"
    assert carried_out(emulator, outcome.id)[-1] == "delete"
    if state in {"stopped", "degraded", "failed", "idle"}:
        assert outcome.commands == ["delete"]


async def test_a_service_that_leaves_a_deletable_state_is_stopped_first() -> None:
    """It has come up between the list and the DELETE, which the API refuses in that state."""

    def pass_time(_: RecordedRequest) -> None:
        emulator.advance(60)

    emulator = Emulator(services(["starting"]), on_request=pass_time)
    async with emulator, open_client(emulator) as cloud:
        report = await cloud.fleet.select().delete(confirm=1, wait=True)
        (outcome,) = report.outcomes
        assert carried_out(emulator, outcome.id) == ["stop", "delete"]

    assert (outcome.status, outcome.commands) == ("done", ["stop", "delete"])
    assert outcome.reason is None
