"""``chcloud services`` and ``chcloud organizations``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.apis.clickhouse.fleet.actions import START, STOP, WAKE
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.cli.commands.waits import goal_states
from clickhouse_cloud_async.emulator import Emulator, FailedTransition
from clickhouse_cloud_async.models import Service, ServiceState
from tests.client.stub import ORGANIZATION, SERVICE
from tests.samples import CONTRACT, sample_of

from .fleets import true_states
from .program import ask, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.core.contract import Schema
    from clickhouse_cloud_async.fleet.steps import Action
    from tests.client.stub import Stub

    from .program import Program

pytestmark = pytest.mark.usefixtures("credentials")


def services_of(emulator: Emulator, query: str = "") -> list[dict[str, Any]]:
    """The services as the API lists them."""
    services: list[dict[str, Any]] = ask(emulator, f"/{emulator.organization_id}/services{query}")
    return services


def in_state(emulator: Emulator, state: str) -> dict[str, Any]:
    """A service in a state."""
    return next(service for service in services_of(emulator) if service["state"] == state)


def test_list_as_json(chcloud: Program, emulator: Emulator) -> None:
    """The JSON of a list is what the API answers."""
    assert chcloud("services", "list", "--output", "json").json == services_of(emulator)


def test_list_as_table(chcloud: Program, emulator: Emulator) -> None:
    """In a pipe, a list is a header and one whole line for each service."""
    header, *lines = chcloud("services", "list").lines

    assert header.split() == ["NAME", "STATE", "REGION", "SIZE", "ID", "TAGS"]
    assert [line.split()[0] for line in lines] == [s["name"] for s in services_of(emulator)]
    for line, service in zip(lines, services_of(emulator), strict=True):
        assert service["state"] in line
        assert service["id"] in line


def test_list_by_tags(chcloud: Program, emulator: Emulator) -> None:
    """Repeated tags, with and without a value, narrow a list down to services that have all."""
    expected = services_of(emulator, "?filter=tag:env=prod&filter=tag:team")
    assert 0 < len(expected) < len(services_of(emulator))

    found = chcloud(
        "services", "list", "--filter", "tag:env=prod", "--filter", "tag:team", "--output", "json"
    )

    assert found.json == expected


def test_empty_list(chcloud: Program) -> None:
    """Where nothing is found, stderr says so and stdout stays empty, or holds an empty array."""
    assert chcloud("services", "list", "--filter", "tag:no") == (0, "", "none found\n")
    assert chcloud("services", "list", "--filter", "tag:no", "--output", "json").json == []


@pytest.mark.parametrize("key", ["id", "name"])
def test_get(chcloud: Program, emulator: Emulator, key: str) -> None:
    """A service is found by its id as well as by its name."""
    service = services_of(emulator)[3]

    assert chcloud("services", "get", service[key], "--output", "json").json == service


def test_get_as_lines(chcloud: Program, emulator: Emulator) -> None:
    """Without JSON, a service is shown with a line for each thing worth knowing."""
    service = services_of(emulator)[0]

    lines = chcloud("services", "get", service["name"]).lines

    shown = dict(line.split(maxsplit=1) for line in lines if not line.startswith(" "))
    assert shown["id"] == service["id"]
    assert shown["state"] == service["state"]
    assert shown["region"] == f"{service['provider']} {service['region']}"
    assert "open" not in shown, "an empty access list is left out"


@pytest.mark.parametrize(
    ("command", "before", "after"),
    [
        ("start", "stopped", "starting"),
        ("stop", "running", "stopping"),
        ("wake", "idle", "awaking"),
    ],
)
@pytest.mark.parametrize("key", ["id", "name"])
def test_change_state(  # noqa: PLR0913, PLR0917 - a table of cases
    chcloud: Program, emulator: Emulator, command: str, before: str, after: str, key: str
) -> None:
    """Start, stop and wake act on the named service and show what becomes of it."""
    service = in_state(emulator, before)

    lines = chcloud("services", command, service[key]).lines

    assert [line.split() for line in lines[:2]] == [["name", service["name"]], ["state", after]]
    assert ask(emulator, f"/{emulator.organization_id}/services/{service['id']}")["state"] == after


def test_change_state_as_json(chcloud: Program, emulator: Emulator) -> None:
    """The JSON of a change is the changed service."""
    service = in_state(emulator, "idle")

    changed = chcloud("services", "wake", service["name"], "--output", "json")

    assert changed.json == service | {"state": "awaking"}


@pytest.mark.parametrize(
    ("command", "name", "state"),
    [
        ("start", "s0-stopped", "running"),
        ("stop", "s2-running", "stopped"),
        ("wake", "s1-idle", "running"),
    ],
)
def test_wait(chcloud: Program, fleet: Emulator, command: str, name: str, state: str) -> None:
    """With ``--wait`` a command returns once the service is where it should be."""
    ended = chcloud("services", command, name, "--wait", "--output", "json")

    assert json.loads(ended.out)["state"] == state
    assert f"service {name} is " in ended.err
    assert true_states(fleet)[name] == state


@pytest.mark.parametrize(
    ("state", "goal", "action"),
    [("starting", "", START), ("stopping", "", STOP), ("awaking", "awake", WAKE)],
)
def test_a_wait_ends_in_the_same_states_as_that_of_a_fleet(
    state: str, goal: str, action: Action
) -> None:
    """A degraded service is up for both, and an idle one is up, but not awake."""
    (step,) = action.steps
    services = [Service.from_dict(sample_of("Service") | {"state": each}) for each in ServiceState]
    reached = {service.state for service in services if step.goal(service)}

    assert reached == set(goal_states(LIFECYCLE, state, goal) or ())
    assert ("degraded" in reached) is (action is not STOP)


def test_wait_in_vain(chcloud: Program, fleet: Emulator) -> None:
    """A service that fails on its way, or is late, exits with its code and the reason."""
    fleet.faults.add(FailedTransition(state="starting"), resource="s0-stopped")
    fleet.faults.add(FailedTransition(to="stopping", state="stopping"), resource="s2-running")

    failed = chcloud("services", "start", "s0-stopped", "--wait")
    late = chcloud("services", "stop", "s2-running", "--wait", "--timeout", "2")

    assert (failed.code, failed.out) == (1, "")
    assert (late.code, late.out) == (7, "")
    assert "is failed" in failed.err
    assert "is stopping after 2 s" in late.err


def test_organizations(chcloud: Program, emulator: Emulator) -> None:
    """Organisations are listed as JSON and as a table."""
    organizations = ask(emulator, "")

    assert chcloud("organizations", "list", "--output", "json").json == organizations
    assert emulator.organization_id in chcloud("organizations", "list").lines[1]


@pytest.mark.parametrize("schema", ["Service", "Organization"])
def test_no_secrets_within_reach(schema: str) -> None:
    """Nothing that is printed has a secret in it, by the API's own contract."""
    seen: set[str] = set()

    def parts(schema: Schema) -> Iterator[Schema]:
        yield schema
        for value in [*schema.get("properties", {}).values(), schema.get("items")]:
            if value and (reference := value.get("$ref")) not in seen:
                seen.add(reference) if reference else None
                yield from parts(value | CONTRACT.resolve(value))

    assert not [part for part in parts(CONTRACT.schemas[schema]) if part.get("x-secret")]
    assert seen


