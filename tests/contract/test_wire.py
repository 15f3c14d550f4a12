"""What every method of both clients sends, and what it makes of the answer."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloud
from clickhouse_cloud_async.core.codec import to_json
from tests.samples import problems, sample

from .surface import ASYNC_METHODS, ORGANIZATION, body_fields, contract_operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.core.contract import Parameter
    from clickhouse_cloud_async.core.model import Model

    from .recorder import Recorded, Recorder
    from .surface import Method

OPERATIONS = sorted(name for name, method in ASYNC_METHODS.items() if method.operation is not None)
_REQUIRED = inspect.Parameter.empty

DEMANDED = {"api_keys.create": ("ip_access_list",)}
"""Arguments that the client asks for although the contract does not require them."""

SEEDS = (1, 2, 3)
"""Each chooses other variants where the contract leaves a choice."""


@attrs.frozen
class Call:
    """A call of a method with every argument, and what has to go over the wire.

    Attributes:
        name: Place of the method on the client.
        positional: Arguments by position.
        keywords: Arguments by keyword.
        segments: Expected segments of the path.
        query: Expected names and values of the query.
        body: Expected body; None for none.
    """

    name: str
    positional: tuple[Any, ...]
    keywords: dict[str, Any]
    segments: tuple[str, ...]
    query: frozenset[tuple[str, str]]
    body: Any

    def on(self, client: object) -> Any:
        """Make the call on a client."""
        function: Any = functools.reduce(getattr, self.name.split("."), client)
        return function(*self.positional, **self.keywords)

    def check(self, sent: Recorded) -> None:
        """Check what was sent."""
        assert sent.method == contract_operation(ASYNC_METHODS[self.name]).method
        assert sent.segments == self.segments
        assert sent.body == self.body
        assert sorted(sent.query) == sorted(self.query)
        if self.body is not None:
            assert sent.content_type == "application/json"


def call_of(method: Method, seed: int, *, as_models: bool = False) -> Call:
    """A call with every argument that a method takes.

    Args:
        method: The async method.
        seed: What is made up depends on it.
        as_models: Whether objects inside the body are given as models rather than as JSON.
    """
    facts = contract_operation(method)
    ids = {p.name: f"{p.name} №/{i}?#%" for i, p in enumerate(facts.parameters_in("path"))}
    ids["organizationId"] = ORGANIZATION
    by_position: list[Any] = [ids[name] for name in ids if name != "organizationId"]
    if _takes_organization_first(method):
        by_position.append(ORGANIZATION)
    query = {p.name: _query_value(p, seed) for p in facts.parameters_in("query")}
    body = _body(method, seed)
    if method.takes_union:
        by_position.append(body)
    segments = tuple(
        ids[segment[1:-1]] if segment.startswith("{") else segment
        for segment in facts.path.split("/")[1:]
    )
    return Call(
        method.name,
        tuple(by_position),
        query | _body_arguments(method, body, as_models=as_models),
        segments,
        frozenset((name, text) for name in query for text in _texts(query[name])),
        body,
    )


def _takes_organization_first(method: Method) -> bool:
    parameter = inspect.signature(method.function).parameters.get("organization_id")
    return parameter is not None and parameter.kind is parameter.POSITIONAL_OR_KEYWORD


def _body(method: Method, seed: int) -> Any:
    schema = contract_operation(method).body
    if schema is None:
        return None
    preset = {
        wire: _preset(method, wire)
        for field, wire in body_fields(method.operation)
        if field not in method.arguments
    }
    return sample(schema, seed) | preset


def _body_arguments(method: Method, body: Any, *, as_models: bool) -> dict[str, Any]:
    assert method.operation is not None
    given = {
        field: wire for field, wire in body_fields(method.operation) if field in method.arguments
    }
    if not as_models or not given:
        return {field: body[wire] for field, wire in given.items()}
    kind: type[Model] = method.operation.body
    model = kind.from_dict(body)
    return {field: getattr(model, field) for field in given}


def _preset(method: Method, wire: str) -> str:
    """The one value that a shortcut such as ``services.start`` is named for."""
    assert wire == "command"
    verb = method.name.rpartition(".")[2]
    return {"wake": "awake"}.get(verb, verb)


def _query_value(parameter: Parameter, seed: int) -> Any:
    if parameter.name == "limit":
        # One item is less than a page, so that the answer is the only one.
        return parameter.schema.get("maximum", 100)
    value = sample(parameter.schema, seed)
    if parameter.name == "filter":
        # The client refuses conditions of any other form.
        return [f"tag:{text}" for text in value]
    return value == "true" if parameter.schema.get("format") == "boolean" else value


def _texts(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        yield str(item).lower() if isinstance(item, bool) else str(item)


def prepare(recorder: Recorder, method: Method, seed: int) -> Any:
    """Let the server give a schema-valid answer, and return the result that it holds."""
    facts = contract_operation(method)
    media, schema = facts.success_content
    answer: Any = (
        "text\nof an answer"
        if schema is None or "json" not in (media or "")
        else _last(sample(schema, seed))
    )
    recorder.answer(facts.success_status, media, answer)
    operation = method.operation
    assert operation is not None
    keys = operation.paging.items if operation.paging else operation.keys
    result = functools.reduce(lambda document, key: document[key], keys, answer)
    return None if operation.result is None else result


def _last(answer: Any) -> Any:
    """Make a page the last one."""
    if isinstance(answer, dict):
        return {k: None if k == "nextCursor" else _last(v) for k, v in answer.items()}
    return answer


@pytest.mark.parametrize("name", OPERATIONS)
async def test_async_client_on_the_wire(recorder: Recorder, name: str) -> None:
    """A call sends what the contract asks for, and gives what the answer holds."""
    method = ASYNC_METHODS[name]
    async with AsyncClickHouseCloud(
        "key", "secret", organization_id=ORGANIZATION, base_url=recorder.url, rate_limit=None
    ) as client:
        for seed in SEEDS:
            call, expected = call_of(method, seed), prepare(recorder, method, seed)
            called = call.on(client)
            result = [item async for item in called] if method.is_iterator else await called

            assert len(recorder.requests) == 1
            call.check(recorder.requests[0])
            assert problems(contract_operation(method).body or {}, call.body) == []
            assert to_json(result) == expected


@pytest.mark.parametrize("name", OPERATIONS)
def test_sync_client_on_the_wire(recorder: Recorder, name: str) -> None:
    """The sync client sends the same and gives the same; objects may also be models."""
    method = ASYNC_METHODS[name]
    with ClickHouseCloud(
        "key", "secret", organization_id=ORGANIZATION, base_url=recorder.url, rate_limit=None
    ) as client:
        for seed in SEEDS:
            call = call_of(method, seed, as_models=True)
            expected = prepare(recorder, method, seed)
            result = call.on(client)

            assert to_json(list(result) if method.is_iterator else result) == expected
            assert len(recorder.requests) == 1
            call.check(recorder.requests[0])


@pytest.mark.parametrize("name", OPERATIONS)
async def test_what_is_left_out_is_not_sent(recorder: Recorder, name: str) -> None:
    """A call with nothing but what is required sends nothing else."""
    method = ASYNC_METHODS[name]
    full = call_of(method, SEEDS[0])
    keywords = {n: v for n, v in full.keywords.items() if method.arguments[n].default is _REQUIRED}
    keywords |= {n: full.keywords[n] for n in DEMANDED.get(name, ())}
    wires = {w for f, w in body_fields(method.operation) if f in keywords}
    presets = {w for f, w in body_fields(method.operation) if f not in method.arguments}
    query = frozenset((n, text) for n, text in full.query if n in keywords)
    body = full.body
    if isinstance(body, dict) and not method.takes_union:
        body = {wire: value for wire, value in body.items() if wire in wires | presets}
    minimal = attrs.evolve(full, keywords=keywords, query=query, body=body)
    prepare(recorder, method, SEEDS[0])
    async with AsyncClickHouseCloud(
        "key", "secret", organization_id=ORGANIZATION, base_url=recorder.url, rate_limit=None
    ) as client:
        called = minimal.on(client)
        if method.is_iterator:
            await anext(aiter(called), None)
        else:
            await called

    minimal.check(recorder.requests[0])
