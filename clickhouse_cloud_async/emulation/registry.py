"""Which function answers an operation, and which one carries out a timer."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, TypeAlias

from clickhouse_cloud_async.apis.clickhouse.emulator import operations

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async.apis.clickhouse.emulator.cloud import Cloud
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.core.contract import Schema

    from .messages import Call, Incoming, Outgoing
    from .store import Path

Handler: TypeAlias = "Callable[[Call], object]"
"""Answers a call with its result, or with a `Reply` that holds the result and more."""

Action: TypeAlias = "Callable[[Organization, Path], None]"
"""What a timer does to the document at a path, which is there."""

Starter: TypeAlias = "Callable[[Organization], None]"
"""Puts into a new organisation what is there from the start."""

ServiceStarter: TypeAlias = "Callable[[Organization, Path], None]"
"""Puts below a new service what is there from the start; the service has its first state."""

Observer: TypeAlias = "Callable[[Organization, Path, str], None]"
"""Learns which state a document has entered, or ``gone`` just before the document is removed."""

Follower: TypeAlias = "Callable[[Call], None]"
"""Looks at what a caller has changed."""

Page: TypeAlias = "Callable[[Cloud, Incoming], Outgoing]"
"""Answers a request outside of the API, with no key asked for."""

_PAGES: dict[tuple[str, str | None], Page] = {}
_HANDLERS: dict[str, Handler] = {}
_BODIES: dict[str, Schema] = {}
_ACTIONS: dict[str, Action] = {}
_STARTERS: list[Starter] = []
_SERVICE_STARTERS: list[ServiceStarter] = []
_OBSERVERS: dict[str, list[Observer]] = {}
_FOLLOWERS: list[Follower] = []


def operation(*operation_ids: str, body: Schema | None = None) -> Callable[[Handler], Handler]:
    """Make a function the answer to operations of the contract.

    Args:
        *operation_ids: Ids of the operations.
        body: Schema of what they take, where the API is known to take more than its contract.
    """

    def register(handler: Handler) -> Handler:
        for operation_id in operation_ids:
            assert operation_id not in _HANDLERS, f"{operation_id} has two handlers"
            _HANDLERS[operation_id] = handler
            if body is not None:
                _BODIES[operation_id] = body
        return handler

    return register


def timer(name: str) -> Callable[[Action], Action]:
    """Make a function what a timer does.

    Args:
        name: The timer's name.
    """

    def register(action: Action) -> Action:
        assert name not in _ACTIONS, f"timer {name} has two actions"
        _ACTIONS[name] = action
        return action

    return register


def starter(function: Starter) -> Starter:
    """Make a function put into each new organisation what is there from the start."""
    _STARTERS.append(function)
    return function


def service_starter(function: ServiceStarter) -> ServiceStarter:
    """Make a function put below each new service what is there from the start."""
    _SERVICE_STARTERS.append(function)
    return function


def observer(kind: str) -> Callable[[Observer], Observer]:
    """Make a function learn of every state that documents of a kind enter.

    Args:
        kind: Name of the kind, as its state machine has it.
    """

    def register(function: Observer) -> Observer:
        _OBSERVERS.setdefault(kind, []).append(function)
        return function

    return register


def follower(function: Follower) -> Follower:
    """Make a function look at every call that changed something, after it succeeded."""
    _FOLLOWERS.append(function)
    return function


def page(method: str, top: str) -> Callable[[Page], Page]:
    """Make a function the answer to requests outside of the API.

    Args:
        method: HTTP method.
        top: The path's first segment, which no operation has; empty for the path ``/``.
    """

    def register(answer: Page) -> Page:
        assert (method, top) not in _PAGES, f"{method} /{top} has two answers"
        _PAGES[method, top] = answer
        return answer

    return register


def start_service(organization: Organization, path: Path) -> None:
    """Put below a new service what is there from the start, by the names of the modules."""
    for function in sorted(_SERVICE_STARTERS, key=lambda function: function.__module__):
        function(organization, path)


def observe(kind: str, organization: Organization, path: Path, state: str) -> None:
    """Tell every observer of a kind which state a document has entered."""
    for function in _OBSERVERS.get(kind, ()):
        function(organization, path, state)


def follow(call: Call) -> None:
    """Let every follower look at a call that changed something."""
    for function in _FOLLOWERS:
        function(call)


def load_pages() -> dict[tuple[str, str | None], Page]:
    """Every page by method and first segment of the path."""
    _load()
    return dict(_PAGES)


def load_actions() -> dict[str, Action]:
    """Every action by the name of its timer."""
    _load()
    return dict(_ACTIONS)


def load_starters() -> tuple[Starter, ...]:
    """Every starter, by the names of their modules."""
    _load()
    return tuple(sorted(_STARTERS, key=lambda function: function.__module__))


def load_handlers() -> dict[str, Handler]:
    """Every hand-written handler by operation id."""
    _load()
    return dict(_HANDLERS)


def load_bodies() -> dict[str, Schema]:
    """The schemas that stand in the place of the contract's bodies, by operation id."""
    _load()
    return dict(_BODIES)


@cache
def _load() -> None:
    """Import the modules of operations, which registers their functions."""
    for module in iter_modules(operations.__path__, f"{operations.__name__}."):
        import_module(module.name)
