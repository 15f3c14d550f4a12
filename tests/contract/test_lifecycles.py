"""Lifecycles agree with the contract."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final, get_args

import attrs
import pytest

from clickhouse_cloud_async.codegen.words import words
from clickhouse_cloud_async.core.model import wire_name

from .apis import EVERY_SURFACE, each_of

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import Schema
    from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle

    from .surface import Surface


def lifecycles(surface: Surface) -> dict[str, Lifecycle[Any]]:
    """Return what changes by itself in an API, by kind."""
    return {lifecycle.kind: lifecycle for lifecycle in surface.waits.values()}


def with_states(surface: Surface) -> list[str]:
    """The kinds that have states."""
    return [kind for kind, lifecycle in lifecycles(surface).items() if lifecycle.state]


def listed(surface: Surface) -> list[str]:
    """The kinds that a list shows."""
    return [kind for kind, lifecycle in lifecycles(surface).items() if lifecycle.list]


EVERY_KIND: Final = each_of(lifecycles)


def enum_of(surface: Surface, schema: str, wire: str) -> frozenset[str]:
    """The names of the values that the contract lists for a property; empty where any will do."""
    schemas = surface.samples.schemas
    found: Schema = schemas.schemas[schema]["properties"][wire]
    return frozenset(words(schemas.resolve(found)).values())


def schemas_of(surface: Surface, lifecycle: Lifecycle[Any]) -> list[str]:
    """The schemas that a lifecycle's model stands for."""
    samples = surface.samples
    return [n for n in samples.model_schemas if samples.model_of(n) is lifecycle.model]


@EVERY_SURFACE
def test_whatever_changes_by_itself_has_a_lifecycle(surface: Surface) -> None:
    """Each state in a response belongs to a lifecycle, unless it does not change by itself."""
    schemas = surface.samples.schemas
    places = {
        f"{schema}.{wire}": enum_of(surface, schema, wire)
        for schema in surface.samples.model_schemas
        if schemas.response_only(schema)
        for wire in ("state", "status")
        if wire in schemas.schemas[schema]["properties"] and enum_of(surface, schema, wire)
    }
    known = {lifecycles(surface)[kind].states for kind in with_states(surface)}
    without = {place for place, states in places.items() if states not in known}

    assert without == surface.without_lifecycle.keys()
    assert known <= set(places.values())


@pytest.mark.parametrize(("surface", "kind"), each_of(with_states))
def test_states_are_the_contracts(surface: Surface, kind: str) -> None:
    """A lifecycle knows the states that the contract lists, and speaks of no other."""
    lifecycle = lifecycles(surface)[kind]
    spoken_of = {*lifecycle.transitional, *lifecycle.terminal, *lifecycle.gone, *lifecycle.advice}
    wire = wire_name(lifecycle.model, lifecycle.state)

    assert {enum_of(surface, schema, wire) for schema in schemas_of(surface, lifecycle)} == {
        lifecycle.states
    }
    assert spoken_of <= lifecycle.states
    assert not lifecycle.terminal & (lifecycle.gone | lifecycle.transitional.keys())
    assert all(seconds > 0 for seconds in lifecycle.transitional.values())
    assert lifecycle.dormant <= lifecycle.up <= lifecycle.states
    assert not lifecycle.up & (lifecycle.terminal | lifecycle.gone | lifecycle.transitional.keys())
    assert lifecycle.deleted <= lifecycle.gone
    assert lifecycle.leads_to.keys() <= lifecycle.transitional.keys()
    assert {*lifecycle.leads_to.values()} <= lifecycle.states


@pytest.mark.parametrize(("surface", "kind"), EVERY_KIND)
def test_things_are_found_by_their_ids(surface: Surface, kind: str) -> None:
    """What is asked for a thing is asked for its siblings, but for its own id."""
    lifecycle = lifecycles(surface)[kind]
    fields = {field.name for field in attrs.fields(lifecycle.model)}
    asked = [each for each in (lifecycle.get, lifecycle.list) if each is not None]
    operations = surface.samples.contract.operations
    parents = [set(each.pieces[1::2]) - {lifecycle.item} for each in asked]

    assert not lifecycle.state or lifecycle.state in fields
    assert not lifecycle.list or lifecycle.identity in fields
    assert all(each == parents[0] for each in parents)
    assert [each.path for each in asked] == [operations[each.id].path for each in asked]
    assert lifecycle.get is None or lifecycle.item in lifecycle.get.pieces


@pytest.mark.parametrize(("surface", "kind"), each_of(listed))
def test_lists_show_states(surface: Surface, kind: str) -> None:
    """A list has items of the lifecycle's type, or an object with such a list."""
    lifecycle = lifecycles(surface)[kind]
    assert lifecycle.list is not None
    result, samples = lifecycle.list.result, surface.samples
    if get_args(result) == (lifecycle.model,):
        return
    (holder,) = (n for n in samples.model_schemas if samples.model_of(n) is result)
    items: Schema = samples.schemas.schemas[holder]["properties"][lifecycle.within[0]]["items"]

    assert schemas_of(surface, lifecycle) == [items["$ref"].rpartition("/")[2]]


@pytest.mark.parametrize(("surface", "kind"), EVERY_KIND)
def test_methods(surface: Surface, kind: str) -> None:
    """A thing can be waited for; with states of its own it is followed, and waited for to go."""
    lifecycle = lifecycles(surface)[kind]
    names = [name for name, waited in surface.waits.items() if waited is lifecycle]
    (namespace,) = {name.rpartition(".")[0] for name in names}
    own = [name.removeprefix(f"{namespace}.") for name in names]
    is_deleted = f"{namespace}.delete" in surface.async_methods

    assert [name for name in own if name.startswith("wait_until")]
    assert lifecycle.state or not [name for name in own if name.startswith("follow")]
    if "wait_until" in own and lifecycle.state:
        assert "follow" in own
        assert not (lifecycle.gone and is_deleted) or "wait_until_gone" in own


@pytest.mark.parametrize(("surface", "name"), each_of(lambda surface: surface.waits))
@pytest.mark.parametrize("is_async", [True, False], ids=["async", "sync"])
def test_methods_name_what_they_ask(surface: Surface, name: str, *, is_async: bool) -> None:
    """The docstring of a wait names the operations that it looks with, and how it ends badly."""
    lifecycle = surface.waits[name]
    methods = surface.async_methods if is_async else surface.sync_methods
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


@pytest.mark.parametrize(("surface", "name"), each_of(lambda surface: surface.waits))
def test_arguments(surface: Surface, name: str) -> None:
    """Ids come first, then what is waited for; a wait has a time limit of its own."""
    lifecycle = surface.waits[name]
    asked = lifecycle.list or lifecycle.get
    assert asked is not None
    path = {*asked.pieces[1::2], lifecycle.item}
    address = surface.address_of(surface.async_methods[name])
    if address is not None:
        path = {*path - {*address.parameters}, address.name}
    arguments = inspect.signature(surface.async_methods[name].function).parameters
    by_position = [p.name for p in arguments.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    waits_for = [n for n in ("target", "until") if n in arguments]

    scopes = surface.api.scopes_in(asked.path).keys() - {lifecycle.item}
    assert len(by_position) == len(path - scopes) + (waits_for == ["target"])
    assert arguments["timeout"].default == (None if waits_for == ["until"] else 1800.0)
    for scope in arguments.keys() & surface.scope_arguments - {*by_position}:
        assert arguments[scope].default is None
