"""What every method of both clients sends, and what it makes of the answer."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from clickhouse_cloud_async.core.codec import to_json

from .surface import CHOICES, Surface, body_fields, each_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.core.contract import Parameter
    from clickhouse_cloud_async.core.model import Model

    from .recorder import Recorded, Recorder
    from .surface import Method

OPERATIONS = each_of(lambda surface: surface.operations)
_REQUIRED = inspect.Parameter.empty

DEMANDED = {
    "api_keys.create": ("ip_access_list",),
    "postgres.create": ("ip_access_list",),
    "postgres.update": ("tags",),
}
"""Arguments that the client asks for, or reads before, although the contract requires none."""

SEEDS = (1, 2, 3)
"""Each chooses other variants where the contract leaves a choice."""


@attrs.frozen
class Call:
    """A call of a method with every argument, and what has to go over the wire.

    Attributes:
        name: Place of the method on the client.
        method: HTTP method of the request.
        positional: Arguments by position.
        keywords: Arguments by keyword.
        segments: Expected segments of the path.
        query: Expected names and values of the query.
        body: Expected body; None for none.
    """

    name: str
    method: str
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
        assert sent.method == self.method
        assert sent.segments == self.segments
        assert sent.body == self.body
        assert sorted(sent.query) == sorted(self.query)
        if self.body is not None:
            assert sent.content_type == "application/json"


def call_of(surface: Surface, method: Method, seed: int, *, as_models: bool = False) -> Call:
    """A call with every argument that a method takes.

    Args:
        surface: The API.
        method: The async method.
        seed: What is made up depends on it.
        as_models: Whether objects inside the body are given as models rather than as JSON.
    """
    facts = surface.operation(method)
    ids = {p.name: f"{p.name} №/{i}?#%" for i, p in enumerate(facts.parameters_in("path"))}
    ids |= {wire: value for wire, value in surface.scopes.items() if wire in ids}
    by_position: list[Any] = [ids[name] for name in ids if name not in surface.scopes]
    by_position += _scopes_by_position(surface, method)
    query = {p.name: _query_value(surface, method, p, seed) for p in facts.parameters_in("query")}
    body = _body(surface, method, seed)
    if method.takes_union:
        by_position.append(body)
    segments = tuple(
        ids[segment[1:-1]] if segment.startswith("{") else segment
        for segment in facts.path.split("/")[1:]
    )
    return Call(
        method.name,
        facts.method,
        tuple(by_position),
        query | _body_arguments(method, body, as_models=as_models) | CHOICES.get(facts.id, {}),
        segments,
        frozenset((name, text) for name in query for text in _texts(query[name])),
        body,
    )


def _scopes_by_position(surface: Surface, method: Method) -> list[str]:
    """The values of scopes that are a method's own subject."""
    parameters = inspect.signature(method.function).parameters
    by_argument = {surface.arguments[n]: p for n, p in parameters.items() if n in surface.arguments}
    return [
        value
        for value in surface.scopes.values()
        if value in by_argument
        and by_argument[value].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]


def _body(surface: Surface, method: Method, seed: int) -> Any:
    schema = surface.operation(method).body
    if schema is None:
        return None
    return surface.samples.sample(schema, seed) | surface.presets(method)


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


def _query_value(surface: Surface, method: Method, parameter: Parameter, seed: int) -> Any:
    paging = method.operation.paging if method.operation else None
    if paging is not None and parameter.name == paging.size_parameter:
        # One item is less than a page, so that the response is the only one.
        return parameter.schema.get("maximum", 100)
    value = surface.samples.sample(parameter.schema, seed)
    if parameter.name in surface.forms:
        return surface.forms[parameter.name](value)
    return value == "true" if parameter.schema.get("format") == "boolean" else value


