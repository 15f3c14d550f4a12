"""No private name of a dependency is used: any release may remove it."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from functools import cache
from typing import TYPE_CHECKING

from .source import PACKAGE, imports, nodes, trees

if TYPE_CHECKING:
    from collections.abc import Iterator

SWITCH = "_retry_connection"
"""The only private name in use: aiohttp has no public option against its own retries."""

NAMED_TUPLES = {"_asdict", "_field_defaults", "_fields", "_make", "_replace"}
"""Documented names of named tuples, which only look private."""


def test_no_private_module_of_a_dependency_is_imported() -> None:
    """``from package._inside import name`` is not a public import."""
    offenders = [
        str(one)
        for one in imports()
        if _is_foreign(one.target) and any(_is_private(part) for part in one.target.split("."))
    ]
    assert not offenders


def test_no_private_name_of_a_dependency_is_imported_or_read() -> None:
    """Neither ``from package import _name`` nor ``package.module._name``."""
    offenders = [
        f"{module}:{line}: {name}"
        for module, tree in trees().items()
        for line, name in _private_reads(tree)
    ]
    assert not offenders


def test_the_only_foreign_private_attribute_is_the_switch_for_retries() -> None:
    """A private name that no module of the package defines belongs to a dependency.

    The switch is set in one place, right after a check that it exists.
    """
    own = NAMED_TUPLES.union(*map(_defined, trees().values()))
    uses = [
        (module, use)
        for module, tree in trees().items()
        for name, use in _private_uses(tree)
        if name not in own and not _is_stdlib(use)
    ]
    assert uses == [
        (f"{PACKAGE}.core.http", f"hasattr(session, '{SWITCH}')"),
        (f"{PACKAGE}.core.http", f"session.{SWITCH}"),
    ]


def test_no_module_reaches_into_a_private_part_of_another() -> None:
    """An object's private names are used only in the module that defines its class.

    Models and their codec are one unit in two packages.
    """
    offenders = [
        f"{module}: {use}"
        for module, tree in trees().items()
        if not module.startswith(f"{PACKAGE}.core.codec.")
        for own in [NAMED_TUPLES | _defined(tree)]
        for name, use in _private_uses(tree)
        if name not in {*own, SWITCH} and not _is_stdlib(use)
        if use not in {f"self.{name}", f"cls.{name}", f"super().{name}"}
    ]
    assert not offenders


def test_no_private_method_of_a_dependency_is_overridden() -> None:
    """A subclass of a dependency's class neither defines nor sets its private names."""
    offenders = [
        f"{module}.{node.name}: {name}"
        for module, tree in trees().items()
        if not module.startswith(f"{PACKAGE}.apis.")
        for node in nodes(tree)
        if isinstance(node, ast.ClassDef) and node.bases
        for name in _overridden(module, node)
    ]
    assert not offenders


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _is_foreign(module: str) -> bool:
    """Return whether a module belongs to a dependency; type checkers' own stubs do not."""
    top = module.split(".", maxsplit=1)[0]
    return top not in {PACKAGE, "_typeshed"} and top not in sys.stdlib_module_names


def _private_reads(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and name of each use of a private name of an imported dependency."""
    foreign: set[str] = set()
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            foreign |= {
                (alias.asname or alias.name).split(".")[0]
                for alias in node.names
                if _is_foreign(alias.name)
            }
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if not _is_foreign(node.module):
                continue
            foreign |= {alias.asname or alias.name for alias in node.names}
            yield from (
                (node.lineno, f"{node.module}.{alias.name}")
                for alias in node.names
                if _is_private(alias.name)
            )
    for node in nodes(tree):
        if isinstance(node, ast.Attribute) and _is_private(node.attr):
            root = node.value
            while isinstance(root, ast.Attribute | ast.Call):
                root = root.value if isinstance(root, ast.Attribute) else root.func
            if isinstance(root, ast.Name) and root.id in foreign:
                yield node.lineno, ast.unparse(node)


@cache
def _defined(tree: ast.Module) -> set[str]:
    """Return the names of the functions, classes, variables and fields that a module defines."""
    names: set[str] = set()
    for node in nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and _is_name(node.value, {"self"})
        ):
            names.add(node.attr)
    return names


def _is_name(node: ast.expr, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


@cache
def _private_uses(tree: ast.Module) -> list[tuple[str, str]]:
    """Return name and text of each use of a private attribute, in the order of the source.

    Names passed to `getattr`, `hasattr`, `setattr` and `delattr` as text count too.
    """
    found: list[tuple[int, str, str]] = []
    for node in nodes(tree):
        if isinstance(node, ast.Attribute):
            name = node.attr
        elif (
            isinstance(node, ast.Call)
            and _is_name(node.func, {"getattr", "hasattr", "setattr", "delattr"})
            and isinstance(node.args[1], ast.Constant)
        ):
            name = str(node.args[1].value)
        else:
            continue
        if _is_private(name):
            found.append((node.lineno, name, ast.unparse(node)))
    return [(name, use) for _, name, use in sorted(found)]


def _is_stdlib(use: str) -> bool:
    return use.split(".", maxsplit=1)[0] in sys.stdlib_module_names


def _overridden(module: str, node: ast.ClassDef) -> Iterator[str]:
    """Yield the private names of a dependency's base classes that a class defines or sets."""
    written = {
        inner.name
        for inner in node.body
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
    } | {
        inner.attr
        for inner in ast.walk(node)
        if isinstance(inner, ast.Attribute)
        and isinstance(inner.value, ast.Name)
        and inner.value.id == "self"
    }
    private = {name for name in written if _is_private(name)}
    if not private:
        return
    made = getattr(importlib.import_module(module), node.name, None)
    if not inspect.isclass(made):
        return
    for base in made.__mro__[1:]:
        if _is_foreign(base.__module__):
            names = {*vars(base), *getattr(base, "__slots__", ())}
            source = _source(base)
            yield from sorted(name for name in private if name in names or f"self.{name}" in source)


def _source(base: type) -> str:
    try:
        return inspect.getsource(base)
    except (OSError, TypeError):  # written in C
        return ""
