"""How far an action is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from .report import Outcome, Report


@attrs.frozen(kw_only=True)
class FleetProgress:
    """News of one service during an action.

    Attributes:
        report: What is known so far of all of them.
        outcome: What is known of the service that there is news of.
        finished: How many services are at their end.
        seconds: Seconds since the action began.
    """

    report: Report
    outcome: Outcome
    finished: int
    seconds: float

    @property
    def total(self) -> int:
        """How many services there are."""
        return len(self.report.outcomes)

    @property
    def remaining_seconds(self) -> float | None:
        """About how long the rest takes at the pace so far; None before the first is finished."""
        if not self.finished:
            return None
        return self.seconds / self.finished * (self.total - self.finished)
