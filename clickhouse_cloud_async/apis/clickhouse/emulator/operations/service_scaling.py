"""Scaling of services, upgrade windows, and available sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.plans import (
    SCHEDULES,
    UPGRADE_WINDOWS,
    require_feature,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.apis.clickhouse.emulator.services import profiles, schedules, warehouses
from clickhouse_cloud_async.apis.clickhouse.emulator.services.changes import notify_changes
from clickhouse_cloud_async.apis.clickhouse.emulator.services.rules import scale
from clickhouse_cloud_async.apis.clickhouse.emulator.services.service import (
    shown,
    watch_idleness,
    watch_schedule,
)
from clickhouse_cloud_async.emulation.problems import Problem, bad_request
from clickhouse_cloud_async.emulation.randomness import random_uuid

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

_WINDOW_HOURS = 6


@operation("instanceScalingUpdate", "instanceReplicaScalingUpdate")
def change_scaling(call: Call) -> JsonObject:
    """Change the baseline of a service's scaling."""
    service = call.service
    before = dict(service)
    scale(call.organization, service, call.body)
    watch_idleness(call.organization, call.service_path)
    notify_changes(call, before, service)
    return shown(call.organization, service)


@operation("scalingScheduleGet")
def get_schedule(call: Call) -> JsonObject:
    """Show the schedule of a service."""
    call.organization.world.store.document(call.path)
    return schedules.shown(call.organization, call.service)


@operation("scalingScheduleUpsert")
def put_schedule(call: Call) -> JsonObject:
    """Replace the schedule of a service; an empty list clears it."""
    organization, service = call.organization, call.service
    require_feature(organization, SCHEDULES)
    entries = [_entry(call, index) for index in range(len(call.body["entries"]))]
    if not entries:
        if organization.world.store.find(call.path) is not None:
            delete_schedule(call)
        return {"entries": [], "baseConfig": {}}
    organization.world.store.put(call.path, {"entries": entries})
    watch_schedule(organization, call.service_path)
    activities.record(call, "service_update_autoscaling_schedule")
    return schedules.shown(organization, service)


@operation("scalingScheduleDelete")
def delete_schedule(call: Call) -> None:
    """Clear the schedule of a service, which returns to its baseline."""
    call.organization.world.store.remove(call.path)
    watch_schedule(call.organization, call.service_path)
    activities.record(call, "service_update_autoscaling_schedule")


@operation("upgradeWindowGet")
def get_upgrade_window(call: Call) -> JsonObject:
    """Show the upgrade window of a service, which is that of its primary."""
    return call.organization.world.store.document(_window_path(call))


@operation("upgradeWindowUpdate")
def put_upgrade_window(call: Call) -> JsonObject:
    """Set the upgrade window of a primary service, which its secondaries share."""
    _require_primary(call)
    require_feature(call.organization, UPGRADE_WINDOWS)
    window = call.organization.world.store.put(call.path, {**call.body, "duration": _WINDOW_HOURS})
    activities.record(call, "service_update_upgrade_window")
    return window


@operation("upgradeWindowDelete")
def delete_upgrade_window(call: Call) -> None:
    """Remove the upgrade window of a service, even if the plan no longer includes windows."""
    _require_primary(call)
    call.organization.world.store.remove(call.path)
    activities.record(call, "service_delete_upgrade_window")


@operation("serviceProfilesList")
def list_profiles(call: Call) -> list[JsonObject]:
    """List the profiles of a region or of BYOC infrastructure."""
    query = call.query
    return profiles.listed(call.organization, query.get("region_id"), query.get("byoc_id"))


def _entry(call: Call, index: int) -> JsonObject:
    asked, entry_id = call.body["entries"][index], random_uuid(call.organization.world.random)
    try:
        return schedules.entry_of(call.service, asked, entry_id)
    except Problem as problem:
        raise bad_request(f"entries[{index}].{problem.message}") from problem


def _require_primary(call: Call) -> None:
    if not call.service["isPrimary"]:
        raise bad_request("only the primary service of a warehouse has an upgrade window")


def _window_path(call: Call) -> Path:
    service = call.service
    if service["isPrimary"]:
        return call.path
    first = warehouses.primary(call.organization, service["dataWarehouseId"])
    return call.path if first is None else (*call.path[:-2], first["id"], call.path[-1])
