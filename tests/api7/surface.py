"""What the clients of API7 Cloud offer, and values that fit its contract."""

from __future__ import annotations

import inspect
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.api7 import API7Cloud, AsyncAPI7Cloud
from clickhouse_cloud_async.core.contract import load_contract, ref_name
from tests.contract.surface import Method, body_fields, namespaces
from tests.sampling import Sampler

from .tokens import TOKEN

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import ContractOperation, Schema

CONTRACT = load_contract("api7")
ORGANIZATION, CONTROL_PLANE = "101", "202"
SCOPES = {"id": ("organization_id", ORGANIZATION), "control_plane_id": ("control_plane_id", "202")}
OTHERS = {"timeout", "extra", "organization_id", "control_plane_id"}


def methods(client: object) -> dict[str, Method]:
    """Every public method of every namespace of a client, by its place."""
    found: dict[str, Method] = {}
    for place, _ in namespaces(client):
        namespace = getattr(client, place)
        for name in dir(type(namespace)):
            value = getattr(namespace, name)
            if not name.startswith("_") and inspect.ismethod(value):
                found[f"{place}.{name}"] = Method(f"{place}.{name}", value, frozenset(OTHERS))
    return found


ASYNC_METHODS = methods(AsyncAPI7Cloud(TOKEN))
SYNC_METHODS = methods(API7Cloud(TOKEN))
"""The methods of the clients; nobody ever calls these."""

COMBINED = {
    "applications.get_by_name",
    "applications.import_openapi",
    "canary_releases.finish",
    "canary_releases.pause",
    "canary_releases.start",
    "consumers.get_by_name",
    "control_planes.get_by_name",
}
"""Methods that are more than one operation."""

OPERATIONS = sorted(
    name
    for name, method in ASYNC_METHODS.items()
    if method.operation is not None and name not in COMBINED
)
"""The methods that carry out one operation each."""


class _Sampler(Sampler):
    """Knows ids that are numbers, and schemas that are made of others."""

    def sample(self, schema: Schema, name: str = "value") -> Any:
        return super().sample(flat(schema) if "allOf" in schema else schema, name)

    def _text(self, schema: Schema, name: str) -> str:
        if name == "member_id" or schema.get("pattern") in {"^[0-9]+$", "^[1-9][0-9]*$"}:
            return str(self._random.randint(10**17, 10**18))
        text = super()._text({**schema, "pattern": ""}, name)
        return f"/{text}" if schema.get("pattern") == "^/" else text


def flat(schema: Schema) -> Schema:
    """A schema that is made of others, as one."""
    if "$ref" in schema:
        return flat(CONTRACT.schemas[ref_name(schema)])
    properties: dict[str, Schema] = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        properties |= flat(part).get("properties", {})
    return {"type": "object", "properties": properties} if properties else schema


def sample(schema: Schema, seed: int, name: str = "value") -> Any:
    """A value with every property, always the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - samples are no secrets
    return _Sampler(CONTRACT, chance, datetime(2030, 1, 2, tzinfo=UTC)).sample(schema, name)


@attrs.frozen
class Call:
    """A call with every argument, and what has to go over the wire.

    Attributes:
        method: The method.
        positional: Arguments by position.
        keywords: Arguments by keyword.
        segments: Expected segments of the path.
        query: Expected names and values of the query.
        body: Expected body; None for none.
    """

    method: Method
    positional: tuple[Any, ...]
    keywords: dict[str, Any]
    segments: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    body: Any


def facts_of(method: Method) -> ContractOperation:
    """The contract's view of the operation that a method carries out."""
    operation = method.operation
    assert operation is not None
    return CONTRACT.operations[operation.id]


def call_of(method: Method, seed: int) -> Call:
    """A call with every argument that a method takes."""
    facts, signature = facts_of(method), inspect.signature(method.function)
    ids: dict[str, Any] = {
        p.name: sample(p.schema, seed, p.name) for p in facts.parameters_in("path")
    }
    positional: list[Any] = []
    for name in list(ids):
        argument, scope = SCOPES.get(name, ("", ""))
        parameter = signature.parameters.get(argument)
        by_position = parameter is None or parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        if argument:
            ids[name] = scope
        if by_position:
            positional.append(ids[name])
    body: Any = None if facts.body is None else sample(facts.body, seed)
    fields = body_fields(method.operation)
    keywords: dict[str, Any] = {}
    if fields:
        keywords = {field: body[wire] for field, wire in fields if field in method.arguments}
        given = {wire for field, wire in fields if field in method.arguments}
        shown = {wire: value for wire, value in body.items() if wire in given}
        body = shown or {"active": int(method.name.endswith(".unpublish"))}
    elif body is not None and facts.id != "createControlPlane":
        positional.append(body)
    query = {p.name: sample(p.schema, seed) for p in facts.parameters_in("query")}
    segments = tuple(
        ids[segment[1:-1]] if segment.startswith("{") else segment
        for segment in facts.path.split("/")[1:]
    )
    pairs = [
        (name, str(item))
        for name, value in query.items()
        for item in (value if isinstance(value, list) else [value])
    ]
    return Call(method, tuple(positional), keywords | query, segments, tuple(sorted(pairs)), body)


def answer_of(method: Method, seed: int) -> tuple[Any, Any]:
    """A response that fits the contract, and the result that it holds."""
    _media, schema = facts_of(method).success_content
    answer = sample(schema or {"type": "object"}, seed)
    answer.pop("error", None)  # it stands in place of a payload
    operation = method.operation
    assert operation is not None
    if operation.id == "createConsumerJwt":
        answer["payload"] = "a.b.c"
    result = answer
    for key in operation.paging.items if operation.paging else operation.keys:
        result = result[key]
    if operation.paging:
        answer["payload"]["count"] = len(result)
    return answer, None if operation.result is None else result
