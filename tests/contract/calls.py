"""Calls of methods with every argument, what they have to send, and responses to them."""

from __future__ import annotations

import functools
import json
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, get_args, get_origin

import attrs

from clickhouse_cloud_async.codegen.bodies import header_parameters
from clickhouse_cloud_async.core.files import Upload
from clickhouse_cloud_async.core.model import Model
from clickhouse_cloud_async.core.operation import ResultKind

from .surface import body_class, body_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.core.contract import ContractOperation, Parameter
    from clickhouse_cloud_async.core.paging import Paging

    from .recorder import Recorded, Recorder
    from .surface import Method, Surface

CONTENT = b"content of a file\n"
"""What uploads and downloads carry."""


@attrs.frozen
class Call:
    """A call of a method with every argument, and what has to go over the wire.

    Attributes:
        name: Place of the method on the client.
        operation: Id of its operation.
        method: HTTP method of the request.
        positional: Arguments by position.
        keywords: Arguments by keyword.
        segments: Expected segments of the path.
        query: Expected names and values of the query.
        body: Expected JSON body; None for none.
        headers: Expected header fields, beside those of every request.
        authorization: Expected header of that name.
        is_upload: Whether the body is `CONTENT`.
    """

    name: str
    operation: str
    method: str
    positional: tuple[Any, ...]
    keywords: dict[str, Any]
    segments: tuple[str, ...]
    query: frozenset[tuple[str, str]]
    body: Any
    headers: frozenset[tuple[str, str]] = frozenset()
    authorization: str | None = None
    is_upload: bool = False

    def on(self, client: object) -> Any:
        """Make the call on a client."""
        function: Any = functools.reduce(getattr, self.name.split("."), client)
        return function(*self.positional, **self.keywords)

    def differences(self, sent: Recorded) -> list[str]:
        """Return where a request is not as expected."""
        expected = {
            "method": self.method,
            "segments": self.segments,
            "query": sorted(self.query),
            "body": self.body,
            "authorization": self.authorization,
        }
        found = {name: getattr(sent, name) for name in expected} | {"query": sorted(sent.query)}
        if self.body is not None:
            expected["content_type"], found["content_type"] = "application/json", sent.content_type
        for name, value in self.headers:
            expected[name], found[name] = value, sent.headers.get(name)
        if self.is_upload:
            expected["upload"], found["upload"] = True, CONTENT in sent.content
        return [
            f"{name}: {found[name]!r}, not {value!r}"
            for name, value in expected.items()
            if found[name] != value
        ]


def call_of(surface: Surface, method: Method, seed: int, *, as_models: bool = False) -> Call:
    """A call with every argument that a method takes.

    Args:
        surface: The API.
        method: The async method.
        seed: Seed of the generated values.
        as_models: Whether objects inside the body are given as models rather than as JSON.
    """
    facts, operation = surface.operation(method), method.operation
    assert operation is not None
    ids = _ids(surface, facts)
    body = _body(surface, method, seed)
    by_position = positional_arguments(surface, method, ids, body)
    query = {p.name: _query_value(surface, method, p, seed) for p in facts.parameters_in("query")}
    headers = {p.name: f"value of {p.name}" for p in header_parameters(facts)}
    is_upload = operation.body is Upload
    if method.takes_whole_body:
        by_position.append(Upload(CONTENT, filename="a.txt") if is_upload else body)
    segments = tuple(
        ids[segment[1:-1]] if segment.startswith("{") else segment
        for segment in facts.path.split("/")[1:]
    )
    names = surface.python_names(method)
    keywords = {names[wire]: value for wire, value in (query | headers).items()}
    keywords |= body_arguments(method, body, as_models=as_models)
    return Call(
        name=method.name,
        operation=facts.id,
        method=facts.method,
        positional=tuple(by_position),
        keywords=keywords | dict(surface.choices.get(facts.id, {})),
        segments=segments,
        query=frozenset((name, text) for name in query for text in _texts(query[name])),
        body=body,
        headers=frozenset(headers.items()),
        authorization=surface.authorization[operation.auth],
        is_upload=is_upload,
    )


def _ids(surface: Surface, facts: ContractOperation) -> dict[str, str]:
    """A value for each parameter of a path, with all that has to be encoded where that may be."""
    ids: dict[str, str] = {}
    for index, parameter in enumerate(facts.parameters_in("path")):
        name, prefix = parameter.name, parameter.schema.get("x-id-prefix", "")
        pattern = surface.api.path_patterns.get(name, ".*")
        texts = (f"{prefix}{name} №/{index}?#%", f"{prefix}a{index}", f"12345678901234567{index}")
        ids[name] = next(text for text in texts if re.fullmatch(pattern, text))
    scopes = surface.api.scopes_in(facts.path)
    return ids | {name: surface.arguments[scope.argument] for name, scope in scopes.items()}


