"""What is said about things that change by themselves is what the contract says."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final, get_args

import attrs
import pytest

from clickhouse_cloud_async.core.model import wire_name
from tests.samples import CONTRACT, MODEL_SCHEMAS, SCHEMAS, model_of

from .surface import ASYNC_METHODS, SYNC_METHODS, WAITS, Method

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import Schema
    from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle

LIFECYCLES: Final[dict[str, Lifecycle[Any]]] = {
    lifecycle.kind: lifecycle for lifecycle in WAITS.values()
}

WITH_STATES: Final = [kind for kind, lifecycle in LIFECYCLES.items() if lifecycle.state]
LISTED: Final = [kind for kind, lifecycle in LIFECYCLES.items() if lifecycle.list]

SET_BY_THE_CALLER: Final = {"ApiKey.state": "enabled or disabled by an update"}
MEASURED: Final = {
    "ClickStackAlertResponse.state": "follows what an alert measures, and never ends",
    "ByocInfrastructureProgress.status": "explains the state of infrastructure, which is awaited",
    "ByocInfrastructureProgressStage.status": "the same, of one stage",
}


def enum_of(schema: str, wire: str) -> frozenset[str]:
    """The values that the contract lists for a property; empty where any will do."""
    found: Schema = SCHEMAS.schemas[schema]["properties"][wire]
    return frozenset(SCHEMAS.resolve(found).get("enum", ()))


def schemas_of(lifecycle: Lifecycle[Any]) -> list[str]:
    """The schemas that a lifecycle's model stands for."""
    return [name for name in MODEL_SCHEMAS if model_of(name) is lifecycle.model]


def test_whatever_changes_by_itself_has_a_lifecycle() -> None:
    """Each state in an answer belongs to a lifecycle, unless it does not change by itself."""
    places = {
        f"{schema}.{wire}": enum_of(schema, wire)
        for schema in MODEL_SCHEMAS
        if SCHEMAS.response_only(schema)
        for wire in ("state", "status")
        if wire in SCHEMAS.schemas[schema]["properties"] and enum_of(schema, wire)
    }
    known = {LIFECYCLES[kind].states for kind in WITH_STATES}
    without = {place for place, states in places.items() if states not in known}

    assert without == SET_BY_THE_CALLER.keys() | MEASURED.keys()
    assert known <= set(places.values())


@pytest.mark.parametrize("kind", WITH_STATES)
def test_states_are_the_contracts(kind: str) -> None:
    """A lifecycle knows the states that the contract lists, and speaks of no other."""
    lifecycle = LIFECYCLES[kind]
    spoken_of = {*lifecycle.transitional, *lifecycle.terminal, *lifecycle.gone, *lifecycle.advice}
    wire = wire_name(lifecycle.model, lifecycle.state)

    assert {enum_of(schema, wire) for schema in schemas_of(lifecycle)} == {lifecycle.states}
    assert spoken_of <= lifecycle.states
    assert not lifecycle.terminal & (lifecycle.gone | lifecycle.transitional.keys())
    assert all(seconds > 0 for seconds in lifecycle.transitional.values())
    assert lifecycle.dormant <= lifecycle.up <= lifecycle.states
    assert not lifecycle.up & (lifecycle.terminal | lifecycle.gone | lifecycle.transitional.keys())
    assert lifecycle.deleted <= lifecycle.gone
    assert lifecycle.leads_to.keys() <= lifecycle.transitional.keys()
    assert {*lifecycle.leads_to.values()} <= lifecycle.states


@pytest.mark.parametrize("kind", LIFECYCLES)
def test_things_are_found_by_their_ids(kind: str) -> None:
    """What is asked for a thing is asked for its siblings, but for its own id."""
    lifecycle = LIFECYCLES[kind]
    fields = {field.name for field in attrs.fields(lifecycle.model)}
    asked = [each for each in (lifecycle.get, lifecycle.list) if each is not None]
    parents = [set(each.pieces[1::2]) - {lifecycle.item} for each in asked]

    assert not lifecycle.state or lifecycle.state in fields
    assert not lifecycle.list or lifecycle.identity in fields
    assert all(each == parents[0] for each in parents)
    assert [each.path for each in asked] == [CONTRACT.operations[each.id].path for each in asked]
    assert lifecycle.get is None or lifecycle.item in lifecycle.get.pieces


@pytest.mark.parametrize("kind", LISTED)
def test_lists_show_states(kind: str) -> None:
    """A list has items of the lifecycle's type, or an object with such a list."""
    lifecycle = LIFECYCLES[kind]
    assert lifecycle.list is not None
    schema: Schema = {}
    if lifecycle.within:
        (holder,) = (n for n in MODEL_SCHEMAS if model_of(n) is lifecycle.list.result)
        schema = SCHEMAS.schemas[holder]["properties"][lifecycle.within[0]]["items"]

    assert lifecycle.within or get_args(lifecycle.list.result) == (lifecycle.model,)
    assert not lifecycle.within or schemas_of(lifecycle) == [schema["$ref"].rpartition("/")[2]]


@pytest.mark.parametrize("kind", LIFECYCLES)
def test_methods(kind: str) -> None:
    """A thing can be waited for and followed, and waited for to go where it goes by itself."""
    lifecycle = LIFECYCLES[kind]
    names = [name.rpartition(".")[2] for name, waited in WAITS.items() if waited is lifecycle]

    assert len({name.rpartition(".")[0] for name in WAITS if WAITS[name] is lifecycle}) == 1
    assert bool(lifecycle.state) == any(name.startswith("follow") for name in names)
    assert [name for name in names if name.startswith("wait_until")]
    assert not lifecycle.gone or [n for n in names if n.endswith(("_gone", "_detached"))]


@pytest.mark.parametrize("name", WAITS)
@pytest.mark.parametrize("methods", [ASYNC_METHODS, SYNC_METHODS], ids=["async", "sync"])
def test_methods_name_what_they_ask(methods: dict[str, Method], name: str) -> None:
    """The docstring of a wait names the operations that it looks with, and how it ends badly."""
    lifecycle = WAITS[name]
    text = " ".join((inspect.getdoc(methods[name].function) or "").split())
    asked = [each for each in (lifecycle.get, lifecycle.list) if each is not None]
    is_for_the_end = name.endswith(("_gone", "_detached"))
    endings = lifecycle.terminal | lifecycle.gone

    assert all(f"``{each.method} {each.path}`` ({each.id})" in text for each in asked)
    assert "WaitTimeoutError" in text
    if is_for_the_end:
        may_fail = bool(lifecycle.gone & lifecycle.transitional.keys())
        assert ("UnreachableStateError: It was being deleted" in text) == may_fail
    else:
        assert "Unreachable" not in text or all(f"`{state}`" in text for state in endings)


@pytest.mark.parametrize("name", WAITS)
def test_arguments(name: str) -> None:
    """Ids come first, then what is waited for; a wait has a time limit of its own."""
    lifecycle = WAITS[name]
    path = (lifecycle.list or lifecycle.get).pieces[1::2]  # type: ignore[union-attr]  # one is there
    arguments = inspect.signature(ASYNC_METHODS[name].function).parameters
    by_position = [p.name for p in arguments.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    waits_for = [n for n in ("target", "until") if n in arguments]

    assert len(by_position) == len({*path, lifecycle.item} - {"organizationId"}) + (
        waits_for == ["target"]
    )
    assert arguments["timeout"].default == (None if waits_for == ["until"] else 1800.0)
    assert arguments["organization_id"].default is None
