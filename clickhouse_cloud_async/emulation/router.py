"""Finds the operation of a method and path."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import attrs

from .problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickhouse_cloud_async.core.contract import ContractOperation


@attrs.define
class _Node:
    literals: dict[str, _Node] = attrs.Factory(dict["str", "_Node"])
    parameter: _Node | None = None
    operations: dict[str, ContractOperation] = attrs.Factory(dict["str", "ContractOperation"])

    def child(self, segment: str) -> _Node:
        if not is_parameter(segment):
            return self.literals.setdefault(segment, _Node())
        if self.parameter is None:
            self.parameter = _Node()
        return self.parameter


@attrs.frozen
class Match:
    """An operation that was found, with its path.

    Args:
        operation: The operation.
        path: The path's segments, decoded.
    """

    operation: ContractOperation
    path: tuple[str, ...]


class Router:
    """Finds operations; a literal segment takes precedence over a parameter.

    Args:
        operations: Every operation that can be found.
    """

    def __init__(self, operations: Iterable[ContractOperation]) -> None:
        self._root = _Node()
        for operation in operations:
            node = self._root
            for segment in segments(operation.path):
                node = node.child(segment)
            node.operations[operation.method] = operation

    def match(self, method: str, raw_path: str) -> Match | None:
        """Find the operation of a request.

        Args:
            method: HTTP method, upper-case.
            raw_path: The path as it was sent, percent-encoded and without the query.

        Returns:
            The operation, or None for an unknown path.

        Raises:
            Problem: 405 for a known path with another method.
        """
        if not raw_path.startswith("/"):
            return None
        path = segments(raw_path)
        if "%" in raw_path:
            path = tuple(map(unquote, path))
        if len(path) > 1 and not path[-1]:
            # A path with a trailing slash is the same path.
            path = path[:-1]
        node = _find(self._root, path, 0)
        if node is None:
            return None
        operation = node.operations.get(method)
        if operation is None:
            allowed = ", ".join(sorted(node.operations))
            raise Problem(405, f"only {allowed} works at this path", headers={"Allow": allowed})
        return Match(operation, path)


def segments(path: str) -> tuple[str, ...]:
    """Split a path that starts with a slash."""
    return tuple(path.split("/")[1:])


def is_parameter(segment: str) -> bool:
    """Return whether a segment of a path template is a parameter."""
    return segment.startswith("{")


def _find(node: _Node, path: tuple[str, ...], depth: int) -> _Node | None:
    """Return the node at the end of a path, if it has operations."""
    if depth == len(path):
        return node if node.operations else None
    head = path[depth]
    literal = node.literals.get(head)
    found = None if literal is None else _find(literal, path, depth + 1)
    if found is None and head and node.parameter is not None:
        return _find(node.parameter, path, depth + 1)
    return found
