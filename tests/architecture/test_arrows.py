"""Imports between the rooms of the package follow the arrows of docs/architecture.md."""

from __future__ import annotations

import re

import clickhouse_cloud_async
from clickhouse_cloud_async import emulator, fleet

from .source import PACKAGE, ROOT, Import, imports, trees

ENGINES = ("core", "emulation", "fleet", "desired", "cli", "codegen")
"""Rooms that serve every API and know none by name."""

ARROWS = {
    "core": {"core"},
    "emulation": {"core", "emulation"},
    "fleet": {"core", "fleet"},
    "desired": {"core", "fleet", "desired"},
    "cli": {"core", "fleet", "desired", "cli"},
    "codegen": {"core", "codegen"},
}
"""What each engine may import; the top of the package is open to all."""

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
"""What the lower rooms of an API may import of it; the upper ones may use all below them."""

SPECIFICATIONS = f"{PACKAGE}.cli.contract"
"""The one room at run time that reads specifications, and so uses the generator."""


def _room(module: str) -> str:
    """Return the room of a module: an engine, ``apis.NAME``, or the top of the package."""
    parts = module.split(".")[1:]
    if not parts:
        return "top"
    if parts[0] == "apis" and len(parts) > 1:
        return ".".join(parts[:2])
    return parts[0] if parts[0] in ENGINES else "top"


def _inner(module: str) -> str:
    """Return the room within an API that a module stands in."""
    return ([*module.split(".")[3:], ""])[0]


def _ours() -> list[Import]:
    return [one for one in imports() if one.target.split(".")[0] == PACKAGE]


def test_engines_import_only_what_is_below_them() -> None:
    """An engine uses no API and no engine above it; type checkers' imports count too."""
    offenders = [
        str(one)
        for one in _ours()
        if (room := _room(one.source)) in ARROWS
        and _room(one.target) not in {*ARROWS[room], "top"}
        and not (one.source.startswith(SPECIFICATIONS) and _room(one.target) == "codegen")
    ]
    assert not offenders


def test_engines_reach_no_api_through_the_top() -> None:
    """The public names of the top belong to users; an engine imports where a thing stands."""
    offenders = [
        str(one)
        for one in _ours()
        if _room(one.source) in ENGINES
        and _room(one.target) == "top"
        and one.target not in {f"{PACKAGE}._version", f"{PACKAGE}.apis"}
        and one.target != one.source
    ]
    assert not offenders


def test_apis_do_not_know_each_other() -> None:
    """No API imports another."""
    offenders = [
        str(one)
        for one in _ours()
        if _room(one.source).startswith("apis.")
        and _room(one.target).startswith("apis.")
        and _room(one.source) != _room(one.target)
    ]
    assert not offenders


def test_rooms_of_an_api_import_only_what_is_below_them() -> None:
    """Models know no operations, operations no client, and an emulator no client."""
    offenders = [
        str(one)
        for one in _ours()
        if _room(one.source).startswith("apis.")
        and _room(one.source) == _room(one.target)
        and (inner := _inner(one.source)) in WITHIN_AN_API
        and _inner(one.target) not in WITHIN_AN_API[inner]
    ]
    assert not offenders


def test_emulators_use_the_contract_and_no_client() -> None:
    """What client and emulator got wrong in the same way would pass unseen.

    Both may share what is no part of a call: words about extras, and texts that are safe to show.
    """
    allowed = {"core.contract", "core.api", "core.values", "core.extras", "core.text"}
    offenders = [
        str(one)
        for one in _ours()
        if (_room(one.source) == "emulation" or _inner(one.source) == "emulator")
        and _room(one.target) == "core"
        and one.target.removeprefix(f"{PACKAGE}.") not in allowed
    ]
    assert not offenders


def test_nothing_at_run_time_uses_the_generator() -> None:
    """Only the commands that read specifications import it."""
    offenders = [
        str(one)
        for one in _ours()
        if _room(one.target) == "codegen"
        and _room(one.source) != "codegen"
        and not one.source.startswith(SPECIFICATIONS)
    ]
    assert not offenders


def test_engines_name_no_api() -> None:
    """No API's name stands in an engine, be it in code, comments or docstrings.

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
    """What the emulator offers has no name of the client's: programs import from both."""
    clients = {*clickhouse_cloud_async.__all__, *dir(fleet)}
    offenders = sorted(clients.intersection(emulator.__all__))
    assert not offenders


def test_the_only_circle_is_that_of_models_and_codec() -> None:
    """A circle hides which part can be understood first; type checkers' imports count too.

    Models decode themselves (``Model.from_dict``) and the codec decodes models: neither can be had
    without the other, and the import of one of the two waits until a model is decoded.
    """
    codec = f"{PACKAGE}.core.codec"
    offenders = [
        circle
        for circle in _circles()
        if not all(one.startswith(codec) or one == f"{PACKAGE}.core.model" for one in circle)
    ]
    assert not offenders


def _circles() -> list[list[str]]:
    """Return the groups of modules that can be reached from each other."""
    arrows: dict[str, set[str]] = {module: set() for module in trees()}
    for one in imports():
        if one.target in arrows and one.target != one.source:
            arrows[one.source].add(one.target)
    arrows = _turned(_without_ends(_turned(_without_ends(arrows))))
    reached = {module: _reachable(module, arrows) for module in arrows}
    circles = {
        frozenset(other for other in reached[module] if module in reached[other])
        for module in arrows
    }
    return sorted(sorted(circle) for circle in circles if len(circle) > 1)


def _without_ends(arrows: dict[str, set[str]]) -> dict[str, set[str]]:
    """Leave out what leads nowhere, and then what led nowhere else: it is in no circle."""
    while ends := {module for module, targets in arrows.items() if not targets}:
        arrows = {
            module: targets - ends for module, targets in arrows.items() if module not in ends
        }
    return arrows


def _turned(arrows: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the arrows from each target to its sources."""
    return {
        module: {source for source, targets in arrows.items() if module in targets}
        for module in arrows
    }


def _reachable(module: str, arrows: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        fresh = arrows[waiting.pop()] - seen
        seen |= fresh
        waiting += fresh
    return seen
