"""What an action is made of: what is sent in which state, and what counts as reached."""

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
"""Something that holds of a service or not; of None where it is gone."""

Send = Callable[[Any, float | None], Awaitable[Any]]
"""Sends a request within some seconds, None for no limit, and gives what the call gave."""


def in_state(states: Collection[str], attribute: str = "state") -> Test:
    """Test whether a service is in one of some states.

    Args:
        states: The states.
        attribute: The attribute that holds its state.
    """
    wanted = frozenset(states)
    return lambda service: state_of(service, attribute) in wanted


def never(_service: Item | None) -> bool:
    """Hold of no service."""
    return False


def always(service: Item | None) -> bool:
    """Hold of every service that is there."""
    return service is not None


class Decision(Enum):
    """What a step has to do for a service as it is."""

    ALREADY_DONE = auto()
    """Nothing: it is as it should be."""
    NOT_APPLICABLE = auto()
    """Nothing, and so has all that follows."""
    IN_PROGRESS = auto()
    """Nothing: it is on its way."""
    SEND = auto()
    """Its request can be sent."""
    SETTLING = auto()
    """Its request can be sent once the present state has passed."""
    IMPOSSIBLE = auto()
    """Its request cannot be sent."""


ENDS: Mapping[Decision, OutcomeStatus] = {
    Decision.NOT_APPLICABLE: OutcomeStatus.UNCHANGED,
    Decision.SETTLING: OutcomeStatus.NOT_SENT,
    Decision.IMPOSSIBLE: OutcomeStatus.FAILED,
}
"""How an action ends at a step for which nothing can be done."""


@attrs.frozen(kw_only=True)
class Step:
    """One request of an action.

    Attributes:
        name: What it is called in reports.
        send: Sends it.
        allowed: When it can be sent.
        in_progress: When the service is on its way to the goal.
        goal: Where it is to end once it is sent.
        already_done: When nothing has to be sent.
        not_applicable: When it has no meaning, and the action is over.
        by_state: Whether states tell if it was carried out.
        is_observable: Whether the service, seen anew, tells if it was carried out.
        is_end: Whether the service is to be gone after it.
        is_result: Whether what `send` gives is what the caller wants, and not the service.
        returns: Whether it leads through other states back to one in which it can be sent, so that
            the goal counts only once the service was seen on its way, or after a while.
        grace: Seconds for the response of a request that was sent, when everything is cancelled.
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
        """Return what it has to do for a service as it is."""
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
        """Return whether a service needs no following any more once the request is sent."""
        return self.goal(service) and not self.in_progress(service)

    def is_under_way(self, service: Item | None) -> bool:
        """Return whether a service is as if the request was carried out."""
        is_there = self.by_state and self.goal(service)
        return is_there or self.already_done(service) or self.in_progress(service)

    def ended_elsewhere(self, service: Item | None, before: str, lifecycle: Lifecycle[Any]) -> bool:
        """Return whether the request was carried out without success, or has become impossible.

        Args:
            service: The service as it is.
            before: Its state before the request.
            lifecycle: What states mean.
        """
        state = state_of(service, lifecycle.state)
        if not self.by_state or state == before:
            return False
        # No deletion leads to a terminal state: an earlier transition does.
        has_failed = state in lifecycle.terminal and not self.is_end
        return has_failed or not self.allowed(service)


@attrs.frozen(kw_only=True)
class Action:
    """What is done to each service of a selection.

    Attributes:
        name: What it is called in reports.
        steps: The requests, in order; each but the last is followed to its goal.
        at_once: For how many services of a client requests may be under way at the same time.
        order: Makes the order of deletions from all things that there are and the IDs of those
            that are deleted; None for what deletes nothing.
    """

    name: str
    steps: tuple[Step, ...]
    at_once: int = 20
    order: Callable[[Iterable[Any], Collection[str]], Order] | None = None
