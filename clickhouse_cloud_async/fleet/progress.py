"""Progress of fleet actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from .report import Outcome, Report


@attrs.frozen(kw_only=True)
class FleetProgress:
    """Progress of an action, passed to `on_progress` on each change of a service.

    Attributes:
        report: Report of all services so far.
        outcome: Outcome so far of the service that has changed.
        finished: Number of services that are finished.
        seconds: Seconds since the action began.
        remaining_seconds: Estimated seconds left; None if unknown. The estimate is based on the
            remaining requests, the rate limit, and the duration of transitions: typical values at
            first, then measured ones.
    """

    report: Report
    outcome: Outcome
    finished: int
    seconds: float
    remaining_seconds: float | None = None

    @property
    def total(self) -> int:
        """Number of services."""
        return len(self.report.outcomes)
