"""Each action on a service in each state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import Secret, UnreachableStateError
from clickhouse_cloud_async.emulator import Emulator, FailedTransition
from clickhouse_cloud_async.models import ServiceState

from .clouds import (
    SPEED,
    by_name,
    carried_out,
    documents,
    open_client,
    open_emulator,
    services,
    statuses,
)

if TYPE_CHECKING:
    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.fleet import AsyncFleetService
    from clickhouse_cloud_async.models import ScalingScheduleEntryRequestDict

STATES = [str(state) for state in ServiceState]
ENDING = ("terminating", "terminated", "softdeleting", "softdeleted")

EXPECTED: dict[str, dict[str, str]] = {
    "start": {
        "stopped": "done",
        "failed": "done",
        "stopping": "not_sent",
        **dict.fromkeys(ENDING, "failed"),
    },
    "stop": {
        "running": "done",
        "idle": "done",
        "degraded": "done",
        "partially_running": "done",
        "failed": "done",
        "starting": "not_sent",
        "awaking": "not_sent",
        "provisioning": "not_sent",
    },
    "wake": {"idle": "done"},
}
"""How an action ends without waiting; unchanged where nothing is said."""


@pytest.mark.parametrize("action", EXPECTED)
async def test_states(action: str) -> None:
    """What is sent depends on the state, and the states afterwards tell that it was."""
    # Time stands still, so that no state passes.
    async with Emulator(services(STATES), time_scale=0) as emulator, open_client(emulator) as cloud:
        report = await getattr(cloud.fleet.select(), action)()
        after = documents(emulator)

    assert len(report.outcomes) == len(STATES)
    for outcome in report.outcomes:
        assert outcome.status == EXPECTED[action].get(outcome.before, "unchanged"), outcome.before
        assert outcome.commands == carried_out(emulator, outcome.id)
        assert outcome.commands == ([action] if outcome.status == "done" else [])
        assert outcome.after == after[outcome.id]["state"]
        assert outcome.requests == len(outcome.commands)
    assert report.requests == len(emulator.requests) == 1 + len(report.done)


@pytest.mark.parametrize("action", ["start", "stop", "wake", "restart", "delete"])
async def test_dry_run(action: str) -> None:
    """A dry run sends nothing but the list, and says what would be sent."""
    async with Emulator(services(STATES), time_scale=0) as emulator, open_client(emulator) as cloud:
        report = await getattr(cloud.fleet.select(), action)(dry_run=True)

    assert [request.operation_id for request in emulator.requests] == ["instanceGetList"]
    assert report.requests == 1
    assert {outcome.status for outcome in report.outcomes} <= {
        "planned",
        "unchanged",
        "not_sent",
        "failed",
    }
    commands = {outcome.before: outcome.commands for outcome in report.planned}
    if action in EXPECTED:
        done = [state for state, status in EXPECTED[action].items() if status == "done"]
        assert commands == {state: [action] for state in done}
    elif action == "restart":
        running = ("running", "idle", "degraded", "partially_running", "failed")
        assert commands == {state: ["stop", "start"] for state in running}
    else:
        assert commands["running"] == ["stop", "delete"]
        assert commands["stopped"] == commands["stopping"] == ["delete"]
        assert not {"terminating", "softdeleted"} & commands.keys()


async def test_dry_run_with_wait() -> None:
    """What has to settle first is followed where one waits, and so would be sent."""
    async with (
        Emulator(services(["starting"]), time_scale=0) as emulator,
        open_client(emulator) as cloud,
    ):
        selection = cloud.fleet.select()
        assert statuses(await selection.stop(dry_run=True)) == {"s0": "not_sent"}
        assert statuses(await selection.stop(dry_run=True, wait=True)) == {"s0": "planned"}


async def test_restart(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """What runs or is idle is stopped and started again; what is stopped stays so."""
    report = await cloud.fleet.select().restart(wait=True)

    outcomes = by_name(report)
    assert statuses(report) == {
        "etl-eu": "done",
        "etl-us": "unchanged",
        "ETL": "done",
        "reports": "unchanged",
    }
    assert outcomes["ETL"].commands == ["stop", "start"]
    assert (outcomes["ETL"].before, outcomes["ETL"].after) == ("idle", "running")
    assert outcomes["reports"].reason == "it is stopped"
    assert report.requests == len(emulator.requests)


async def test_delete(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """What runs is stopped before it is deleted, and followed until it is gone."""
    report = await cloud.fleet.select(name="etl-*").delete(confirm=2, wait=True)

    outcomes = by_name(report)
    assert outcomes["etl-eu"].commands == ["stop", "delete"]
    assert outcomes["etl-us"].commands == ["delete"]
    assert {outcome.after for outcome in report.outcomes} == {None}
    assert {document["name"] for document in documents(emulator).values()} == {"ETL", "reports"}
    assert report.requests == len(emulator.requests)


@pytest.mark.parametrize(
    ("state", "action", "commands", "after"),
    [
        ("stopping", "start", ["start"], "running"),
        ("starting", "start", [], "running"),
        ("provisioning", "stop", ["stop"], "stopped"),
        ("stopping", "stop", [], "stopped"),
        ("awaking", "wake", [], "running"),
        ("idle", "wake", ["wake"], "running"),
        ("starting", "restart", ["stop", "start"], "running"),
    ],
)
async def test_what_passes_is_followed(
    state: str, action: str, commands: list[str], after: str | None
) -> None:
    """A service on its way is followed first, and told then what it still needs to be told."""
    async with open_emulator(services([state])) as emulator, open_client(emulator) as cloud:
        report = await getattr(cloud.fleet.select(), action)(wait=True)
        (outcome,) = report.outcomes

    assert outcome.commands == commands
    assert outcome.after == after
    assert outcome.status == ("done" if commands else "unchanged")
    assert report.requests == len(emulator.requests)


async def test_a_service_that_wakes_up_is_deleted_without_a_stop() -> None:
    """What can be deleted as it is, is not stopped first."""
    async with (
        Emulator(services(["awaking"]), time_scale=0) as emulator,
        open_client(emulator) as cloud,
    ):
        report = await cloud.fleet.select().delete(confirm=1)

    (outcome,) = report.outcomes
    assert (outcome.before, outcome.commands) == ("awaking", ["delete"])


async def test_what_ends_is_followed() -> None:
    """A service that somebody else deletes is followed until it is gone."""
    # Slow enough to be there still when it is looked for.
    async with (
        Emulator(services(["terminating"]), time_scale=SPEED / 10) as emulator,
        open_client(emulator) as cloud,
    ):
        report = await cloud.fleet.select().delete(confirm=1, wait=True)

    assert statuses(report) == {"s0": "unchanged"}
    assert by_name(report)["s0"].after is None


SCALINGS: list[dict[str, Any]] = [
    {"num_replicas": 5},
    {"min_replica_memory_gb": 32, "max_replica_memory_gb": 64},
    {"idle_scaling": False, "idle_timeout_minutes": 30},
    {"autoscaling_mode": "horizontal", "min_replicas": 2, "max_replicas": 4}
    | {"min_replica_memory_gb": 16, "max_replica_memory_gb": 16},
    {"min_replicas": 4, "max_replicas": 4},
]


@pytest.mark.parametrize("scaling", SCALINGS)
async def test_scale(
    cloud: AsyncClickHouseCloud, emulator: Emulator, scaling: dict[str, Any]
) -> None:
    """Services scale as is asked, and those that do already are left alone."""
    selection = cloud.fleet.select(name="etl-*")

    assert statuses(await selection.scale(**scaling, wait=True)) == {
        "etl-eu": "done",
        "etl-us": "done",
    }
    again = await selection.scale(**scaling)
    assert statuses(again) == {"etl-eu": "unchanged", "etl-us": "unchanged"}
    assert again.requests == 1
    assert all(
        getattr(each.service.current_scaling, f"effective_{name}") == value
        for each in await selection.list()
        for name, value in scaling.items()
        if name != "num_replicas"
    )
    sent = [request.operation_id for request in emulator.requests]
    assert sent.count("instanceReplicaScalingUpdate") == 2


async def test_scale_beside_a_schedule(cloud: AsyncClickHouseCloud) -> None:
    """What a schedule has in force stays so, and is not waited for to end."""
    selection = cloud.fleet.select(name="etl-eu")
    (each,) = await selection.list()
    entry: ScalingScheduleEntryRequestDict = {
        "name": "always",
        "weekdays": [*range(7)],
        "startHourUtc": 0,
        "endHourUtc": 24,
        "minReplicaMemoryGb": 64,
        "maxReplicaMemoryGb": 64,
    }
    await cloud.scaling_schedules.set(each.service.id, entries=[entry])
    size: dict[str, Any] = {"min_replica_memory_gb": 16.0, "max_replica_memory_gb": 32.0}

    assert statuses(await selection.scale(**size, wait=True)) == {"etl-eu": "done"}
    assert statuses(await selection.scale(**size, wait=True)) == {"etl-eu": "unchanged"}
    (each,) = await selection.list()
    assert each.service.current_scaling.effective_max_replica_memory_gb == 64


UPDATES: list[dict[str, Any]] = [
    {"name": "renamed"},
    {"tags": {"add": [{"key": "env", "value": "test"}, {"key": "bare"}]}},
    {"tags": {"remove": [{"key": "env"}], "add": [{"key": "new", "value": "1"}]}},
    {"ip_access_list": {"add": [{"source": "10.0.0.0/8", "description": "office"}]}},
    {"release_channel": "fast"},
    {"endpoints": [{"protocol": "mysql", "enabled": True}]},
    {"enable_core_dumps": False},
]


@pytest.mark.parametrize("changes", UPDATES)
async def test_update(
    cloud: AsyncClickHouseCloud, emulator: Emulator, changes: dict[str, Any]
) -> None:
    """Services change as is asked, and those that are so already are left alone."""
    where = {each.service.id for each in await cloud.fleet.select(name="etl-*").list()}
    selection = cloud.fleet.select(where=lambda service: service.id in where)

    assert {o.status for o in (await selection.update(**changes)).outcomes} == {"done"}
    again = await selection.update(**changes)
    assert {o.status for o in again.outcomes} == {"unchanged"}
    assert again.requests == 1
    sent = [request.operation_id for request in emulator.requests]
    assert sent.count("instanceUpdate") == 2


async def test_refused_change(cloud: AsyncClickHouseCloud) -> None:
    """A change that the API refuses fails with its words, and costs one request per service."""
    report = await cloud.fleet.select(name="etl-*").scale(min_replica_memory_gb=9)

    assert {outcome.status for outcome in report.outcomes} == {"failed"}
    assert all("minReplicaMemoryGb" in str(outcome.reason) for outcome in report.outcomes)
    assert all(outcome.error is not None for outcome in report.outcomes)
    assert all(not outcome.commands for outcome in report.outcomes)
    assert report.requests == 3


async def test_what_ends_elsewhere(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """A transition that fails, one of a deletion too, is a failure with an error at once."""
    emulator.faults.add(FailedTransition(state="starting"), resource="etl-us")
    emulator.faults.add(FailedTransition(state="terminating"), resource="etl-eu")
    started = await cloud.fleet.select(name="etl-us").start(wait=True)
    deleted = await cloud.fleet.select(name="etl-eu").delete(confirm=1, wait=True)

    for outcome in (*started.outcomes, *deleted.outcomes):
        assert (outcome.status, outcome.after, outcome.reason) == (
            "failed",
            "failed",
            "it is failed",
        )
        assert isinstance(outcome.error, UnreachableStateError)
        assert outcome.error.id == outcome.id


async def test_reset_passwords(cloud: AsyncClickHouseCloud) -> None:
    """Each service gets a password of its own, which no report shows."""
    report = await cloud.fleet.select().reset_passwords()

    secrets = [outcome.result for outcome in report.outcomes]
    assert all(isinstance(secret, Secret) for secret in secrets)
    texts = {secret.reveal() for secret in secrets}
    assert len(texts) == 4
    shown = f"{report!r} {report.outcomes!r} {report.to_dict()!r}"
    assert not [text for text in texts if text in shown]


async def test_map(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """A function is called with each service; what it gives or raises is its outcome."""

    async def look(each: AsyncFleetService) -> str:
        if each.service.state == "idle":
            raise LookupError("idle")
        service = await each.cloud.services.get(each.service.id)
        return str(service.clickhouse_version)

    report = await cloud.fleet.select().map(look)

    outcomes = by_name(report)
    assert outcomes["etl-eu"].status == "done"
    assert outcomes["etl-eu"].result == "25.10"
    assert outcomes["etl-eu"].requests == 1
    assert outcomes["ETL"].status == "failed"
    assert outcomes["ETL"].reason == "idle"
    assert isinstance(outcomes["ETL"].error, LookupError)
    assert outcomes["ETL"].requests == 0
    assert report.requests == len(emulator.requests) == 4


async def test_someone_else_was_faster(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """A refusal because the service is there already is no failure."""
    chosen = await cloud.fleet.select(name="etl-us").list()

    def start_now(_service: object) -> bool:
        organization = emulator._organization(emulator.organization_id)
        document = organization.collection("services")[chosen[0].service.id]
        document["state"] = "running"
        return True

    report = await cloud.fleet.select(name="etl-us", where=start_now).start()

    (outcome,) = report.outcomes
    assert (outcome.status, outcome.before, outcome.after) == ("unchanged", "stopped", "running")
    assert outcome.commands == []
    assert outcome.requests == 2
