"""The facade has what the async client has, except for async-ness."""

from __future__ import annotations

import inspect
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloud
from clickhouse_cloud_async.apis.api7 import AsyncDesiredState, DesiredState
from clickhouse_cloud_async.fleet import (
    AsyncFleet,
    AsyncFleetService,
    AsyncSelection,
    Fleet,
    FleetService,
    Selection,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT = "client"

_EXAMPLE = re.compile(r" *(?:>>>|\.\.\.) ")

DUNDERS = {"__aenter__": "__enter__", "__aexit__": "__exit__"}


def namespaces(cloud: object, prefix: str = "") -> Iterator[tuple[str, type]]:
    """Every namespace of a client by its dotted name, those inside others included."""
    for name, value in inspect.getmembers_static(type(cloud)):
        if isinstance(value, cached_property) and not name.startswith("_"):
            namespace = getattr(cloud, name)
            yield f"{prefix}{name}", type(namespace)
            yield from namespaces(namespace, f"{prefix}{name}.")


def members(kind: type) -> dict[str, object]:
    """The public members of a class, and its context manager's methods under their sync names."""
    return {
        DUNDERS.get(name, name): value
        for name, value in inspect.getmembers_static(kind)
        if not name.startswith("_") or name in {"__init__", *DUNDERS, *DUNDERS.values()}
    }


def sync_text(annotation: object) -> str:
    """An annotation as the facade has to spell it."""
    text = str(annotation).replace("AsyncIterator[", "Iterator[")
    text = text.replace("AbstractAsyncContextManager[", "AbstractContextManager[")
    text = text.replace("Awaitable[Any]", "Any")
    return re.sub(r"\bAsync(?!APIClient)(?=[A-Z])", "", text)


def without_arguments(doc: str | None) -> str:
    """A class's docstring without what its constructor takes, which nobody calls in the facade."""
    return str(doc).partition("\n\nArgs:\n")[0]


ASYNC_CLOUD = AsyncClickHouseCloud("key", "secret")
SYNC_CLOUD = ClickHouseCloud("key", "secret")

ASYNC = {
    CLIENT: AsyncClickHouseCloud,
    **dict(namespaces(ASYNC_CLOUD)),
    "fleet": AsyncFleet,
    "selection": AsyncSelection,
    "fleet service": AsyncFleetService,
    "desired state": AsyncDesiredState,
}
SYNC = {
    CLIENT: ClickHouseCloud,
    **dict(namespaces(SYNC_CLOUD)),
    "fleet": Fleet,
    "selection": Selection,
    "fleet service": FleetService,
    "desired state": DesiredState,
}

METHODS = [
    (name, method)
    for name, kind in ASYNC.items()
    for method, value in members(kind).items()
    if inspect.isfunction(value)
    if name == CLIENT or method != "__init__"
]


def test_namespaces() -> None:
    """Both have the same namespaces, and the classes are named alike."""
    assert list(SYNC) == list(ASYNC)
    assert len(ASYNC) > 30
    for name, kind in ASYNC.items():
        assert SYNC[name].__name__ == kind.__name__.removeprefix("Async")
        doc = inspect.getdoc(kind)
        expected = doc if name == CLIENT else without_arguments(doc)
        assert inspect.getdoc(SYNC[name]) == expected


@pytest.mark.parametrize("name", ASYNC)
def test_members(name: str) -> None:
    """Each namespace has the same members: nothing is missing and nothing is added."""
    assert members(SYNC[name]).keys() | {"__init__"} == members(ASYNC[name]).keys() | {"__init__"}


def test_there_are_all_operations() -> None:
    """The methods that are compared cover every operation of the API."""
    assert len(METHODS) > 174


def test_signatures() -> None:
    """A method takes the same arguments in the same way and gives the same result."""
    signatures = {
        (name, method): (_signature(SYNC[name], method), _facade_signature(ASYNC[name], method))
        for name, method in METHODS
        # It takes a function of its own client, which waits by itself in the facade.
        if method != "with_response"
    }

    assert [place for place, (found, wanted) in signatures.items() if found != wanted] == []


def test_with_response_takes_the_same_arguments() -> None:
    """Only the type of the function differs, which waits by itself in the facade."""
    found, wanted = (
        [
            (name, kind, default)
            for name, kind, default, _ in _signature(side[CLIENT], "with_response")[0]
        ]
        for side in (SYNC, ASYNC)
    )

    assert found == wanted


def _signature(owner: type, method: str) -> tuple[list[tuple[Any, ...]], Any]:
    function = members(owner)[method]
    assert inspect.isfunction(function)
    signature = inspect.signature(function)
    parameters = signature.parameters.values()
    return [
        (p.name, p.kind, p.default, p.annotation) for p in parameters
    ], signature.return_annotation


def _facade_signature(owner: type, method: str) -> tuple[list[tuple[Any, ...]], Any]:
    """Return the signature that the facade has to have of an async method."""
    parameters, result = _signature(owner, method)
    spelt = [
        (name, kind, default, sync_text(note) if isinstance(note, str) else note)
        for name, kind, default, note in parameters
    ]
    return spelt, sync_text(result)


def test_documentation() -> None:
    """A method has the docstring of its original, with its examples as sync code.

    ``map`` takes a plain function and has its own.
    """
    documented = {
        (name, method): (
            inspect.getdoc(members(SYNC[name])[method]),
            _without_await(inspect.getdoc(members(ASYNC[name])[method])),
        )
        for name, method in METHODS
        if method != "map"
    }

    assert [place for place, (facade, original) in documented.items() if facade != original] == []
    assert [
        (name, method)
        for (name, method), (facade, _) in documented.items()
        if not (facade or method.startswith("__"))
    ] == []


def _without_await(docstring: str | None) -> str | None:
    """Return a docstring whose examples wait for nothing."""
    if docstring is None:
        return None
    lines = [
        line.replace("await ", "").replace("async ", "") if _EXAMPLE.match(line) else line
        for line in docstring.splitlines()
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("name", [name for name, method in METHODS if method == "map"])
def test_map_says_that_it_uses_threads(name: str) -> None:
    """What is different without ``await`` stands in the docstring."""
    assert "in threads" in (inspect.getdoc(members(SYNC[name])["map"]) or "")


def test_nothing_is_async() -> None:
    """No method of the facade has to be awaited."""
    facade = {(name, method): members(SYNC[name])[method] for name, method in METHODS}

    assert [
        place
        for place, function in facade.items()
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    ] == []


@pytest.mark.parametrize("name", ASYNC)
def test_properties(name: str) -> None:
    """Each property has the docstring of its original."""
    found = {
        key: inspect.getdoc(value)
        for key, value in members(SYNC[name]).items()
        if isinstance(value, (property, cached_property))
    }
    expected = {
        key: inspect.getdoc(value)
        for key, value in members(ASYNC[name]).items()
        if isinstance(value, (property, cached_property))
    }

    assert found == expected
