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
"""By how much of itself a typical duration may be shorter or longer."""

REMEMBERED = 100
"""How many of its last states a document keeps."""


def _nothing(_scope: Any, _path: Path, _state: str) -> None:
    """Do nothing, as most resources do on entering a state."""


@attrs.frozen(eq=False)
class StateMachine(Generic[S]):
    """The states of one kind of resource.

    Args:
        registry: Where the emulated API keeps its functions.
        kind: Name of the kind, such as ``service``; faults name it too.
        transitions: States that pass by themselves.
        field: The property that holds the state.
        entered: Called with scope, path and state after a document entered a state.
        variant: Which resources of the kind these are, where not all go through the same states.
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
        """Put a document into a state, from which it goes on by itself where that passes.

        Args:
            scope: What the document belongs to.
            path: Where it is.
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
        """Let the state of a document pass no more, as another machine takes over.

        Args:
            scope: What the document belongs to.
            path: Where it is.
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
