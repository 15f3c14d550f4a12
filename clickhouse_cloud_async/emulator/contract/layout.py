"""How the paths of the contract hang together: collections, their items and single objects."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.emulator.router import is_parameter, segments

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import Contract, ContractOperation, Schema

Template = tuple[str, ...]
"""A path template as segments."""


@attrs.frozen
class Collection:
    """A path below which items have ids.

    Args:
        template: The collection's own path.
        id_property: Property of an item that its id is in.
        schema: Schema of a stored item.
    """

    template: Template
    id_property: str
    schema: Schema


class Layout:
    """What the contract's paths stand for.

    Args:
        contract: The contract.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._operations = {
            (operation.method, segments(operation.path)): operation
            for operation in contract.operations.values()
        }
        self.collections: dict[Template, Collection] = {
            template[:-1]: self._collection(template)
            for _, template in self._operations
            if is_parameter(template[-1])
        }

    def operation(self, method: str, template: Template) -> ContractOperation | None:
        """The operation of a method at a path, if there is one."""
        return self._operations.get((method, template))

    def parents(self, template: Template) -> list[Template]:
        """The paths of the items that have to exist for a path to be there, outermost first."""
        return [
            template[: index + 1]
            for index, segment in enumerate(template[:-1])
            if is_parameter(segment)
        ]

    def result_at(self, template: Template, *methods: str) -> Schema | None:
        """The result's schema of the first of these methods that has one at a path."""
        for method in methods:
            operation = self.operation(method, template)
            schema = result_schema(operation) if operation else None
            if schema is not None:
                return schema
        return None

    def list_schema(self, template: Template) -> Schema | None:
        """The schema of the entries in which a collection is listed."""
        listed = self.result_at(template, "GET")
        if listed is None:
            return None
        listed = self._contract.resolve(listed)
        inner = listed.get("properties", {}).get("items", listed)
        items: Schema | None = inner.get("items")
        return items

    def _collection(self, item: Template) -> Collection:
        parameter, template = item[-1][1:-1], item[:-1]
        candidates = [
            self.result_at(item, "GET"),
            self.list_schema(template),
            self.result_at(template, "POST"),
            self.result_at(item, "PATCH"),
        ]
        schemas = [schema for schema in candidates if schema is not None]
        for schema in schemas:
            for id_property in (parameter, "id"):
                if id_property in self._properties(schema):
                    return Collection(template, id_property, schema)
        return Collection(template, "name", schemas[0])

    def _properties(self, schema: Schema) -> set[str]:
        schema = self._contract.resolve(schema)
        variants = schema.get("oneOf", ())
        return set(schema.get("properties", ())).union(*map(self._properties, variants))


def result_schema(operation: ContractOperation) -> Schema | None:
    """The schema of what an operation answers, without the envelope; None where it has nothing."""
    _, schema = operation.success_content
    if schema is None or schema.get("type") != "object":
        return schema
    result: Schema | None = schema.get("properties", {}).get("result")
    return result


@cache
def load_layout(contract: Contract) -> Layout:
    """The layout of a contract, worked out once."""
    return Layout(contract)