def _texts(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        yield str(item).lower() if isinstance(item, bool) else str(item)


def response_of(surface: Surface, method: Method, seed: int) -> tuple[int, str | None, Any]:
    """Status, media type and content of a schema-valid response, which is the last page."""
    facts, operation = surface.operation(method), method.operation
    assert operation is not None
    media, schema = facts.success_content
    if schema is None or "json" not in (media or ""):
        return facts.success_status, media, "text\nof a response"
    answer = surface.samples.sample(schema, seed)
    if operation.paging is not None and operation.paging.cursor:
        _make_last(answer, operation.paging.cursor)
    return facts.success_status, media, answer


def prepare(surface: Surface, recorder: Recorder, method: Method, seed: int) -> Any:
    """Let the server give a schema-valid response, and return the result that it holds."""
    operation = method.operation
    assert operation is not None
    status, media, answer = response_of(surface, method, seed)
    recorder.answer(status, media, answer)
    keys = operation.paging.items if operation.paging else operation.keys
    result = functools.reduce(lambda document, key: document[key], keys, answer)
    return None if operation.result is None else result


def _make_last(answer: Any, cursor: tuple[str, ...]) -> None:
    """Make a page the last one."""
    holder = functools.reduce(lambda document, key: document[key], cursor[:-1], answer)
    holder[cursor[-1]] = None


@pytest.mark.parametrize(("surface", "name"), OPERATIONS)
async def test_async_client_on_the_wire(recorder: Recorder, surface: Surface, name: str) -> None:
    """A call sends what the contract asks for, and gives what the response holds."""
    method = surface.async_methods[name]
    async with surface.connect(recorder.url, is_async=True) as client:
        for seed in SEEDS:
            call = call_of(surface, method, seed)
            expected = prepare(surface, recorder, method, seed)
            called = call.on(client)
            result = [item async for item in called] if method.is_iterator else await called

            assert len(recorder.requests) == 1
            call.check(recorder.requests[0])
            assert surface.samples.problems(surface.operation(method).body or {}, call.body) == []
            assert to_json(result) == expected


@pytest.mark.parametrize(("surface", "name"), OPERATIONS)
def test_sync_client_on_the_wire(recorder: Recorder, surface: Surface, name: str) -> None:
    """The sync client sends the same and gives the same; objects may also be models."""
    method = surface.async_methods[name]
    with surface.connect(recorder.url, is_async=False) as client:
        for seed in SEEDS:
            call = call_of(surface, method, seed, as_models=True)
            expected = prepare(surface, recorder, method, seed)
            result = call.on(client)

            assert to_json(list(result) if method.is_iterator else result) == expected
            assert len(recorder.requests) == 1
            call.check(recorder.requests[0])


@pytest.mark.parametrize(("surface", "name"), OPERATIONS)
async def test_what_is_left_out_is_not_sent(
    recorder: Recorder, surface: Surface, name: str
) -> None:
    """A call with nothing but what is required sends nothing else."""
    method = surface.async_methods[name]
    full = call_of(surface, method, SEEDS[0])
    keywords = {n: v for n, v in full.keywords.items() if method.arguments[n].default is _REQUIRED}
    keywords |= {n: full.keywords[n] for n in DEMANDED.get(name, ())}
    keywords |= CHOICES.get(surface.operation(method).id, {})
    wires = {w for f, w in body_fields(method.operation) if f in keywords}
    presets = {w for f, w in body_fields(method.operation) if f not in method.arguments}
    query = frozenset((n, text) for n, text in full.query if n in keywords)
    body = full.body
    if isinstance(body, dict) and not method.takes_union:
        body = {wire: value for wire, value in body.items() if wire in wires | presets}
    minimal = attrs.evolve(full, keywords=keywords, query=query, body=body)
    prepare(surface, recorder, method, SEEDS[0])
    async with surface.connect(recorder.url, is_async=True) as client:
        called = minimal.on(client)
        if method.is_iterator:
            await anext(aiter(called), None)
        else:
            await called

    minimal.check(recorder.requests[0])
