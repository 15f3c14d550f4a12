"""Each operation of the contract is a method, and each method an operation."""

from __future__ import annotations

import inspect
from collections import defaultdict

import pytest

from clickhouse_cloud_async.core.messages import ResultKind
from tests.samples import CONTRACT

from .surface import ASYNC_METHODS, SYNC_METHODS, WAITS, Method, body_fields, contract_operation

EXTENSIONS = {"services.get_by_name", "services.reconcile"}
"""Methods that combine others."""

BY_OPERATION: dict[str, list[Method]] = defaultdict(list)
for _method in ASYNC_METHODS.values():
    if _method.operation is not None:
        BY_OPERATION[_method.operation.id].append(_method)

OPERATIONS = sorted(ASYNC_METHODS.keys() - EXTENSIONS - WAITS.keys())


def test_contract_is_whole() -> None:
    """The contract holds as many operations and schemas as the API is known to have."""
    assert (len(CONTRACT.operations), len(CONTRACT.schemas)) == (174, 398)


@pytest.mark.parametrize("operation_id", CONTRACT.operations)
def test_operation_has_one_method(operation_id: str) -> None:
    """Beside iterators and shortcuts with fixed fields, one method carries out an operation."""
    plain = [
        method.name
        for method in BY_OPERATION[operation_id]
        if not method.is_iterator and not method.is_preset
    ]

    assert len(plain) == 1


def test_methods_carry_out_operations() -> None:
    """Only extensions and waits name none, and no method names one that the contract lacks."""
    without = {name for name, method in ASYNC_METHODS.items() if method.operation is None}

    assert without == EXTENSIONS | WAITS.keys()
    assert BY_OPERATION.keys() == CONTRACT.operations.keys()


def test_sync_client_has_the_same_methods() -> None:
    """Every method of the async client is one of the sync client, and the other way round."""
    assert ASYNC_METHODS.keys() == SYNC_METHODS.keys()


def test_presets_and_iterators_stand_beside_the_plain_method() -> None:
    """A shortcut or an iterator is in the namespace of the method that it varies."""
    for variants in BY_OPERATION.values():
        assert len({method.name.rpartition(".")[0] for method in variants}) == 1


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_says_what_the_contract_says(name: str) -> None:
    """Method, path and query parameters of the request are the contract's."""
    method = ASYNC_METHODS[name]
    operation, facts = method.operation, contract_operation(method)
    assert operation is not None

    assert (operation.method, operation.path) == (facts.method, facts.path)
    assert set(operation.query) == {p.name for p in facts.parameters_in("query")}
    assert (operation.body is None) == (facts.body is None)
    is_text = "json" not in (facts.success_content[0] or "json")
    assert (operation.result_kind is ResultKind.TEXT) == is_text


@pytest.mark.parametrize("name", OPERATIONS)
def test_arguments_are_the_contracts(name: str) -> None:
    """Ids come first and by position; what the contract requires has no default."""
    method = ASYNC_METHODS[name]
    facts = contract_operation(method)
    arguments = inspect.signature(method.function).parameters
    by_position = {p.name for p in arguments.values() if p.kind is p.POSITIONAL_OR_KEYWORD}
    common = {"organization_id", "extra", "timeout"}
    by_keyword = arguments.keys() - by_position - common - method.added
    ids = [
        p.name
        for p in facts.parameters_in("path")
        if p.name != "organizationId" or "organization_id" in by_position
    ]
    body = CONTRACT.resolve(facts.body or {}).get("required", ())
    fields = dict(body_fields(method.operation))
    query = {p.name: p.required for p in facts.parameters_in("query")}
    required = {name for name, wire in fields.items() if wire in body}
    required |= {name for name, needed in query.items() if needed}

    assert len(by_position) == len(ids) + method.takes_union
    assert by_keyword <= fields.keys() | query.keys()
    assert query.keys() <= by_keyword
    assert not [
        p for p in required & by_keyword if arguments[p].default is not inspect.Parameter.empty
    ]
    assert ("extra" in arguments) == (facts.body is not None and not method.takes_union)
    if "organization_id" in arguments.keys() - by_position:
        assert arguments["organization_id"].default is None