def positional_arguments(
    surface: Surface, method: Method, ids: dict[str, str], body: Any
) -> list[Any]:
    """The ids that a method takes by position; those of an address are one argument."""
    names = [parameter.name for parameter in surface.by_position(method)]
    address = surface.address_of(method)
    if address is None:
        return [ids[name] for name in names]
    found = body if {*address.parameters} <= {*(body or ())} else ids
    kind = getattr(import_module(f"{surface.samples.models.__name__}.addresses"), address.name)
    parts = {
        field.name: found[wire]
        for field, wire in zip(attrs.fields(kind), address.parameters, strict=False)
        if wire in found
    }
    return [kind(**parts), *(ids[name] for name in names if name not in address.parameters)]


def _body(surface: Surface, method: Method, seed: int) -> Any:
    """The body that a call with every argument sends."""
    schema = surface.operation(method).body
    if schema is None:
        return None
    body = surface.samples.sample(schema, seed)
    if body_class(method.operation) is None:
        return body
    given = {wire for name, wire in body_fields(method.operation) if name in method.arguments}
    if address := surface.address_of(method):
        given |= {*address.parameters} & body.keys()
    return {wire: value for wire, value in body.items() if wire in given} | dict(method.presets)


def body_arguments(method: Method, body: Any, *, as_models: bool = False) -> dict[str, Any]:
    """The fields of a body as arguments, as far as they are there."""
    fields = body_fields(method.operation)
    given = {f: wire for f, wire in fields if f in method.arguments and wire in body}
    kind = body_class(method.operation)
    if kind is None or not as_models or not given:
        return {field: body[wire] for field, wire in given.items()}
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
    if operation.result_kind is ResultKind.BYTES:
        return facts.success_status, "application/octet-stream", CONTENT.decode()
    if schema is None or "json" not in (media or ""):
        return facts.success_status, media or "text/plain", "text\nof a response" if media else ""
    answer = surface.samples.sample(schema, seed)
    if operation.paging is not None:
        _make_last(answer, operation.paging)
    if surface.api.envelope and isinstance(answer, dict):
        for mark in surface.api.problems.marks:
            answer.pop(mark, None)  # it stands in place of a result
    return facts.success_status, media, answer


def _make_last(answer: Any, paging: Paging) -> None:
    """Make a page the last one, and the only one."""
    items = _at(answer, paging.items)
    for keys, value in ((paging.cursor, None), (paging.total, len(items))):
        if keys:
            _at(answer, keys[:-1])[keys[-1]] = value


def _at(document: Any, keys: tuple[str, ...]) -> Any:
    return functools.reduce(lambda found, key: found[key], keys, document)


def prepare(surface: Surface, recorder: Recorder, method: Method, seed: int) -> Any:
    """Let the server give a schema-valid response, and return the result that it holds."""
    operation = method.operation
    assert operation is not None
    status, media, answer = response_of(surface, method, seed)
    recorder.answer(status, media, answer)
    if operation.result_kind is ResultKind.LOCATION:
        recorder.headers["Location"] = "https://portal.example.com/session"
        return recorder.headers["Location"]
    if operation.result_kind is ResultKind.BYTES:
        return CONTENT
    keys = operation.paging.items if operation.paging else operation.keys
    return None if operation.result is None else _at(answer, keys)


def is_made_of_models(method: Method) -> bool:
    """Return whether a call returns a model, or models."""
    assert method.operation is not None
    result = method.operation.result
    kind = next(iter(get_args(result)), None) if get_origin(result) is list else result
    return isinstance(kind, type) and issubclass(kind, Model)


def answer_with(recorder: Recorder, method: Method, result: object) -> None:
    """Put another result in place of that of the prepared response."""
    operation = method.operation
    assert operation is not None
    keys = operation.paging.items if operation.paging else operation.keys
    answer = json.loads(recorder.body)
    if keys:
        _at(answer, keys[:-1])[keys[-1]] = result
    recorder.body = json.dumps(answer if keys else result).encode()


async def result_of(method: Method, called: Any) -> Any:
    """The result of a call of the async client."""
    return [item async for item in called] if method.is_iterator else await called
