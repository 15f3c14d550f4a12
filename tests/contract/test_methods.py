"""Each operation of the contract is a method, and each method an operation."""

from __future__ import annotations

import inspect
from collections import defaultdict
from typing import TYPE_CHECKING

from clickhouse_cloud_async.codegen.bodies import header_parameters
from clickhouse_cloud_async.core.operation import ResultKind
from tests.offenders import Offenders

from .apis import EVERY_SURFACE
from .calls import call_of
from .surface import body_class, body_fields

if TYPE_CHECKING:
    from .surface import Method, Surface


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
    assert (len(contract.operations), len(contract.schemas)) == surface.size


@EVERY_SURFACE
def test_operation_has_one_method(surface: Surface) -> None:
    """Beside iterators and shortcuts with fixed fields, one method carries out an operation."""
    plain = {
        operation: [m.name for m in methods if not (m.is_iterator or m.presets or m.is_download)]
        for operation, methods in by_operation(surface).items()
    }

    assert plain.keys() == surface.samples.contract.operations.keys()
    assert {operation: names for operation, names in plain.items() if len(names) != 1} == {}


@EVERY_SURFACE
def test_methods_carry_out_operations(surface: Surface) -> None:
    """Only extensions and waits name none."""
    without = {name for name, method in surface.async_methods.items() if method.operation is None}

    assert without == surface.extensions | surface.waits.keys()


@EVERY_SURFACE
def test_sync_client_has_the_same_methods(surface: Surface) -> None:
    """Every method of the async client is one of the sync client, and the other way round."""
    assert surface.async_methods.keys() == surface.sync_methods.keys()


@EVERY_SURFACE
def test_presets_and_iterators_stand_beside_the_plain_method(surface: Surface) -> None:
    """A shortcut or an iterator is in the namespace of the method that it varies."""
    for variants in by_operation(surface).values():
        assert len({method.name.rpartition(".")[0] for method in variants}) == 1


@EVERY_SURFACE
def test_operations_say_what_the_contract_says(surface: Surface) -> None:
    """Method, path and parameters of a request are the contract's, and so is what comes back."""
    offenders = Offenders()
    for name in surface.operations:
        method = surface.async_methods[name]
        operation, facts = method.operation, surface.operation(method)
        assert operation is not None
        with offenders.at(name):
            assert (operation.method, operation.path) == (facts.method, facts.path)
            assert set(operation.query) == {p.name for p in facts.parameters_in("query")}
            assert set(operation.headers) == {p.name for p in header_parameters(facts)}
            assert (operation.body is None) == ("body" not in facts.facts)
            is_text = "json" not in (facts.success_content[0] or "json")
            assert (operation.result_kind is ResultKind.TEXT) == is_text
            assert (operation.result_kind is ResultKind.LOCATION) == facts.is_redirection
    offenders.check()


@EVERY_SURFACE
def test_arguments_are_the_contracts(surface: Surface) -> None:
    """Ids come first and by position; what the contract requires has no default."""
    offenders = Offenders()
    for name in surface.operations:
        with offenders.at(name):
            check_arguments(surface, surface.async_methods[name])
    offenders.check()


def check_arguments(surface: Surface, method: Method) -> None:
    """Compare the arguments of a method with what the contract says of its operation."""
    facts = surface.operation(method)
    arguments = inspect.signature(method.function).parameters
    by_position = {p.name for p in arguments.values() if p.kind is p.POSITIONAL_OR_KEYWORD}
    by_keyword = arguments.keys() - by_position - method.common - method.added
    fields = dict(body_fields(method.operation))
    names = surface.python_names(method)
    parameters = {names[p.name]: p.required for p in facts.parameters if p.name in names}
    contract = surface.samples.contract
    body = contract.compose(contract.resolve(facts.body or {})).get("required", ())
    required = {name for name, wire in fields.items() if wire in body}
    required |= {name for name, needed in parameters.items() if needed}

    taken = call_of(surface, method, 1).positional
    assert len(by_position) == len(taken) + method.is_download
    assert by_keyword <= fields.keys() | parameters.keys()
    assert parameters.keys() <= by_keyword
    given = {
        n for n in required & by_keyword if arguments[n].default is not inspect.Parameter.empty
    }
    assert given == set()
    takes_object = body_class(method.operation) is not None
    assert ("extra" in arguments) == takes_object
    scopes = arguments.keys() & surface.scope_arguments - by_position
    assert [scope for scope in scopes if arguments[scope].default is not None] == []
