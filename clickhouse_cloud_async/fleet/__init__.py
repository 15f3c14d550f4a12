"""ClickHouse services as one thing: many of them, of one organisation or of several."""

from .criteria import Criteria
from .desired.document import DesiredFleet, DesiredService
from .desired.fields import FieldChange
from .desired.plan import Plan, PlanKind, ServicePlan
from .desired.problems import DescriptionError, Problem
from .fleet import AsyncFleet
from .members import AsyncFleetService
from .progress import FleetProgress
from .report import FleetError, MemberFailure, Outcome, OutcomeStatus, Report
from .selection import AsyncSelection

__all__ = [
    "AsyncFleet",
    "AsyncFleetService",
    "AsyncSelection",
    "Criteria",
    "DescriptionError",
    "DesiredFleet",
    "DesiredService",
    "FieldChange",
    "FleetError",
    "FleetProgress",
    "MemberFailure",
    "Outcome",
    "OutcomeStatus",
    "Plan",
    "PlanKind",
    "Problem",
    "Report",
    "ServicePlan",
]
