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
        remaining_seconds: About how many seconds are left; None where nothing can be told. It is
            reckoned from the requests that are left, the rate budget, and how long transitions
            take: typically at first, then as they are seen to.
    """

    report: Report
    outcome: Outcome
    finished: int
    seconds: float
    remaining_seconds: float | None = None

    @property
    def total(self) -> int:
        """How many services there are."""
        return len(self.report.outcomes)
