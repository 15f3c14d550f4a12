"""ClickHouse services as one thing: many of them, of one organisation or of several."""

from .criteria import Criteria
from .fleet import AsyncFleet
from .members import FleetService
from .progress import FleetProgress
from .report import FleetError, MemberFailure, Outcome, OutcomeStatus, Report
from .selection import AsyncSelection

__all__ = [
    "AsyncFleet",
    "AsyncSelection",
    "Criteria",
    "FleetError",
    "FleetProgress",
    "FleetService",
    "MemberFailure",
    "Outcome",
    "OutcomeStatus",
    "Report",
]
