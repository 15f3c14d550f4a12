"""Writes `operations/required_permissions.py`: the permissions of every method."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .output import HEADER, Files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from clickhouse_cloud_async.core.contract import Contract

    from .operation_values import OperationValues
    from .overlay import Namespace, Overlay

Permissions = dict[str, tuple[str, ...]]


class PermissionWriter:
    """Writes the table of permissions of one API.

    Args:
        contract: The facts.
        overlay: The decisions.
        values: The writer of operations, which knows what each method needs.
        folder: The API's folder; hand-written methods are read from its ``extensions/``.
    """

    def __init__(
        self, contract: Contract, overlay: Overlay, values: OperationValues, folder: Path
    ) -> None:
        self._contract = contract
        self._overlay = overlay
        self._values = values
        self._folder = folder

    def files(self) -> Files:
        """Return the module, if the contract or the overlay names a permission."""
        generated = {ns.module: self._generated(ns) for ns in self._overlay.namespaces}
        tables = {module: self._table(module, generated) for module in generated}
        if not any(needed for table in tables.values() for needed in table.values()):
            return {}
        lines = [
            HEADER + '"""The permissions that methods need, by namespace and name."""',
            "from __future__ import annotations",
            f"PERMISSIONS: dict[str, dict[str, tuple[str, ...]]] = {tables!r}",
        ]
        return {"operations/required_permissions.py": "\n".join(lines)}

    def _table(self, module: str, generated: Mapping[str, Permissions]) -> Permissions:
        by_hand = self._folder / "extensions" / f"{module}.py"
        if not by_hand.exists():
            return generated[module]
        source = by_hand.read_text(encoding="utf-8")
        return generated[module] | _needed_by_hand(source, generated[module], generated)

    def _generated(self, namespace: Namespace) -> Permissions:
        table: Permissions = {}
        for method in namespace.methods:
            table[method.name] = self._values.permissions(method) or ()
            if method.paging:
                table[method.iterator] = table[method.name]
        for lifecycle in self._overlay.lifecycles:
            if lifecycle.namespace == namespace.name:
                read = filter(None, (lifecycle.get, lifecycle.list))
                needed = _union(self._contract.operations[name].permissions or () for name in read)
                table |= dict.fromkeys(lifecycle.methods.values(), needed)
        return table


def _needed_by_hand(
    source: str, generated: Permissions, tables: Mapping[str, Permissions]
) -> Permissions:
    """Return the permissions of hand-written methods: those of the generated ones that they call.

    Methods of another namespace count where its class is made in the method.
    """
    tree = ast.parse(source)
    homes = {
        alias.name: tables.get((node.module or "").rpartition(".")[2], {})
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    owner = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    functions = {
        node.name: node
        for node in owner.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    def needed(name: str, seen: frozenset[str]) -> tuple[str, ...]:
        called = set(_methods_called(functions[name]))
        inner = [needed(n, seen | {n}) for n in called & functions.keys() - seen]
        others = [
            homes.get(owner, {}).get(method, ())
            for owner, method in _methods_of_others(functions[name])
        ]
        return _union([*inner, *others, *(generated[n] for n in called & generated.keys())])

    return {name: needed(name, frozenset({name})) for name in functions if name[0] != "_"}


def _methods_called(function: ast.AST) -> Iterator[str]:
    """The names of the methods that a method takes from its own object, or from its base class."""
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute):
            owner = node.value
            is_self = isinstance(owner, ast.Name) and owner.id == "self"
            is_super = (
                isinstance(owner, ast.Call)
                and isinstance(owner.func, ast.Name)
                and owner.func.id == "super"
            )
            if is_self or is_super:
                yield node.attr


def _methods_of_others(function: ast.AST) -> Iterator[tuple[str, str]]:
    """The methods that a method calls of objects it makes: their class and name."""
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
            made = node.value.func
            if isinstance(made, ast.Name):
                yield made.id, node.attr


def _union(permissions: Iterator[tuple[str, ...]] | list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({name for each in permissions for name in each}))
