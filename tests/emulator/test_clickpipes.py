"""Pipes: their states, destinations, sizes and settings."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.emulator import Emulator, FailedTransition

from .client import serving
from .pipes import DATABASES, SOURCES, TABLE, body, create, created, state

if TYPE_CHECKING:
    from .client import Api

CDC_ONLY = {"replicationMode": "cdc_only"}
SNAPSHOT = {"replicationMode": "snapshot"}
CONTINUOUS = {"isContinuous": True}


async def _states(api: Api, pipe: str) -> list[str]:
    """The states that a pipe goes through in ten minutes, looked at every ten seconds."""
    seen = [await state(api, pipe)]
    for _ in range(60):
        await api.emulator.advance(seconds=10)
        seen.append(await state(api, pipe))
    return [seen[0], *(now for before, now in pairwise(seen) if now != before)]


@pytest.mark.parametrize(
    ("kind", "changes", "states"),
    [
        ("kafka", {}, ["Provisioning", "Running"]),
        ("kinesis", {}, ["Provisioning", "Running"]),
        ("pubsub", {}, ["Provisioning", "Running"]),
        ("objectStorage", CONTINUOUS, ["Provisioning", "Running"]),
        ("objectStorage", {}, ["Provisioning", "Running", "Completed"]),
        ("postgres", {}, ["Provisioning", "Setup", "Snapshot", "Running"]),
        ("mysql", {"settings": CDC_ONLY}, ["Provisioning", "Setup", "Running"]),
        ("mongodb", {"settings": SNAPSHOT}, ["Provisioning", "Setup", "Snapshot", "Completed"]),
        ("bigquery", {}, ["Provisioning", "Setup", "Snapshot", "Completed"]),
    ],
)
async def test_states(api: Api, kind: str, changes: dict[str, Any], states: list[str]) -> None:
    """A pipe comes up by itself; what is loaded once completes."""
    pipe = await created(api, kind, changes)

    assert await _states(api, pipe) == states


@pytest.mark.parametrize(
    ("kind", "stopping"),
    [
        ("kafka", ["Stopping", "Stopped", "Provisioning", "Running"]),
        ("postgres", ["Pausing", "Paused", "Running"]),
    ],
)
async def test_stop_and_start(api: Api, kind: str, stopping: list[str]) -> None:
    """A pipe stops, stays so however often it is told, and starts again."""
    pipe = await created(api, kind)
    await api.emulator.advance(minutes=5)
    seen: list[str] = []
    for command in ("stop", "stop", "start"):
        answer = await api("PATCH", f"{pipe}/state", {"command": command})
        seen += [answer.result["state"]]
        await api.emulator.advance(minutes=2)
        seen += [await state(api, pipe)]

    assert list(dict.fromkeys(seen)) == stopping
    refused = await api("PATCH", f"{pipe}/state", {"command": "start"})
    assert refused.status == 400
    assert refused.error == "command: ClickPipe is already running"


async def test_a_paused_snapshot_goes_on(api: Api) -> None:
    """A pipe of a database goes on with what it was doing."""
    pipe = await created(api, "mysql")
    await api.emulator.advance(seconds=120)
    assert await state(api, pipe) == "Snapshot"
    await api("PATCH", f"{pipe}/state", {"command": "stop"})
    await api.emulator.advance(minutes=5)
    assert await state(api, pipe) == "Paused"
    started = await api("PATCH", f"{pipe}/state", {"command": "start"})

    assert started.result["state"] == "Snapshot"


@pytest.mark.parametrize("kind", SOURCES)
async def test_resync(api: Api, kind: str) -> None:
    """Postgres and MySQL can be read anew, in any state."""
    pipe = await created(api, kind)
    answer = await api("PATCH", f"{pipe}/state", {"command": "resync"})

    if kind in {"postgres", "mysql"}:
        assert answer.result["state"] == "Resync"
        assert (await _states(api, pipe))[-1] == "Running"
    else:
        assert (answer.status, answer.error.partition(":")[0]) == (400, "command")


async def test_commands_are_required(api: Api) -> None:
    """A change of state without a command is refused."""
    answer = await api("PATCH", f"{await created(api, 'kafka')}/state", {})

    assert (answer.status, answer.error) == (400, "command: is required")


async def test_names_have_bounds(api: Api) -> None:
    """A pipe has a name of 1 to 255 characters, from the start and after a change."""
    path = await created(api, "kafka", name="n" * 255)
    empty, long = "", "n" * 256
    made = [await create(api, "kafka", name=name) for name in (empty, long)]
    changed = [await api("PATCH", path, {"name": name}) for name in (empty, long)]

    assert [(answer.status, answer.error) for answer in made] == [
        (400, "name: must have at least 1 characters"),
        (400, "name: must have at most 255 characters"),
    ]
    assert [answer.error for answer in changed] == [answer.error for answer in made]


async def test_failed_pipe(api: Api) -> None:
    """A pipe that fails on purpose can be started again."""
    fault = FailedTransition("Failed", kind="clickpipe", state="Provisioning")
    api.emulator.faults.add(fault, count=1)
    pipe = await created(api, "kafka")
    assert await _states(api, pipe) == ["Provisioning", "Failed"]
    await api("PATCH", f"{pipe}/state", {"command": "start"})

    assert await _states(api, pipe) == ["Provisioning", "Running"]


@pytest.mark.parametrize("kind", SOURCES)
async def test_paused_from_the_start(api: Api, kind: str) -> None:
    """A pipe can be made stopped, but not that of a database."""
    answer = await create(api, kind, startPaused=True)

    if kind in DATABASES:
        assert (answer.status, answer.error.partition(":")[0]) == (400, "startPaused")
    else:
        assert answer.result["state"] == "Stopped"


@pytest.mark.parametrize("name", ["idle", "stopped"])
async def test_service_has_to_run(api: Api, name: str) -> None:
    """Nothing of pipes can be reached while their service does not run."""
    path = await api.service_path(name)
    for method, place, sent in (
        ("GET", "clickpipes", None),
        ("POST", "clickpipes", body("kafka")),
        ("GET", "clickpipes/context", None),
        ("GET", "clickpipesReversePrivateEndpoints", None),
    ):
        answer = await api(method, f"{path}/{place}", sent)
        assert answer.status == 424
        assert answer.error.endswith(f"Current state: {name}")


@pytest.mark.parametrize("kind", ["kafka", "postgres"])
async def test_pipes_wait_for_their_service(api: Api, kind: str) -> None:
    """A pipe does nothing while its service does not run, and goes on afterwards."""
    path = await api.service_path()
    running, stopped = await created(api, kind), await created(api, kind)
    await api.emulator.advance(minutes=5)
    await api("PATCH", f"{stopped}/state", {"command": "stop"})
    await api("PATCH", f"{path}/state", {"command": "stop"})
    await api.emulator.advance(hours=2)
    assert (await api("GET", running)).status == 424
    await api("PATCH", f"{path}/state", {"command": "start"})
    await api.emulator.advance(minutes=2)

    assert await state(api, running) == "Running"
    assert await state(api, stopped) in {"Stopped", "Paused"}
    queried = [("from_date", "2026-01-05"), ("to_date", "2026-01-05")]
    costs = (await api("GET", "/usageCost", query=queried)).result["costs"]
    assert {cost["entityType"] for cost in costs} >= {"clickpipe", "service"}


async def test_pipes_end_with_their_service(api: Api) -> None:
    """When a service is gone, so are its pipes."""
    path, pipe = await api.service_path(), await created(api, "kafka")
    await api("PATCH", f"{path}/state", {"command": "stop"})
    await api.emulator.advance(minutes=1)
    await api("DELETE", path)
    await api.emulator.advance(minutes=2)

    assert (await api("GET", pipe)).status == 404


async def test_delete(api: Api) -> None:
    """A deleted pipe is gone at once, in whatever state it was."""
    pipe = await created(api, "kafka")

    assert (await api("DELETE", pipe)).status == 200
    assert (await api("GET", pipe)).status == 404
    assert (await api("GET", f"{await api.service_path()}/clickpipes")).result == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"table": ""}, "destination.table: is required"),
        ({"managedTable": None}, "destination.managedTable: is required"),
        ({"columns": []}, "destination.columns: is required"),
        ({"columns": [{"name": "id"}]}, "destination.columns[0].type: is required"),
        ({"roles": ["reader", "clickpipes"]}, "destination.roles[1]: clickpipes is reserved"),
        ({"roles": ["clickpipes_system"]}, "destination.roles[0]: clickpipes_system is reserved"),
    ],
)
async def test_bad_destination(api: Api, changes: dict[str, Any], message: str) -> None:
    """A pipe of a stream says in full where its data goes, with roles of its own."""
    destination = {name: v for name, v in (TABLE | changes).items() if v is not None}
    answer = await create(api, "kafka", destination=destination)

    assert (answer.status, answer.error) == (400, message)


async def test_columns_are_mapped(api: Api) -> None:
    """Columns are filled by the field of their name, or by those that the request says."""
    columns = [{"name": "id", "type": "Int64"}, {"name": "at", "type": "DateTime"}]
    by_name = (await create(api, "kafka", destination=TABLE | {"columns": columns})).result
    mappings = [{"sourceField": "key", "destinationField": "id"}]
    refused = await create(
        api, "kafka", destination=TABLE | {"columns": columns}, fieldMappings=mappings
    )

    assert [m["sourceField"] for m in by_name["fieldMappings"]] == ["id", "at"]
    assert by_name["destination"]["tableDefinition"]["engine"]["type"] == "MergeTree"
    assert refused.error == "fieldMappings: the column at needs a mapping"


async def test_columns_change_only_with_their_mapping(api: Api) -> None:
    """New columns need mappings; the rest of the pipe stays as it is."""
    pipe = await created(api, "kafka")
    before = (await api("GET", pipe)).result
    columns = [*TABLE["columns"], {"name": "at", "type": "DateTime"}]  # type: ignore[misc] # a list
    patch: dict[str, Any] = {"destination": {"columns": columns}}
    assert (await api("PATCH", pipe, patch)).status == 400
    assert (await api("GET", pipe)).result == before
    more = [*before["fieldMappings"], {"sourceField": "t", "destinationField": "at"}]
    after = (await api("PATCH", pipe, patch | {"fieldMappings": more})).result

    assert after["destination"] == before["destination"] | {"columns": columns}
    assert after["source"] == before["source"]


@pytest.mark.parametrize("missing", ["name", "source", "destination"])
async def test_parts_are_required(api: Api, missing: str) -> None:
    """A pipe has a name, a source and a destination."""
    sent = {name: value for name, value in body("kafka").items() if name != missing}
    answer = await api("POST", f"{await api.service_path()}/clickpipes", sent)

    assert (answer.status, answer.error) == (400, f"{missing}: is required")


async def test_null_changes_nothing(api: Api) -> None:
    """Null for a part of a pipe leaves it as it is."""
    pipe = await created(api, "kafka")
    before = (await api("GET", pipe)).result
    patch = {"name": None, "source": None, "destination": None, "settings": None}

    assert (await api("PATCH", pipe, patch)).result == before


async def test_scaling(api: Api) -> None:
    """A pipe begins small, and each part of its size can be changed alone."""
    pipe = await created(api, "kafka", scaling={"replicas": 2})
    size = (await api("GET", pipe)).result["scaling"]
    changed = (await api("PATCH", f"{pipe}/scaling", {"replicaMemoryGb": 8.0})).result["scaling"]

    assert size == {"replicas": 2, "replicaCpuMillicores": 125, "replicaMemoryGb": 0.5}
    assert changed == size | {"replicaMemoryGb": 8}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("replicas", 0),
        ("replicas", 41),
        ("replicaCpuMillicores", 124),
        ("replicaCpuMillicores", 2001),
        ("replicaMemoryGb", 0.4),
        ("replicaMemoryGb", 8.5),
    ],
)
async def test_bounds_of_scaling(api: Api, name: str, value: float) -> None:
    """The size of a pipe has bounds."""
    pipe = await created(api, "kafka")
    answer = await api("PATCH", f"{pipe}/scaling", {name: value})

    assert (answer.status, answer.error.partition(":")[0]) == (400, name)


async def test_databases_share_their_size(api: Api) -> None:
    """Pipes of databases have one size, there once the first is provisioned, changed in minutes."""
    shared = f"{await api.service_path()}/clickpipesCdcScaling"
    pipe = await created(api, "mysql")
    assert (await api("PATCH", f"{pipe}/scaling", {"replicas": 2})).status == 400
    assert (await create(api, "mysql", scaling={"replicas": 2})).status == 400
    for method, sent in (("GET", None), ("PATCH", {"replicaCpuMillicores": 2000})):
        assert (await api(method, shared, sent)).status == 404
    await api.emulator.advance(minutes=2)
    before = (await api("GET", shared)).result
    wanted = (await api("PATCH", shared, {"replicaMemoryGb": 12})).result
    meanwhile = (await api("GET", shared)).result
    await api.emulator.advance(minutes=5)

    assert before == meanwhile == {"replicaCpuMillicores": 1000, "replicaMemoryGb": 4}
    assert wanted == {"replicaCpuMillicores": 3000, "replicaMemoryGb": 12}
    assert (await api("GET", shared)).result == wanted
    assert "scaling" not in (await api("GET", pipe)).result


@pytest.mark.parametrize(
    ("size", "name"),
    [
        ({"replicaCpuMillicores": 1500}, "replicaCpuMillicores"),
        ({"replicaCpuMillicores": 33_000}, "replicaCpuMillicores"),
        ({"replicaCpuMillicores": 2000, "replicaMemoryGb": 4}, "replicaMemoryGb"),
        ({"replicaMemoryGb": 132}, "replicaMemoryGb"),
        ({}, "replicaCpuMillicores"),
    ],
)
async def test_bad_shared_size(api: Api, size: dict[str, Any], name: str) -> None:
    """A shared size is whole cores with four gigabytes each."""
    await created(api, "postgres")
    await api.emulator.advance(minutes=2)
    answer = await api("PATCH", f"{await api.service_path()}/clickpipesCdcScaling", size)

    assert (answer.status, answer.error.partition(":")[0]) == (400, name)


async def test_settings(api: Api) -> None:
    """Settings are merged by a patch of the pipe and replaced by their own operation."""
    pipe = await created(api, "kinesis", settings={"clickhouse_max_threads": 8})
    patch: dict[str, Any] = {"settings": {"streaming_max_insert_wait_ms": 500}}
    merged = (await api("PATCH", pipe, patch)).result["settings"]
    patch = {"settings": {"clickhouse_max_threads": None}}
    cleared = (await api("PATCH", pipe, patch)).result["settings"]
    sent = {"streaming_max_insert_wait_ms": 900, "clickhouse_max_threads": None}
    replaced = (await api("PUT", f"{pipe}/settings", sent)).result

    assert merged == {"clickhouse_max_threads": 8, "streaming_max_insert_wait_ms": 500}
    assert cleared == {"streaming_max_insert_wait_ms": 500}
    assert replaced == {"streaming_max_insert_wait_ms": 900}
    assert (await api("GET", f"{pipe}/settings")).result == replaced


async def test_settings_of_kafka(api: Api) -> None:
    """Whether a pipe of Kafka reads only what is committed is always told."""
    pipe = await created(api, "kafka", settings={"kafka_read_committed": True})
    before = (await api("GET", f"{pipe}/settings")).result
    after = (await api("PUT", f"{pipe}/settings", {})).result

    assert before == {"kafka_read_committed": True}
    assert after == {"kafka_read_committed": False}


async def test_context() -> None:
    """A service on Google Cloud has an account for its pipes; one elsewhere has none."""
    fleet = [
        {"name": "here", "state": "running", "provider": "gcp", "region": "us-central1"},
        {"name": "there", "state": "running", "provider": "aws", "region": "us-east-1"},
    ]
    async with serving(Emulator(fleet, time_scale=0)) as api:
        found = {
            listed["name"]: (
                await api("GET", f"/services/{listed['id']}/clickpipes/context")
            ).result["gcpWorkloadIdentity"]
            for listed in (await api("GET", "/services")).result
        }

    assert found["here"]["supported"]
    assert found["here"]["principal"].endswith(".iam.gserviceaccount.com")
    assert found["there"] == {"supported": False, "ready": None, "principal": None}


@pytest.mark.parametrize(("state", "status"), [("degraded", 200), ("partially_running", 424)])
async def test_a_service_that_runs_in_part(state: str, status: int) -> None:
    """Reads are refused, too, while only a part of the service runs."""
    async with serving(Emulator([{"state": state}], time_scale=0)) as api:
        path = await api.service_path(state)
        answers = [
            await api("GET", f"{path}/{name}") for name in ("clickpipes", "clickpipes/context")
        ]
    assert [answer.status for answer in answers] == [status] * 2
