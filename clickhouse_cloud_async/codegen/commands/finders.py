"""Determines how to find resources by name: with the operations that list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.core.contract import ref_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.codegen.overlay import Method, Namespace, Overlay
    from clickhouse_cloud_async.codegen.schemas import Schemas
    from clickhouse_cloud_async.core.contract import ContractOperation, Parameter, Schema

_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

_ANYTHING = ".+"
"""Pattern after the prefix of an ID."""


@attrs.frozen
class FinderFacts:
    """How to find a resource, as in `Finder` of the command line."""

    method: str
    identity: str
    arguments: tuple[str, ...]
    pattern: str


class Finders:
    """Determines which path parameters identify named resources, and which methods list these.

    Args:
        schemas: The contract with what the overlay decides.
        patterns: Regular expressions of ids that the contract does not describe, by argument.
        same: Arguments that identify the same kind of resource as another one.
    """

    def __init__(self, schemas: Schemas, patterns: dict[str, str], same: dict[str, str]) -> None:
        self._schemas = schemas
        self._overlay: Overlay = schemas.overlay
        self._same = same
        self._lists = dict(self._listing_methods())
        self._patterns = dict(self._known_patterns()) | patterns
        self._by_argument: dict[str, list[FinderFacts]] = {}
        for operation in schemas.contract.operations.values():
            for parameter in operation.parameters_in("path"):
                found = self._finder(operation, parameter)
                name = self._overlay.parameter_name(operation, parameter)
                if found and found not in self._by_argument.setdefault(name, []):
                    self._by_argument[name].append(found)

    def of(self, operation: ContractOperation | None, argument: str) -> FinderFacts | None:
        """Return how to find the resource of an argument; None if it has no name.

        Args:
            operation: The operation of the method; None for a method of several.
            argument: Name of the argument.
        """
        if operation is not None:
            for parameter in operation.parameters_in("path"):
                if self._overlay.parameter_name(operation, parameter) == argument:
                    return self._finder(operation, parameter) or self._only(argument)
        return self._only(self._same.get(argument, argument))

    def id_samples(self) -> dict[str, str]:
        """Return an id for each argument whose ids begin with a prefix."""
        return {
            argument: pattern.replace(_ANYTHING, "Xk2m9Q")
            for argument, pattern in self._patterns.items()
            if pattern.endswith(_ANYTHING)
        }

    def _only(self, argument: str) -> FinderFacts | None:
        """Return the only way to find resources of an argument name; None if it is ambiguous."""
        found = self._by_argument.get(argument, [])
        return found[0] if len(found) == 1 else None

    def _finder(self, operation: ContractOperation, parameter: Parameter) -> FinderFacts | None:
        prefix, _, _ = operation.path.partition(f"/{{{parameter.name}}}")
        listing = self._lists.get(prefix)
        if listing is None:
            return None
        namespace, method, lister, item = listing
        name = self._overlay.parameter_name(operation, parameter)
        properties = self._schemas.schemas[item].get("properties", {})
        if not {"name", "id"} <= properties.keys() or not name.endswith("_id"):
            return None
        arguments = tuple(
            self._overlay.parameter_name(lister, own)
            for own in (*self._overlay.own_path_parameters(lister), *_scopes(self._overlay, lister))
        )
        return FinderFacts(
            f"{namespace.name}.{method.name}",
            self._overlay.field_name(item, "id"),
            arguments,
            self._patterns.get(name, ""),
        )

    def _known_patterns(self) -> Iterator[tuple[str, str]]:
        """Yield the regular expressions of IDs in all operations, by argument."""
        for operation in self._schemas.contract.operations.values():
            for parameter in operation.parameters_in("path"):
                if pattern := _pattern(parameter.schema):
                    yield self._overlay.parameter_name(operation, parameter), pattern

    def _listing_methods(
        self,
    ) -> Iterator[tuple[str, tuple[Namespace, Method, ContractOperation, str]]]:
        """Yield the methods that list objects, by path."""
        for namespace in self._overlay.namespaces:
            for method in namespace.methods:
                operation = self._schemas.contract.operations[method.operation]
                if operation.method != "GET" or method.preset:
                    continue
                result = self._schemas.results.result(operation, method).schema
                item = self._item(result)
                if item is not None:
                    yield operation.path, (namespace, method, operation, item)

    def _item(self, schema: Schema | None) -> str | None:
        """Return the schema of the items of a list of objects; None for anything else."""
        items = self._schemas.resolve(schema or {}).get("items", {})
        return ref_name(items) if "$ref" in items else None


def _scopes(overlay: Overlay, operation: ContractOperation) -> list[Parameter]:
    names = {scope.parameter for scope in overlay.scopes_in(operation)}
    return [p for p in operation.parameters_in("path") if p.name in names]


def _pattern(schema: Schema) -> str:
    """Return a regular expression of IDs; empty if the contract does not describe them."""
    if schema.get("format") == "uuid":
        return _UUID
    if "x-id-prefix" in schema:
        return f"{schema['x-id-prefix']}{_ANYTHING}"
    return str(schema.get("pattern", ""))
