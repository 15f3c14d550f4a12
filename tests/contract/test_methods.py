"""Each operation of the contract is a method, and each method an operation."""

from __future__ import annotations

import inspect
from collections import defaultdict

import pytest

from clickhouse_cloud_async.core.messages import ResultKind

from .surface import SURFACES, Method, Surface, body_fields, each_of

EXTENSIONS = {"clickhouse": {"clickpipes.edit", "services.get_by_name", "services.reconcile"}}
"""Methods that combine others, by API."""

SIZES = {"clickhouse": (174, 398)}
"""How many operations and schemas each API is known to have."""

OPERATIONS = each_of(lambda surface: surface.operations)
EVERY_SURFACE = pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)


def by_operation(surface: Surface) -> dict[str, list[Method]]:
    """The methods that carry out each operation."""
    found: dict[str, list[Method]] = defaultdict(list)
    for method in surface.async_methods.values():
        if method.operation is not None:
            found[method.operation.id].append(method)
    return found


@EVERY_SURFACE
def test_contract_is_whole(surface: Surface) -> None:
    """The contract holds as many operations and schemas as the API is known to have."""
    contract = surface.samples.contract
    assert (len(contract.operations), len(contract.schemas)) == SIZES[surface.name]


@EVERY_SURFACE
def test_operation_has_one_method(surface: Surface) -> None:
    """Beside iterators and shortcuts with fixed fields, one method carries out an operation."""
    plain = {
        operation: [m.name for m in methods if not m.is_iterator and not m.is_preset]
        for operation, methods in by_operation(surface).items()
    }

    assert plain.keys() == surface.samples.contract.operations.keys()
    assert {operation: names for operation, names in plain.items() if len(names) != 1} == {}


@EVERY_SURFACE
def test_methods_carry_out_operations(surface: Surface) -> None:
    """Only extensions and waits name none."""
    without = {name for name, method in surface.async_methods.items() if method.operation is None}

    assert without == EXTENSIONS[surface.name] | surface.waits.keys()


@EVERY_SURFACE
def test_sync_client_has_the_same_methods(surface: Surface) -> None:
    """Every method of the async client is one of the sync client, and the other way round."""
    assert surface.async_methods.keys() == surface.sync_methods.keys()


@EVERY_SURFACE
def test_presets_and_iterators_stand_beside_the_plain_method(surface: Surface) -> None:
    """A shortcut or an iterator is in the namespace of the method that it varies."""
    for variants in by_operation(surface).values():
        assert len({method.name.rpartition(".")[0] for method in variants}) == 1


@pytest.mark.parametrize(("surface", "name"), OPERATIONS)
def test_operation_says_what_the_contract_says(surface: Surface, name: str) -> None:
    """Method, path and query parameters of the request are the contract's."""
    method = surface.async_methods[name]
    operation, facts = method.operation, surface.operation(method)
    assert operation is not None

    assert (operation.method, operation.path) == (facts.method, facts.path)
    assert set(operation.query) == {p.name for p in facts.parameters_in("query")}
    assert (operation.body is None) == (facts.body is None)
    is_text = "json" not in (facts.success_content[0] or "json")
    assert (operation.result_kind is ResultKind.TEXT) == is_text


@pytest.mark.parametrize(("surface", "name"), OPERATIONS)
def test_arguments_are_the_contracts(surface: Surface, name: str) -> None:
    """Ids come first and by position; what the contract requires has no default."""
    method = surface.async_methods[name]
    facts = surface.operation(method)
    arguments = inspect.signature(method.function).parameters
    by_position = {p.name for p in arguments.values() if p.kind is p.POSITIONAL_OR_KEYWORD}
    by_keyword = arguments.keys() - by_position - method.common - method.added
    path = [p.name for p in facts.parameters_in("path")]
    subjects = by_position & surface.arguments.keys()
    ids = len([name for name in path if name not in surface.scopes]) + len(subjects)
    body = surface.samples.contract.resolve(facts.body or {}).get("required", ())
    fields = dict(body_fields(method.operation))
    query = {p.name: p.required for p in facts.parameters_in("query")}
    required = {name for name, wire in fields.items() if wire in body}
    required |= {name for name, needed in query.items() if needed}

    assert len(by_position) == ids + method.takes_union
    assert by_keyword <= fields.keys() | query.keys()
    assert query.keys() <= by_keyword
    assert not [
        p for p in required & by_keyword if arguments[p].default is not inspect.Parameter.empty
    ]
    assert ("extra" in arguments) == (facts.body is not None and not method.takes_union)
    scopes = arguments.keys() & surface.arguments.keys() - by_position
    assert [scope for scope in scopes if arguments[scope].default is not None] == []
