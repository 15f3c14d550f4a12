"""The requests that an action would send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .report import OutcomeStatus
from .steps import ENDS, Decision

if TYPE_CHECKING:
    from .kind import Item, Kind
    from .report import Outcome
    from .steps import Action


def predict(action: Action, kind: Kind, service: Item, outcome: Outcome, *, wait: bool) -> None:
    """Set an outcome to the requests that an action would send for a service if all succeeded.

    Args:
        action: The action.
        kind: Kind of the resources.
        service: The service as it is.
        outcome: Its outcome.
        wait: Whether the service would be followed.
    """
    *_, last = action.steps
    is_as_seen = True
    for step in action.steps:
        # The goal of a step is the start of the next one.
        decision = step.decide(service, kind.lifecycle) if is_as_seen else Decision.SEND
        if decision is Decision.SETTLING and wait:
            decision = Decision.SEND
        if decision in ENDS:
            outcome.status, outcome.reason = ENDS[decision], f"it is {kind.state_of(service)}"
            return
        if decision is Decision.SEND:
            outcome.commands.append(step.name)
        elif decision is Decision.IN_PROGRESS and step is last:
            outcome.reason = f"it is {kind.state_of(service)}"
        is_as_seen = is_as_seen and decision is Decision.ALREADY_DONE
    outcome.status = OutcomeStatus.PLANNED if outcome.commands else OutcomeStatus.UNCHANGED
