"""The package's modules and their imports, read from the source without importing it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import clickhouse_cloud_async

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PACKAGE = "clickhouse_cloud_async"
ROOT = Path(clickhouse_cloud_async.__file__).parent


class Import(NamedTuple):
    """One import of a module.

    Attributes:
        source: Dotted name of the module that imports.
        target: Dotted name of the imported module.
        line: Line of the import.
        typing_only: Whether it stands under ``if TYPE_CHECKING``.
    """

    source: str
    target: str
    line: int
    typing_only: bool

    def __str__(self) -> str:
        """Return the import as failing tests print it."""
        return f"{self.source}:{self.line} imports {self.target}"


@cache
def trees() -> dict[str, ast.Module]:
    """Return the syntax tree of every module by its dotted name."""
    return {_dotted(path): ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py")}


@cache
def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Return all nodes of a module's syntax tree, which most rules go through."""
    return tuple(ast.walk(tree))


def _dotted(path: Path) -> str:
    parts = [ROOT.name, *path.relative_to(ROOT).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports() -> tuple[Import, ...]:
    """Return all imports, also those inside functions and for type checking."""
    modules = trees()
    packages = {_dotted(path) for path in ROOT.rglob("__init__.py")}
    return tuple(
        found
        for module, tree in modules.items()
        for node, typing_only in _statements(tree.body, typing_only=False)
        for found in _targets(module, node, typing_only, modules.keys(), packages)
    )


def _statements(
    body: Iterable[ast.AST], *, typing_only: bool
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, typing_only
        elif isinstance(node, ast.If) and _is_type_checking(node.test):
            yield from _statements(node.body, typing_only=True)
            yield from _statements(node.orelse, typing_only=typing_only)
        elif not isinstance(node, ast.expr):  # no expression holds an import
            yield from _statements(ast.iter_child_nodes(node), typing_only=typing_only)


def _is_type_checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _targets(
    module: str,
    node: ast.Import | ast.ImportFrom,
    typing_only: bool,  # noqa: FBT001 - an attribute of the result
    modules: Iterable[str],
    packages: set[str],
) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(module, alias.name, node.lineno, typing_only)
        return
    base = node.module or ""
    if node.level:
        parts = module.split(".")
        keep = len(parts) - node.level + (module in packages)
        base = ".".join([*parts[:keep], *([node.module] if node.module else [])])
    for alias in node.names:
        inner = f"{base}.{alias.name}"
        yield Import(module, inner if inner in modules else base, node.lineno, typing_only)
