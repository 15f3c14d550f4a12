"""What the emulator has to know of each operation, worked out once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.apis.clickhouse.emulator.access.permissions import requirements

from .registry import load_bodies, load_handlers
from .router import is_parameter, segments

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.access.permissions import Requirement
    from clickhouse_cloud_async.core.contract import (
        Contract,
        ContractOperation,
        Parameter,
        Schema,
    )

    from .registry import Handler


_JSON = "application/json"


@attrs.frozen
class Endpoint:
    """An operation, ready to be answered.

    Args:
        operation: The operation.
        handler: Answers it.
        parameters: The path's parameters: name and place in the path.
        items: How long the paths of the items are that have to be there.
        needed: The permissions that it needs.
        query: The query's parameters.
        body: Schema of the body, or None where there is none.
        writes: Whether it may change something.
        status: Status of a success.
        media: Media type of a success.
        enveloped: Whether a success stands in an envelope.
        has_result: Whether the envelope holds a result.
        has_issues: Whether a refusal tells the place of a mistake by itself, too.
    """

    operation: ContractOperation
    handler: Handler
    parameters: tuple[tuple[str, int], ...]
    items: tuple[int, ...]
    needed: tuple[Requirement, ...]
    query: tuple[Parameter, ...]
    body: Schema | None
    writes: bool
    status: int
    media: str
    enveloped: bool
    has_result: bool
    has_issues: bool

    def path_parameters(self, path: tuple[str, ...]) -> dict[str, str]:
        """The values of the path's parameters by name."""
        return {name: path[place] for name, place in self.parameters}


@cache
def load_endpoints(contract: Contract) -> dict[str, Endpoint]:
    """Every endpoint by the id of its operation, worked out once."""
    handlers, bodies = load_handlers(), load_bodies()
    return {
        operation.id: _endpoint(
            operation, handlers[operation.id], bodies.get(operation.id, operation.body)
        )
        for operation in contract.operations.values()
    }


def _endpoint(operation: ContractOperation, handler: Handler, body: Schema | None) -> Endpoint:
    template = segments(operation.path)
    places = [place for place, part in enumerate(template) if is_parameter(part)]
    media, schema = operation.success_content
    return Endpoint(
        operation=operation,
        handler=handler,
        parameters=tuple((template[place][1:-1], place) for place in places),
        items=tuple(place + 1 for place in places if place + 1 < len(template)),
        needed=requirements(operation),
        query=operation.parameters_in("query"),
        body=body,
        writes=operation.method != "GET",
        status=operation.success_status,
        media=media or "text/plain",
        enveloped=schema is None or schema.get("type") != "array",
        has_result="result" in (schema or {}).get("properties", {}),
        has_issues=_has_issues(operation),
    )


def _has_issues(operation: ContractOperation) -> bool:
    content = operation.facts["responses"].get("400", {}).get("content", {})
    return "issues" in content.get(_JSON, {}).get("properties", {})
