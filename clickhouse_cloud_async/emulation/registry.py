"""The functions of one emulated API: what answers an operation, and what happens by itself."""

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
    """The part of a world that calls, timers and hooks act on, such as one account."""

    @property
    def world(self) -> World:
        """What it is part of."""
        ...


C = TypeVar("C")
S = TypeVar("S", bound=Scope)

Handler: TypeAlias = Callable[[C], object]
"""Answers a call with its result, or with a `Reply` that holds the result and more."""

Hook: TypeAlias = "Callable[[S, Path], None]"
"""Acts on the document at a path, which is there."""

StateHook: TypeAlias = "Callable[[S, Path, str], None]"
"""Learns which state a document has entered, or ``gone`` just before the document is removed."""

ChangeHook: TypeAlias = Callable[[C], None]
"""Looks at what a caller has changed."""

Page: TypeAlias = "Callable[[World, Incoming], Outgoing]"
"""Answers a request outside of the API, with no credentials asked for."""


def _none(_path: Path) -> Iterable[Path]:
    """Return no relations, as most kinds have none beside their paths."""
    return ()


class Registry(Generic[C, S]):
    """What an emulated API registers; C is the type of its calls, S that of its scopes.

    Args:
        scope_at: The scope that the document at a path belongs to.
        main_kind: The kind of resource that faults mean where they name none.
        related: Where resources are that a path is about although it does not lead through them.

    Attributes:
        related: As the argument.
        main_kind: As the argument.
        handlers: What answers operations, by their ids.
        bodies: Schemas that stand in the place of the contract's bodies, by operation id.
        pages: What answers outside of the API, by method and first segment of the path.
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
        """Make a function the response to operations of the contract.

        Args:
            *operation_ids: Ids of the operations.
            body: Schema of what they take, where the API is known to take more than its contract.
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
        """Make a function what a timer does to its document.

        Args:
            name: The timer's name.
        """

        def register(action: Hook[S]) -> Hook[S]:
            assert name not in self._timers, f"timer {name} has two actions"
            self._timers[name] = action
            return action

        return register

    def on_create(self, kind: str) -> Callable[[Hook[S]], Hook[S]]:
        """Make a function put below each new document of a kind what is there from the start."""

        def register(hook: Hook[S]) -> Hook[S]:
            self._on_create.setdefault(kind, []).append(hook)
            return hook

        return register

    def on_state(self, kind: str) -> Callable[[StateHook[S]], StateHook[S]]:
        """Make a function learn of every state that documents of a kind enter.

        Args:
            kind: Name of the kind, as its state machine has it.
        """

        def register(hook: StateHook[S]) -> StateHook[S]:
            self._on_state.setdefault(kind, []).append(hook)
            return hook

        return register

    def on_change(self, hook: ChangeHook[C]) -> ChangeHook[C]:
        """Make a function look at every call that changed something, after it succeeded."""
        self._on_change.append(hook)
        return hook

    def page(self, method: str, top: str) -> Callable[[Page], Page]:
        """Make a function the response to requests outside of the API.

        Args:
            method: HTTP method.
            top: The path's first segment, which no operation has; empty for the path ``/``.
        """

        def register(answer: Page) -> Page:
            assert (method, top) not in self.pages, f"{method} /{top} has two answers"
            self.pages[method, top] = answer
            return answer

        return register

    def created(self, kind: str, scope: S, path: Path) -> None:
        """Put below a new document what is there from the start, by the names of the modules."""
        for hook in sorted(self._on_create.get(kind, ()), key=lambda hook: hook.__module__):
            hook(scope, path)

    def entered(self, kind: str, scope: S, path: Path, state: str) -> None:
        """Tell the hooks of a kind which state a document has entered."""
        for hook in self._on_state.get(kind, ()):
            hook(scope, path, state)

    def changed(self, call: C) -> None:
        """Let the hooks look at a call that changed something."""
        for hook in self._on_change:
            hook(call)

    def names(self, store: Store, path: Path) -> set[str]:
        """Ids and names of the resources that a path is about."""
        return names_at(store, path).union(
            *(names_at(store, other) for other in self.related(path))
        )

    def actions(self) -> Mapping[str, Action]:
        """Return what timers do to the documents of a world, by their names."""
        return {name: self._action(hook) for name, hook in self._timers.items()}

    def _action(self, hook: Hook[S]) -> Action:
        def action(world: World, path: Path) -> None:
            hook(self._scope_at(world, path), path)

        return action


AnyRegistry: TypeAlias = Registry[Any, Any]
"""The registry of any API."""
