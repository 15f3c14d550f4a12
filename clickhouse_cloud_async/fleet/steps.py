"""Actions and their steps: requests, the states that allow them, and their goals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

import attrs

from .report import OutcomeStatus
from .states import state_of

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle

    from .kind import Item, Order

Test = Callable[[Any], bool]
"""A condition of a service, or of None if it is gone."""

Send = Callable[[Any, float | None], Awaitable[Any]]
"""Sends a request with a timeout, None for no limit, and returns its result."""


def in_state(states: Collection[str], attribute: str = "state") -> Test:
    """Return a condition that holds for a service in one of some states.

    Args:
        states: The states.
        attribute: The attribute with its state.
    """
    wanted = frozenset(states)
    return lambda service: state_of(service, attribute) in wanted


def never(_service: Item | None) -> bool:
    """Hold for no service."""
    return False


def always(service: Item | None) -> bool:
    """Hold for every service that exists."""
    return service is not None


class Decision(Enum):
    """The decision of a step for a service in its present state."""

    ALREADY_DONE = auto()
    """Nothing: the goal is already reached."""
    NOT_APPLICABLE = auto()
    """Nothing, and neither do the following steps."""
    IN_PROGRESS = auto()
    """Nothing: the transition is in progress."""
    SEND = auto()
    """Send the request."""
    SETTLING = auto()
    """Send the request after the current transition."""
    IMPOSSIBLE = auto()
    """The request cannot be sent."""


ENDS: Mapping[Decision, OutcomeStatus] = {
    Decision.NOT_APPLICABLE: OutcomeStatus.UNCHANGED,
    Decision.SETTLING: OutcomeStatus.NOT_SENT,
    Decision.IMPOSSIBLE: OutcomeStatus.FAILED,
}
"""The status of an action that ends at a step without a request."""


@attrs.frozen(kw_only=True)
class Step:
    """One request of an action.

    Attributes:
        name: Its name in reports.
        send: Sends it.
        allowed: Condition for sending it.
        in_progress: Whether the transition to the goal is in progress.
        goal: Condition for its success.
        already_done: Condition for sending nothing.
        not_applicable: Condition for ending the action, because it does not apply.
        by_state: Whether states show if it was carried out.
        is_observable: Whether the refreshed service shows if it was carried out.
        is_end: Whether it deletes the service.
        is_result: Whether the action returns the result of `send`, and not the service.
        returns: Whether it leads through other states back to one in which it can be sent, so that
            the goal counts only after a transition was seen, or after a while.
        grace: Seconds for the response to a request that was sent before a cancellation.
    """

    name: str
    send: Send
    allowed: Test = always
    in_progress: Test = never
    goal: Test = always
    already_done: Test = never
    not_applicable: Test = never
    by_state: bool = False
    is_observable: bool = True
    is_end: bool = False
    is_result: bool = False
    returns: bool = False
    grace: float = 0.0

    def decide(self, service: Item | None, lifecycle: Lifecycle[Any]) -> Decision:
        """Return the decision for a service in its present state."""
        for test, decision in (
            (self.not_applicable, Decision.NOT_APPLICABLE),
            (self.already_done, Decision.ALREADY_DONE),
            (self.in_progress, Decision.IN_PROGRESS),
            (self.allowed, Decision.SEND),
        ):
            if test(service):
                return decision
        if state_of(service, lifecycle.state) in lifecycle.settling:
            return Decision.SETTLING
        return Decision.IMPOSSIBLE

    def is_over(self, service: Item | None) -> bool:
        """Return whether a service need not be followed any more after the request."""
        return self.goal(service) and not self.in_progress(service)

    def is_under_way(self, service: Item | None) -> bool:
        """Return whether a service shows that the request was carried out."""
        is_there = self.by_state and self.goal(service)
        return is_there or self.already_done(service) or self.in_progress(service)

    def ended_elsewhere(self, service: Item | None, before: str, lifecycle: Lifecycle[Any]) -> bool:
        """Return whether the request has failed, or has become impossible.

        Args:
            service: The service in its present state.
            before: Its state before the request.
            lifecycle: The lifecycle of the service.
        """
        state = state_of(service, lifecycle.state)
        if not self.by_state or state == before:
            return False
        # A terminal state is the result of an earlier transition, not of a deletion.
        has_failed = state in lifecycle.terminal and not self.is_end
        return has_failed or not self.allowed(service)


@attrs.frozen(kw_only=True)
class Action:
    """An action on each service of a selection.

    Attributes:
        name: Its name in reports.
        steps: The requests, in order; each but the last is followed to its goal.
        at_once: Maximum number of services per client whose requests are sent concurrently.
        order: Creates the order of deletions from all resources and the IDs of those to delete;
            None for actions that delete nothing.
    """

    name: str
    steps: tuple[Step, ...]
    at_once: int = 20
    order: Callable[[Iterable[Any], Collection[str]], Order] | None = None
