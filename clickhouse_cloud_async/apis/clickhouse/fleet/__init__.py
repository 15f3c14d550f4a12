"""Fleets: many ClickHouse services, of one organisation or of several."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.resources.desired_fleet import DesiredFleet
    from clickhouse_cloud_async.apis.clickhouse.resources.document import DesiredService
    from clickhouse_cloud_async.apis.clickhouse.resources.plan import ServicePlan
    from clickhouse_cloud_async.apis.clickhouse.resources.terraform.conversion import from_terraform
    from clickhouse_cloud_async.apis.clickhouse.resources.terraform.report import (
        Conversion,
        Loss,
        Replacement,
    )
    from clickhouse_cloud_async.apis.clickhouse.sync.fleet import Fleet
    from clickhouse_cloud_async.apis.clickhouse.sync.selection import Selection
    from clickhouse_cloud_async.desired.diff import FieldChange
    from clickhouse_cloud_async.desired.drift import FleetDrift
    from clickhouse_cloud_async.desired.export import Exported
    from clickhouse_cloud_async.desired.known import Known
    from clickhouse_cloud_async.desired.looking import LookProgress
    from clickhouse_cloud_async.desired.plan import Plan, PlanAction, ResourcePlan
    from clickhouse_cloud_async.desired.prices import Prices
    from clickhouse_cloud_async.desired.validation import DescriptionError, ValidationIssue
    from clickhouse_cloud_async.fleet.events import EventKind
    from clickhouse_cloud_async.fleet.progress import FleetProgress
    from clickhouse_cloud_async.fleet.report import (
        FleetError,
        MemberFailure,
        Outcome,
        OutcomeStatus,
        Report,
    )

    from .criteria import Criteria
    from .events import FleetEvent
    from .fleet import AsyncFleet
    from .selection import AsyncSelection
    from .service import AsyncFleetService
    from .sync_fleet import FleetService

__all__ = [
    "AsyncFleet",
    "AsyncFleetService",
    "AsyncSelection",
    "Conversion",
    "Criteria",
    "DescriptionError",
    "DesiredFleet",
    "DesiredService",
    "EventKind",
    "Exported",
    "FieldChange",
    "Fleet",
    "FleetDrift",
    "FleetError",
    "FleetEvent",
    "FleetProgress",
    "FleetService",
    "Known",
    "LookProgress",
    "Loss",
    "MemberFailure",
    "Outcome",
    "OutcomeStatus",
    "Plan",
    "PlanAction",
    "Prices",
    "Replacement",
    "Report",
    "ResourcePlan",
    "Selection",
    "ServicePlan",
    "ValidationIssue",
    "from_terraform",
]

_SYNC = "clickhouse_cloud_async.apis.clickhouse.sync"
_TERRAFORM = "clickhouse_cloud_async.apis.clickhouse.resources.terraform"
_MODULES = {
    "AsyncFleet": ".fleet",
    "AsyncFleetService": ".service",
    "AsyncSelection": ".selection",
    "Conversion": f"{_TERRAFORM}.report",
    "Criteria": ".criteria",
    "DescriptionError": "clickhouse_cloud_async.desired.validation",
    "DesiredFleet": "clickhouse_cloud_async.apis.clickhouse.resources.desired_fleet",
    "DesiredService": "clickhouse_cloud_async.apis.clickhouse.resources.document",
    "FleetDrift": "clickhouse_cloud_async.desired.drift",
    "Exported": "clickhouse_cloud_async.desired.export",
    "EventKind": "clickhouse_cloud_async.fleet.events",
    "FieldChange": "clickhouse_cloud_async.desired.diff",
    "Fleet": f"{_SYNC}.fleet",
    "FleetEvent": ".events",
    "FleetProgress": "clickhouse_cloud_async.fleet.progress",
    "FleetService": ".sync_fleet",
    "Known": "clickhouse_cloud_async.desired.known",
    "LookProgress": "clickhouse_cloud_async.desired.looking",
    "Plan": "clickhouse_cloud_async.desired.plan",
    "PlanAction": "clickhouse_cloud_async.desired.plan",
    "Prices": "clickhouse_cloud_async.desired.prices",
    "ResourcePlan": "clickhouse_cloud_async.desired.plan",
    "Loss": f"{_TERRAFORM}.report",
    "Replacement": f"{_TERRAFORM}.report",
    "ValidationIssue": "clickhouse_cloud_async.desired.validation",
    "Selection": f"{_SYNC}.selection",
    "ServicePlan": "clickhouse_cloud_async.apis.clickhouse.resources.plan",
    "from_terraform": f"{_TERRAFORM}.conversion",
}


if not TYPE_CHECKING:
    # Otherwise type checkers would accept every misspelt name.

    def __getattr__(name: str) -> object:
        """Load a public name when it is used: starting services does not need YAML."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = import_module(_MODULES.get(name, "clickhouse_cloud_async.fleet.report"), __name__)
        value: object = getattr(module, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
