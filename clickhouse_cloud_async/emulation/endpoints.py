"""Endpoints: facts about each operation that are computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from .router import is_parameter, segments

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import ContractOperation, Parameter, Schema

    from .registry import AnyRegistry, Handler


@attrs.frozen(eq=False)
class Endpoint:
    """An operation with its handler.

    Args:
        operation: The operation.
        handler: Its handler; None if it is not implemented.
        template: The segments of its path.
        parameters: The path's parameters: name and place in the path.
        items: Lengths of the paths of items that must exist.
        query: The query's parameters.
        secrets: Names of those whose values are secret.
        body: Schema of the body, or None if there is none.
        writes: Whether it may change something.
        status: Status of a success.
        media: Media type of a success.
    """

    operation: ContractOperation
    handler: Handler[Any] | None
    template: tuple[str, ...]
    parameters: tuple[tuple[str, int], ...]
    items: tuple[int, ...]
    query: tuple[Parameter, ...]
    secrets: frozenset[str]
    body: Schema | None
    writes: bool
    status: int
    media: str

    @classmethod
    def of(cls, operation: ContractOperation, registry: AnyRegistry) -> Endpoint:
        """Return the endpoint of an operation."""
        template = segments(operation.path)
        places = [place for place, part in enumerate(template) if is_parameter(part)]
        media, _ = operation.success_content
        query = operation.parameters_in("query")
        return cls(
            operation=operation,
            handler=registry.handlers.get(operation.id),
            template=template,
            parameters=tuple((template[place][1:-1], place) for place in places),
            items=tuple(place + 1 for place in places if place + 1 < len(template)),
            query=query,
            secrets=frozenset(each.name for each in query if each.schema.get("x-secret")),
            body=registry.bodies.get(operation.id, operation.body),
            writes=operation.method != "GET",
            status=operation.success_status,
            media=media or "text/plain",
        )

    def path_parameters(self, path: tuple[str, ...]) -> dict[str, str]:
        """Return the values of the path parameters by name."""
        return {name: path[place] for name, place in self.parameters}
