"""State machines: states that pass by themselves, on the emulator's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from .registry import Scope
from .transitions import GONE, Transition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .json_values import JsonObject
    from .registry import Registry
    from .store import Path

S = TypeVar("S", bound=Scope)

JITTER = 0.1
"""Relative spread of durations around the typical one."""

REMEMBERED = 100
"""Number of past states that a document keeps."""


def _nothing(_scope: Any, _path: Path, _state: str) -> None:
    """Do nothing, as is right for most resources."""


@attrs.frozen(eq=False)
class StateMachine(Generic[S]):
    """The states of one kind of resource.

    Args:
        registry: Where the emulated API keeps its functions.
        kind: Name of the kind, such as ``service``; faults name it too.
        transitions: The transitions.
        field: The property that holds the state.
        entered: Called with scope, path and state after a document has entered a state.
        variant: Name of a variant of the kind with transitions of its own.
    """

    registry: Registry[Any, S]
    kind: str
    transitions: Mapping[str, Transition]
    field: str = "state"
    entered: Callable[[S, Path, str], None] = _nothing
    variant: str = ""

    def __attrs_post_init__(self) -> None:
        self.registry.kinds[self.kind] = None
        self.registry.timer(self._timer)(self._pass)

    @property
    def _timer(self) -> str:
        return f"{self.kind}.{self.variant}" if self.variant else self.kind

    def enter(self, scope: S, path: Path, state: str) -> JsonObject:
        """Put a document into a state, and start its transition if it is transitional.

        Args:
            scope: The scope of the document.
            path: Its place in the store.
            state: The state, as the API names it.

        Returns:
            The document.
        """
        world = scope.world
        document = world.store.document(path)
        document[self.field] = state
        history = document.setdefault("_history", [])
        history.append([world.elapsed, state])
        del history[:-REMEMBERED]
        transition = self.transitions.get(state)
        if transition is None:
            world.timers.cancel(path, self._timer)
        else:
            random = world.draw(self.kind, *path, state, f"{world.elapsed:.3f}")
            seconds = transition.seconds * random.uniform(1 - JITTER, 1 + JITTER)
            world.timers.set(path, self._timer, world.elapsed + seconds)
        self._entered(scope, path, state)
        return document

    def leave(self, scope: S, path: Path) -> None:
        """Cancel the transition of a document, because another machine takes over.

        Args:
            scope: The scope of the document.
            path: Its place in the store.
        """
        scope.world.timers.cancel(path, self._timer)

    def _pass(self, scope: S, path: Path) -> None:
        world = scope.world
        state: str = world.store.document(path)[self.field]
        following = world.faults.divert(
            self.kind,
            state,
            self.transitions[state].following,
            self.registry.names(world.store, path),
        )
        if following == GONE:
            self._entered(scope, path, GONE)
            world.store.remove(path)
        else:
            self.enter(scope, path, following)

    def _entered(self, scope: S, path: Path, state: str) -> None:
        self.registry.entered(self.kind, scope, path, state)
        self.entered(scope, path, state)
