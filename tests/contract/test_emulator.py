"""Both clients against the emulator, through every operation of the contract."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    APIStatusError,
    AsyncClickHouseCloud,
    ClickHouseCloud,
    ServerError,
)
from clickhouse_cloud_async.codegen.naming import snake_case
from clickhouse_cloud_async.emulator import Emulator
from tests.samples import CONTRACT, sample

from .surface import ASYNC_METHODS, body_fields

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from clickhouse_cloud_async.core.contract import ContractOperation, Schema

PLAIN_METHODS = {
    method.operation.id: method
    for method in ASYNC_METHODS.values()
    if method.operation is not None and not method.is_iterator and not method.is_preset
}

FIXED: dict[str, dict[str, Any]] = {
    "clickPipeStateUpdate": {"command": "stop"},
    "instanceStateUpdate": {"command": "start"},
    "postgresServicePatchState": {"command": "restart"},
    "serviceClickhouseSettingsUpdate": {"settings": {"max_threads": 4}},
    "scalingScheduleUpsert": {
        "entries": [{"name": "night", "weekdays": [1], "startHourUtc": 0, "endHourUtc": 6}]
    },
    "udfAttach": {"version": 1},
}
"""Bodies that the state of the organisation allows, in place of made-up ones."""

QUERY = {"cloud_provider": "aws", "filter": ["tag:env"]}
"""Values with a syntax of their own."""

MEANINGLESS = {"numReplicas", "transparentDataEncryptionKeyId"}
"""Fields that exclude others."""


def _turn(operation: ContractOperation) -> tuple[int, int]:
    """When an operation finds what it needs: creations, lists, changes, single things, deletions.

    Creations go from the outside in, deletions the other way.
    """
    depth = operation.path.count("/")
    if operation.id == "instanceGetList":
        return 0, depth
    if operation.method == "GET":
        return (4 if operation.path.endswith("}") else 2), depth
    if operation.method == "DELETE":
        return 5, -depth
    return (3 if operation.method == "PATCH" else 1), depth


REFUSED = {"instanceDelete"}
"""What the order of the walk does not allow: the service is on its way up."""

OPERATIONS = sorted(CONTRACT.operations.values(), key=_turn)


IDS = {
    "services": "5c2b7c1e-6d4e-4a8e-8f63-2f4a5d1c9b70",
    "services/{serviceId}/clickhouseSettings": "max_threads",
    "udfs/{functionName}/attachments": "5c2b7c1e-6d4e-4a8e-8f63-2f4a5d1c9b70",
    "udfs/{functionName}/versions": "1",
}
"""What is in each collection from the start, or named by what is put there."""


class Walk:
    """Knows what to call each operation with, from the answers to those before it."""

    def __init__(self) -> None:
        self._ids = dict(IDS)
        self.refused: dict[str, str] = {}

    def arguments(self, operation: ContractOperation) -> tuple[list[Any], dict[str, Any]]:
        """What to call the method of an operation with."""
        prefix: list[str] = []
        positional: list[Any] = []
        for segment in operation.path.split("/"):
            if segment.startswith("{") and segment != "{organizationId}":
                collection = "/".join(prefix).rpartition("/{organizationId}/")[2]
                positional.append(self._ids[collection])
            prefix.append(segment)
        keywords: dict[str, Any] = {
            p.name: QUERY.get(p.name) or self._query_value(p.schema)
            for p in operation.parameters_in("query")
            if p.name not in {"cursor", "limit", "offset"}
        }
        method = PLAIN_METHODS[operation.id]
        body = None if operation.body is None else self._body(operation)
        if method.takes_union:
            positional.append(body)
        elif body is not None:
            keywords |= {f: body[w] for f, w in body_fields(method.operation) if w in body}
        return positional, keywords

    def _query_value(self, schema: Schema) -> Any:
        return True if schema.get("format") == "boolean" else sample(schema)

    def _body(self, operation: ContractOperation) -> dict[str, Any]:
        assert operation.body is not None
        made_up = FIXED.get(operation.id) or sample(operation.body)
        return {wire: value for wire, value in made_up.items() if wire not in MEANINGLESS}

    def remember(self, operation: ContractOperation, result: Any) -> None:
        """Keep the id that an answer holds for the operations on what it names."""
        parameter = next(
            (
                o.path.removeprefix(f"{operation.path}/{{").partition("}")[0]
                for o in CONTRACT.operations.values()
                if o.path.startswith(f"{operation.path}/{{")
            ),
            None,
        )
        item = result[0] if isinstance(result, list) and result else result
        for attribute in (snake_case(parameter or ""), "id", "key", "service", "name"):
            value = getattr(item, attribute, None)
            value = getattr(value, "id", value)
            if parameter and isinstance(value, str):
                self._ids.setdefault(operation.path.rpartition("/{organizationId}/")[2], value)
                return

    def refuse(self, operation: ContractOperation, error: APIStatusError) -> None:
        """Keep why an operation was refused; the emulator itself must not fail."""
        assert not isinstance(error, ServerError)
        self.refused[operation.id] = str(error)

    def check(self, emulator: Emulator) -> None:
        """Check that every operation was asked for, and that almost none was refused."""
        asked = {request.operation_id for request in emulator.requests}
        assert asked == CONTRACT.operations.keys()
        assert self.refused.keys() <= REFUSED, self.refused


@pytest.fixture
def stopped() -> Iterator[Emulator]:
    """An emulator with one stopped service."""
    with Emulator([{"id": IDS["services"], "state": "stopped"}], time_scale=0) as running:
        yield running


@pytest.mark.anyio
async def test_async_client_walks_the_emulator(stopped: Emulator) -> None:
    """The async client understands each answer, and hardly any call is refused."""
    walk = Walk()
    async with AsyncClickHouseCloud(
        stopped.api_key, stopped.api_secret, base_url=stopped.url
    ) as client:
        for operation in OPERATIONS:
            positional, keywords = walk.arguments(operation)
            call: Callable[..., Awaitable[Any]] = _method(client, operation)
            try:
                walk.remember(operation, await call(*positional, **keywords))
            except APIStatusError as error:
                walk.refuse(operation, error)

    walk.check(stopped)


def test_sync_client_walks_the_emulator(stopped: Emulator) -> None:
    """The sync client understands each answer, and hardly any call is refused."""
    walk = Walk()
    with ClickHouseCloud(stopped.api_key, stopped.api_secret, base_url=stopped.url) as client:
        for operation in OPERATIONS:
            positional, keywords = walk.arguments(operation)
            try:
                walk.remember(operation, _method(client, operation)(*positional, **keywords))
            except APIStatusError as error:
                walk.refuse(operation, error)

    walk.check(stopped)


def _method(client: object, operation: ContractOperation) -> Callable[..., Any]:
    name = PLAIN_METHODS[operation.id].name
    found: Any = functools.reduce(getattr, name.split("."), client)
    method: Callable[..., Any] = found
    return method
