"""Reports are correct with any faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.emulator import (
    ConnectionReset,
    ErrorResponse,
    FailedTransition,
    LostResponse,
)
from clickhouse_cloud_async.fleet import OutcomeStatus
from tests.effort import SEEDS

from .clouds import carried_out, documents, open_client, open_emulator, services

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async.emulator import Emulator
    from clickhouse_cloud_async.fleet import Outcome, Report

STATES = ["running", "stopped", "idle", "stopping", "starting", "degraded", "failed"] * 6
"""What the services are in; those that are told nothing take part too."""

Document = dict[str, Any] | None

RUNNING = {"running", "degraded"}

TRANSITIONAL = {"starting", "stopping", "awaking"}

ENDS: Mapping[str, Callable[[Document], bool]] = {
    "start": lambda document: document is not None and document["state"] in {*RUNNING, "idle"},
    "stop": lambda document: document is not None and document["state"] == "stopped",
    "restart": lambda document: document is not None and document["state"] in RUNNING,
    "delete": lambda document: document is None,
}
"""Whether a service is where an action leads, by action."""

CHANGES: Mapping[str, tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]] = {
    "scale": ({"num_replicas": 4}, lambda document: document["numReplicas"] == 4),
    "update": (
        {"tags": {"add": [{"key": "env", "value": "new"}]}},
        lambda document: {"key": "env", "value": "new"} in document["tags"],
    ),
}
"""What is changed, and whether it is so, by action."""


def add_faults(emulator: Emulator, *, severity: float = 1.0) -> None:
    """Let transitions fail, the server err and answers get lost."""
    emulator.faults.add(FailedTransition(), probability=min(1.0, 0.05 * severity))
    emulator.faults.add(ErrorResponse(), probability=0.02 * severity)
    emulator.faults.add(LostResponse(), probability=0.02 * severity)


def check_requests(report: Report, emulator: Emulator) -> None:
    """The report counts exactly the requests that the API got.

    Only the last poll for an outcome that stays unknown may have been on its way.
    """
    assert 0 <= report.requests - len(emulator.requests) <= len(report.unknown)
    assert sum(outcome.requests for outcome in report.outcomes) <= report.requests


def check_commands(outcome: Outcome, emulator: Emulator) -> None:
    """Check that a service got what was sent, as far as the report knows."""
    got = carried_out(emulator, outcome.id)
    if outcome.status is OutcomeStatus.UNKNOWN:
        assert got in (outcome.commands, outcome.commands[:-1])
    else:
        assert got == outcome.commands


@pytest.mark.parametrize("severity", [1.0, 8.0])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("action", ENDS)
async def test_states(
    action: str, seed: int, severity: float, request: pytest.FixtureRequest
) -> None:
    """What is followed to its end is reported as it ended."""
    if severity > 1:
        request.getfixturevalue("short_window")
    confirm = {"confirm": len(STATES)} if action == "delete" else {}
    async with (
        open_emulator(services(STATES), seed=seed) as emulator,
        open_client(emulator, attempts=5 if severity == 1 else 2) as cloud,
    ):
        add_faults(emulator, severity=severity)
        report = await getattr(cloud.fleet.select(), action)(wait=True, **confirm)
        if not report.outcomes:
            assert report.failures
            return
        after = documents(emulator)

    check_requests(report, emulator)
    assert len(report.outcomes) == len(STATES)
    if severity == 1:
        assert not report.unknown
        assert not report.sent
    for outcome in report.outcomes:
        document = after.get(outcome.id)
        check_commands(outcome, emulator)
        is_there = ENDS[action](document)
        if outcome.status is OutcomeStatus.DONE:
            assert is_there
        elif outcome.status is OutcomeStatus.FAILED:
            # What could not even be stopped runs on, but was not restarted.
            assert not is_there or (action == "restart" and not outcome.commands)
        elif outcome.status is OutcomeStatus.UNCHANGED and action != "restart":
            assert is_there
        # A service that somebody stops is none to restart, and is not followed either.
        is_followed = action != "restart" or outcome.before != "stopping"
        # One that is refused in the middle of a transition goes on with it.
        is_moving = outcome.status is OutcomeStatus.FAILED and outcome.after in TRANSITIONAL
        is_open = outcome.status in {OutcomeStatus.UNKNOWN, OutcomeStatus.SENT}
        if is_followed and not is_moving and not is_open:
            assert outcome.after == (None if document is None else document["state"])


@pytest.mark.usefixtures("short_window")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("action", ["start", "stop"])
async def test_commands(action: str, seed: int) -> None:
    """Without waiting, what is reported as done is what was carried out."""
    async with (
        open_emulator(services(STATES), seed=seed) as emulator,
        open_client(emulator, attempts=1) as cloud,
    ):
        emulator.faults.add(ErrorResponse(), operation="instanceStateUpdate", probability=0.2)
        emulator.faults.add(LostResponse(), operation="instanceStateUpdate", probability=0.2)
        emulator.faults.add(ConnectionReset(), operation="instanceStateUpdate", probability=0.2)
        report = await getattr(cloud.fleet.select(), action)()

    check_requests(report, emulator)
    for outcome in report.outcomes:
        check_commands(outcome, emulator)
        assert outcome.status is not OutcomeStatus.SENT
    assert report.done
    assert report.failed or report.unknown


@pytest.mark.usefixtures("short_window")
@pytest.mark.parametrize("attempts", [1, 5])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("action", CHANGES)
async def test_changes(action: str, seed: int, attempts: int) -> None:
    """A change is done where it is, and failed where it is not."""
    changes, holds = CHANGES[action]
    async with (
        open_emulator(services(STATES), seed=seed) as emulator,
        open_client(emulator, attempts=attempts) as cloud,
    ):
        chosen = cloud.fleet.select()
        services_found = await chosen.list()
        before = len(emulator.requests)
        operation = "instanceReplicaScalingUpdate" if action == "scale" else "instanceUpdate"
        for fault in (ErrorResponse(), LostResponse(), ConnectionReset()):
            emulator.faults.add(fault, operation=operation, probability=0.1)
        report = await getattr(chosen, action)(**changes)
        after = documents(emulator)

    assert report.requests == len(emulator.requests) - before
    assert len(report.outcomes) == len(services_found)
    for outcome in report.outcomes:
        is_so = holds(after[outcome.id])
        if outcome.status is OutcomeStatus.DONE:
            assert is_so
            assert outcome.commands == [action]
        elif outcome.status is OutcomeStatus.FAILED:
            assert not is_so
            assert outcome.commands == []
        else:
            assert outcome.status is OutcomeStatus.UNKNOWN
    assert len(report.done) > len(STATES) / 2


async def test_unknown_passwords() -> None:
    """Where an answer is lost nobody knows whether there is a new password."""
    async with open_emulator(services(STATES)) as emulator, open_client(emulator) as cloud:
        emulator.faults.add(LostResponse(), operation="instancePasswordUpdate", probability=0.3)
        report = await cloud.fleet.select().reset_passwords()

    lost = sum(1 for request in emulator.requests if request.faults)
    assert lost
    assert len(report.unknown) == lost
    assert len(report.done) == len(STATES) - lost
    check_requests(report, emulator)


@pytest.mark.usefixtures("short_window")
async def test_nothing_can_be_looked_up() -> None:
    """Where not even a look succeeds, the outcome is unknown."""
    async with open_emulator(services(["stopped"])) as emulator, open_client(emulator) as cloud:
        emulator.faults.add(LostResponse(), operation="instanceStateUpdate")
        emulator.faults.add(ErrorResponse(), operation="instanceGet")
        report = await cloud.fleet.select().start()

    (outcome,) = report.outcomes
    assert outcome.status is OutcomeStatus.UNKNOWN
    assert outcome.commands == ["start"]
    check_requests(report, emulator)