def test_gaps(chcloud: Program, stub: Stub) -> None:
    """A service of which the API says next to nothing is listed and shown all the same."""
    reach = ("--url", stub.url, "--organization", ORGANIZATION)

    stub.answer({"result": [{"name": "bare"}]})
    assert chcloud("services", "list", *reach).lines[1] == "bare"

    stub.answer({"result": {"name": "bare"}})
    shown = chcloud("services", "get", SERVICE, *reach).lines
    assert [line.split() for line in shown] == [["name", "bare"], ["idles", "never"]]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x1b[2Jb [red] :smile:", "a [2Jb [red] :smile:"),
        ("prod\u202ecte", r"prod\u202ecte"),
        ("\u2066a\u2069 \u200bb", r"\u2066a\u2069 \u200bb"),
        ("zurück א", "zurück א"),
    ],
)
def test_names_of_all_kinds(
    chcloud: Program, monkeypatch: pytest.MonkeyPatch, name: str, shown: str
) -> None:
    """What the API sends does not steer the terminal or mislead, and is never taken for markup."""
    with Emulator([{"name": name, "state": "idle"}], time_scale=0) as emulator:
        for variable, value in environment(emulator).items():
            monkeypatch.setenv(variable, value)

        line = chcloud("services", "list").lines[1]

    assert line.startswith(f"{shown}  idle")
