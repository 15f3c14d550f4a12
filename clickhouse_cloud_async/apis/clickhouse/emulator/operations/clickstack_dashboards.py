"""Dashboards of ClickStack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack import alerts
from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.common import draw_id
from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.dashboard_rules import findings
from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.dashboards import (
    identified,
    normalized,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.emulation.problems import bad_request
from clickhouse_cloud_async.emulation.validation import MismatchError, path_text

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.dashboard_rules import Finding
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("clickStackCreateDashboard")
def create_dashboard(call: Call) -> JsonObject:
    """Create a dashboard."""
    _check(call)
    random = call.organization.world.random
    dashboard_id = draw_id(random)
    dashboard = {"id": dashboard_id, **identified(call.body, {}, random)}
    return call.organization.world.store.put((*call.path, dashboard_id), dashboard)


@operation("clickStackUpdateDashboard")
def update_dashboard(call: Call) -> JsonObject:
    """Replace a dashboard; alerts of removed tiles are deleted."""
    old = call.document
    _check(call)
    dashboard = {"id": old["id"], **identified(call.body, old, call.organization.world.random)}
    kept = {tile["id"] for tile in dashboard["tiles"]}
    for tile in old["tiles"]:
        if tile["id"] not in kept:
            alerts.drop(call, dashboardId=old["id"], tileId=tile["id"])
    return call.organization.world.store.put(call.path, dashboard)


@operation("clickStackDeleteDashboard")
def delete_dashboard(call: Call) -> None:
    """Delete a dashboard with the alerts that watch its tiles."""
    call.organization.world.store.remove(call.path)
    alerts.drop(call, dashboardId=call.path[-1])


@operation("clickStackValidateDashboard", body={"type": "object"})
def validate_dashboard(call: Call) -> JsonObject:
    """Return the errors of a dashboard, and its stored form."""
    schema = call.organization.world.contract.schemas["ClickStackCreateDashboardRequest"]
    problems: list[Finding]
    try:
        body: JsonObject = call.organization.world.validator.check(schema, call.body)
    except MismatchError as mismatch:
        problems = [(mismatch.path, mismatch.problem)]
    else:
        problems = list(findings(body))
        if not problems:
            return {"valid": True, "errors": [], "normalized": normalized(body)}
    errors = [
        {"path": ".".join(map(str, place)), "message": message} for place, message in problems
    ]
    return {"valid": False, "errors": errors, "normalized": None}


def _check(call: Call) -> None:
    for place, message in findings(call.body):
        raise bad_request(f"{path_text(place)}: {message}")
