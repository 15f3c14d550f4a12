"""What an action is made of: what is sent in which state, and what counts as reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

import attrs

from .report import OutcomeStatus

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle

    from .kind import Item, Order

GONE = "gone"
"""Stands for the state of a service that is not there any more."""

NOT_THERE = "not there"
"""Stands for the state of a service that is to be created."""

Test = Callable[[Any], bool]
"""Something that holds of a service or not; of None where it is gone."""

Send = Callable[[Any, float | None], Awaitable[Any]]
"""Sends a request within some seconds, None for no limit, and gives what the call gave."""


def state_of(service: Item | None) -> str:
    """The state of a service that may be gone."""
    return GONE if service is None else str(service.state)


def in_state(states: Collection[str]) -> Test:
    """Test whether a service is in one of some states."""
    wanted = frozenset(states)
    return lambda service: state_of(service) in wanted


def never(_service: Item | None) -> bool:
    """Hold of no service."""
    return False


def always(service: Item | None) -> bool:
    """Hold of every service that is there."""
    return service is not None


class Verdict(Enum):
    """What a step has to do for a service as it is."""

    NEEDLESS = auto()
    """Nothing: it is as it should be."""
    MOOT = auto()
    """Nothing, and so has all that follows."""
    PASSING = auto()
    """Nothing: it is on its way."""
    SEND = auto()
    """Its request can be sent."""
    SETTLING = auto()
    """Its request can be sent once the present state has passed."""
    IMPOSSIBLE = auto()
    """Its request cannot be sent."""


ENDS: Mapping[Verdict, OutcomeStatus] = {
    Verdict.MOOT: OutcomeStatus.UNCHANGED,
    Verdict.SETTLING: OutcomeStatus.NOT_SENT,
    Verdict.IMPOSSIBLE: OutcomeStatus.FAILED,
}
"""How an action ends at a step for which nothing can be done."""


@attrs.frozen(kw_only=True)
class Step:
    """One request of an action.

    Attributes:
        name: What it is called in reports.
        send: Sends it.
        sendable: When it can be sent.
        passing: When the service is on its way to the goal.
        goal: Where it is to end once it is sent.
        needless: When nothing has to be sent.
        moot: When it has no meaning, and the action is over.
        by_state: Whether states tell if it was carried out.
        by_look: Whether a look at the service tells if it was carried out.
        is_end: Whether the service is to be gone after it.
        conflicts_pass: Whether a 409 in a state that allows the request passes by itself.
        is_result: Whether what `send` gives is what the caller wants, and not the service.
    """

    name: str
    send: Send
    sendable: Test = always
    passing: Test = never
    goal: Test = always
    needless: Test = never
    moot: Test = never
    by_state: bool = False
    by_look: bool = True
    is_end: bool = False
    conflicts_pass: bool = False
    is_result: bool = False

    def verdict(self, service: Item | None, lifecycle: Lifecycle[Any]) -> Verdict:
        """What it has to do for a service as it is."""
        for test, verdict in (
            (self.moot, Verdict.MOOT),
            (self.needless, Verdict.NEEDLESS),
            (self.passing, Verdict.PASSING),
            (self.sendable, Verdict.SEND),
        ):
            if test(service):
                return verdict
        if state_of(service) in lifecycle.settling:
            return Verdict.SETTLING
        return Verdict.IMPOSSIBLE

    def is_over(self, service: Item | None) -> bool:
        """Whether a service needs no following any more once the request is sent."""
        return self.goal(service) and not self.passing(service)

    def is_under_way(self, service: Item | None) -> bool:
        """Whether a service is as if the request was carried out."""
        is_there = self.by_state and self.goal(service)
        return is_there or self.needless(service) or self.passing(service)

    def ended_elsewhere(self, service: Item | None, before: str, lifecycle: Lifecycle[Any]) -> bool:
        """Whether the request was carried out without success, or has become impossible.

        Args:
            service: The service as it is.
            before: Its state before the request.
            lifecycle: What states mean.
        """
        state = state_of(service)
        if not self.by_state or state == before:
            return False
        return state in lifecycle.terminal or not self.sendable(service)


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
