"""The condition of a wait."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Generic, TypeVar

from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.functions import checked_function
from clickhouse_cloud_async.core.text import did_you_mean

if TYPE_CHECKING:
    from .lifecycle import Lifecycle
    from .snapshots import Snapshot

T = TypeVar("T")

Target = str | int | Collection[str | int] | Callable[[T], bool]
"""The target of a wait: a state, one of several, or a condition. A number is that of a state."""


class WaitCondition(Generic[T]):
    """The condition that ends a wait.

    Args:
        lifecycle: The lifecycle of the resource.
        target: A state, several states, or a condition.

    Raises:
        InvalidArgumentError: A state is not one of the lifecycle, or the condition is async.
    """

    __slots__ = ("_condition", "_lifecycle", "_states")

    def __init__(self, lifecycle: Lifecycle[T], target: Target[T]) -> None:
        self._lifecycle = lifecycle
        self._condition = checked_function("target", target) if callable(target) else None
        self._states = frozenset[str]() if callable(target) else _states(lifecycle, target)

    @property
    def pending_message(self) -> str:
        """The end of a message about a resource that has not reached it."""
        return f", not {self._named}" if self._states else ", and the condition does not hold"

    @property
    def unreachable_message(self) -> str:
        """The end of a message about a resource that cannot reach it any more."""
        if self._states:
            return f", and does not become {self._named} from there"
        return ", and the condition does not come to hold from there"

    def is_reached(self, snapshot: Snapshot[T]) -> bool:
        """Return whether it is reached."""
        if self._condition is not None:
            return bool(self._condition(snapshot.item))
        return snapshot.state in self._states

    def is_out_of_reach(self, state: str | None) -> bool:
        """Return whether it cannot be reached any more from a state."""
        if state in self._lifecycle.terminal or state in self._lifecycle.ends:
            return True
        # A resource that is being deleted can still reach the states of a deleted one.
        return state in self._lifecycle.gone and not self._states & self._lifecycle.gone

    @property
    def _named(self) -> str:
        return " or ".join(sorted(map(str, self._states)))


def _states(lifecycle: Lifecycle[T], target: str | int | Collection[str | int]) -> frozenset[str]:
    given = (target,) if isinstance(target, (str, int)) else target
    if not isinstance(given, Collection):
        kind = type(target).__name__
        raise InvalidArgumentError(f"target: expected states or a condition, found {kind}")
    states = frozenset(name for state in given if (name := lifecycle.name_of(state)))
    for state in given:
        name = lifecycle.name_of(state)
        if name is None or (lifecycle.states and name not in lifecycle.states):
            known = ", ".join(sorted(lifecycle.states))
            raise InvalidArgumentError(
                f"{lifecycle.state}: {state!r} is no state of the {lifecycle.kind}: {known}"
                f"{did_you_mean(str(state), lifecycle.states)}"
            )
    if not states:
        raise InvalidArgumentError(f"{lifecycle.state}: there is nothing to wait for")
    return states
