"""The registered functions of one emulated API: handlers, timers and hooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

from .history import names_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clickhouse_cloud_async.core.contract import Schema

    from .messages import Incoming, Outgoing
    from .store import Path, Store
    from .world import Action, World


class Scope(Protocol):
    """The part of a world that handlers, timers and hooks act on, such as one account."""

    @property
    def world(self) -> World:
        """The world that it is part of."""
        ...


C = TypeVar("C")
S = TypeVar("S", bound=Scope)

Handler: TypeAlias = Callable[[C], object]
"""A handler, which returns the result of a call, or a `Reply` with additions to it."""

Hook: TypeAlias = "Callable[[S, Path], None]"
"""Acts on the existing document at a path."""

StateHook: TypeAlias = "Callable[[S, Path, str], None]"
"""Called with the state that a document has entered; ``gone`` just before its removal."""

ChangeHook: TypeAlias = Callable[[C], None]
"""Called after a call that changed documents."""

Page: TypeAlias = "Callable[[World, Incoming], Outgoing]"
"""Responds to a request outside of the API, without credentials."""


def _none(_path: Path) -> Iterable[Path]:
    """Return no related resources, as is right for most kinds."""
    return ()


class Registry(Generic[C, S]):
    """The registry of an emulated API; C is the type of its calls, S that of its scopes.

    Args:
        scope_at: Returns the scope of the document at a path.
        main_kind: The default kind of resource in faults.
        related: Returns the places of resources that belong to a path without being on it.

    Attributes:
        related: As the argument.
        main_kind: As the argument.
        handlers: Handlers by operation id.
        bodies: Schemas that replace those of the contract's bodies, by operation id.
        pages: Handlers outside of the API, by method and first segment of the path.
        kinds: Kinds of resources that have states, in the order in which they were registered.
    """

    def __init__(
        self,
        scope_at: Callable[[World, Path], S],
        main_kind: str,
        related: Callable[[Path], Iterable[Path]] = _none,
    ) -> None:
        self.related = related
        self.main_kind = main_kind
        self.handlers: dict[str, Handler[C]] = {}
        self.bodies: dict[str, Schema] = {}
        self.pages: dict[tuple[str, str | None], Page] = {}
        self.kinds: dict[str, None] = {main_kind: None}
        self._scope_at = scope_at
        self._timers: dict[str, Hook[S]] = {}
        self._on_create: dict[str, list[Hook[S]]] = {}
        self._on_state: dict[str, list[StateHook[S]]] = {}
        self._on_change: list[ChangeHook[C]] = []

    def operation(
        self, *operation_ids: str, body: Schema | None = None
    ) -> Callable[[Handler[C]], Handler[C]]:
        """Register a handler of operations.

        Args:
            *operation_ids: Ids of the operations.
            body: Schema of the body, if the API is known to accept more than the contract says.
        """

        def register(handler: Handler[C]) -> Handler[C]:
            for operation_id in operation_ids:
                assert operation_id not in self.handlers, f"{operation_id} has two handlers"
                self.handlers[operation_id] = handler
                if body is not None:
                    self.bodies[operation_id] = body
            return handler

        return register

    def timer(self, name: str) -> Callable[[Hook[S]], Hook[S]]:
        """Register the action of a timer.

        Args:
            name: The timer's name.
        """

        def register(action: Hook[S]) -> Hook[S]:
            assert name not in self._timers, f"timer {name} has two actions"
            self._timers[name] = action
            return action

        return register

    def on_create(self, kind: str) -> Callable[[Hook[S]], Hook[S]]:
        """Register a function that adds initial documents below each new one of a kind."""

        def register(hook: Hook[S]) -> Hook[S]:
            self._on_create.setdefault(kind, []).append(hook)
            return hook

        return register

    def on_state(self, kind: str) -> Callable[[StateHook[S]], StateHook[S]]:
        """Register a function that is called with every state that documents of a kind enter.

        Args:
            kind: Name of the kind, as in its state machine.
        """

        def register(hook: StateHook[S]) -> StateHook[S]:
            self._on_state.setdefault(kind, []).append(hook)
            return hook

        return register

    def on_change(self, hook: ChangeHook[C]) -> ChangeHook[C]:
        """Register a function that is called after each successful call with changes."""
        self._on_change.append(hook)
        return hook

    def page(self, method: str, top: str) -> Callable[[Page], Page]:
        """Register a handler of requests outside of the API.

        Args:
            method: HTTP method.
            top: The path's first segment, which no operation has; empty for the path ``/``.
        """

        def register(answer: Page) -> Page:
            assert (method, top) not in self.pages, f"{method} /{top} has two handlers"
            self.pages[method, top] = answer
            return answer

        return register

    def created(self, kind: str, scope: S, path: Path) -> None:
        """Add the initial documents below a new one, in the order of the modules' names."""
        for hook in sorted(self._on_create.get(kind, ()), key=lambda hook: hook.__module__):
            hook(scope, path)

    def entered(self, kind: str, scope: S, path: Path, state: str) -> None:
        """Notify the hooks of a kind of the state that a document has entered."""
        for hook in self._on_state.get(kind, ()):
            hook(scope, path, state)

    def changed(self, call: C) -> None:
        """Notify the hooks of a call with changes."""
        for hook in self._on_change:
            hook(call)

    def names(self, store: Store, path: Path) -> set[str]:
        """Return ids and names of the resources of a path."""
        return names_at(store, path).union(
            *(names_at(store, other) for other in self.related(path))
        )

    def actions(self) -> Mapping[str, Action]:
        """Return the actions of timers in a world, by their names."""
        return {name: self._action(hook) for name, hook in self._timers.items()}

    def _action(self, hook: Hook[S]) -> Action:
        def action(world: World, path: Path) -> None:
            hook(self._scope_at(world, path), path)

        return action


AnyRegistry: TypeAlias = Registry[Any, Any]
"""The registry of any API."""
