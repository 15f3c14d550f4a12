"""The packages import each other only as docs/architecture.md allows."""

from __future__ import annotations

import re

import clickhouse_cloud_async
from clickhouse_cloud_async import emulator, fleet

from .source import PACKAGE, ROOT, Import, imports, trees

ENGINES = ("core", "emulation", "fleet", "desired", "cli", "codegen")
"""Packages that serve every API and name none."""

ALLOWED_IMPORTS = {
    "core": {"core"},
    "emulation": {"core", "emulation"},
    "fleet": {"core", "fleet"},
    "desired": {"core", "fleet", "desired"},
    "cli": {"core", "fleet", "desired", "cli"},
    "codegen": {"core", "codegen"},
}
"""The packages that each engine may import; all may import the top-level modules."""

WITHIN_AN_API = {
    "models": {"models"},
    "operations": {"models", "operations", "api"},
    "tag_filters": {"tag_filters"},
    "connection": {"models"},
    "queries": {"queries"},
    "extensions": {
        "models",
        "operations",
        "extensions",
        "tag_filters",
        "connection",
        "queries",
        "api",
    },
    "groups": {"models", "operations", "extensions", "groups", "api"},
    "namespaces": {"operations", "extensions", "groups", "namespaces"},
    "client": {"models", "operations", "extensions", "namespaces", "client", "api", "fleet"},
    "emulator": {"emulator", "contract", "api"},
}
"""The packages of its own API that each lower package of an API may import.

Packages that are not listed may import all of their API.
"""

SPECIFICATIONS = f"{PACKAGE}.cli.contract"
"""The only package that imports the generator at run time: its commands read specifications."""


def _package(module: str) -> str:
    """Return the package of a module: an engine, ``apis.NAME``, or ``top``."""
    parts = module.split(".")[1:]
    if not parts:
        return "top"
    if parts[0] == "apis" and len(parts) > 1:
        return ".".join(parts[:2])
    return parts[0] if parts[0] in ENGINES else "top"


def _subpackage(module: str) -> str:
    """Return the package within its API that a module belongs to."""
    return ([*module.split(".")[3:], ""])[0]


def _ours() -> list[Import]:
    return [one for one in imports() if one.target.split(".")[0] == PACKAGE]


def test_engines_import_only_what_is_below_them() -> None:
    """An engine imports no API and no engine above it, not even for type checking."""
    offenders = [
        str(one)
        for one in _ours()
        if (package := _package(one.source)) in ALLOWED_IMPORTS
        and _package(one.target) not in {*ALLOWED_IMPORTS[package], "top"}
        and not (one.source.startswith(SPECIFICATIONS) and _package(one.target) == "codegen")
    ]
    assert not offenders


def test_engines_import_no_public_names_of_the_top_level() -> None:
    """The top-level names are for users; an engine imports from the defining module."""
    offenders = [
        str(one)
        for one in _ours()
        if _package(one.source) in ENGINES
        and _package(one.target) == "top"
        and one.target not in {f"{PACKAGE}._version", f"{PACKAGE}.apis"}
        and one.target != one.source
    ]
    assert not offenders


def test_apis_do_not_know_each_other() -> None:
    """No API imports another."""
    offenders = [
        str(one)
        for one in _ours()
        if _package(one.source).startswith("apis.")
        and _package(one.target).startswith("apis.")
        and _package(one.source) != _package(one.target)
    ]
    assert not offenders


def test_packages_of_an_api_import_only_what_is_below_them() -> None:
    """Models import no operations; operations and emulators import no client."""
    offenders = [
        str(one)
        for one in _ours()
        if _package(one.source).startswith("apis.")
        and _package(one.source) == _package(one.target)
        and (subpackage := _subpackage(one.source)) in WITHIN_AN_API
        and _subpackage(one.target) not in WITHIN_AN_API[subpackage]
    ]
    assert not offenders


def test_emulators_use_the_contract_and_no_client() -> None:
    """An error in code shared by client and emulator would not be noticed by tests of the two.

    They may share code that takes no part in a call, such as messages about missing extras.
    """
    allowed = {"core.contract", "core.api", "core.values", "core.extras", "core.text"}
    offenders = [
        str(one)
        for one in _ours()
        if (_package(one.source) == "emulation" or _subpackage(one.source) == "emulator")
        and _package(one.target) == "core"
        and one.target.removeprefix(f"{PACKAGE}.") not in allowed
    ]
    assert not offenders


def test_nothing_at_run_time_uses_the_generator() -> None:
    """Only the commands that read specifications import it."""
    offenders = [
        str(one)
        for one in _ours()
        if _package(one.target) == "codegen"
        and _package(one.source) != "codegen"
        and not one.source.startswith(SPECIFICATIONS)
    ]
    assert not offenders


def test_engines_name_no_api() -> None:
    """Code, comments and docstrings of engines contain no API's name.

    The distribution's own names are the exception.
    """
    own = re.compile(r"clickhouse[_-]cloud[_-]async")
    names = re.compile(r"clickhouse|api7|omnistrate", re.IGNORECASE)
    offenders = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for engine in ENGINES
        for path in sorted((ROOT / engine).rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if names.search(own.sub("", line))
    ]
    assert not offenders


def test_public_names_mean_one_thing() -> None:
    """The emulator exports no name that the client exports: programs import from both."""
    clients = {*clickhouse_cloud_async.__all__, *dir(fleet)}
    offenders = sorted(clients.intersection(emulator.__all__))
    assert not offenders


def test_the_only_cycle_is_that_of_models_and_codec() -> None:
    """Modules of a cycle cannot be read one after the other; type-checking imports count too.

    Models decode themselves (``Model.from_dict``) and the codec decodes models. Each needs the
    other, so one of the two imports is made only when a model is decoded.
    """
    codec = f"{PACKAGE}.core.codec"
    offenders = [
        cycle
        for cycle in _cycles()
        if not all(one.startswith(codec) or one == f"{PACKAGE}.core.model" for one in cycle)
    ]
    assert not offenders


def _cycles() -> list[list[str]]:
    """Return the groups of modules that can be reached from each other."""
    graph: dict[str, set[str]] = {module: set() for module in trees()}
    for one in imports():
        if one.target in graph and one.target != one.source:
            graph[one.source].add(one.target)
    graph = _reversed(_without_leaves(_reversed(_without_leaves(graph))))
    reached = {module: _reachable(module, graph) for module in graph}
    cycles = {
        frozenset(other for other in reached[module] if module in reached[other])
        for module in graph
    }
    return sorted(sorted(cycle) for cycle in cycles if len(cycle) > 1)


def _without_leaves(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Remove modules without targets, repeatedly: they are in no cycle."""
    while leaves := {module for module, targets in graph.items() if not targets}:
        graph = {
            module: targets - leaves for module, targets in graph.items() if module not in leaves
        }
    return graph


def _reversed(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the graph with each edge reversed."""
    return {
        module: {source for source, targets in graph.items() if module in targets}
        for module in graph
    }


def _reachable(module: str, graph: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        fresh = graph[waiting.pop()] - seen
        seen |= fresh
        waiting += fresh
    return seen
