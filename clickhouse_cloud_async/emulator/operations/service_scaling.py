"""How services scale, when they are upgraded, and the sizes that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator import generic
from clickhouse_cloud_async.emulator.problems import bad_request
from clickhouse_cloud_async.emulator.randomness import random_uuid
from clickhouse_cloud_async.emulator.registry import operation
from clickhouse_cloud_async.emulator.scaling import rescale, schedule_entry
from clickhouse_cloud_async.emulator.services import shown, shown_schedule, watch_idleness

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call

_PROFILES = {
    "v1-default": (2, 8),
    "v1-highmem-xs": (2, 16),
    "v1-highmem-s": (4, 32),
    "v1-highmem-m": (8, 64),
    "v1-highmem-l": (16, 128),
    "v1-highmem-xl": (32, 256),
}
"""The standard profiles: cores and GiB of memory, in plausible sizes."""


@operation("instanceScalingUpdate", "instanceReplicaScalingUpdate")
def scale(call: Call) -> JsonObject:
    """Change the baseline of a service's scaling."""
    service = call.service
    rescale(service, call.body)
    watch_idleness(call.organization, call.service_path)
    return shown(call.organization, service)


@operation("scalingScheduleGet")
def get_schedule(call: Call) -> JsonObject:
    """Show the schedule of a service."""
    call.organization.store.document(call.path)
    return shown_schedule(call.organization, call.service)


@operation("scalingScheduleUpsert")
def put_schedule(call: Call) -> JsonObject:
    """Replace the schedule of a service; no entries clear it."""
    organization, service = call.organization, call.service
    entries = [
        schedule_entry(service, entry, random_uuid(organization.random))
        for entry in call.body["entries"]
    ]
    if entries:
        organization.store.put(call.path, {"entries": entries})
        return shown_schedule(organization, service)
    if organization.store.find(call.path) is not None:
        organization.store.remove(call.path)
    return {"entries": [], "baseConfig": {}}


@operation("scalingScheduleDelete")
def delete_schedule(call: Call) -> None:
    """Clear the schedule of a service."""
    call.organization.store.remove(call.path)


@operation("upgradeWindowUpdate")
def put_upgrade_window(call: Call) -> object:
    """Set the upgrade window of a primary service, which its secondaries share."""
    if not call.service["isPrimary"]:
        raise bad_request("only a primary service has an upgrade window")
    return generic.put_single(call)


@operation("serviceProfilesList")
def list_profiles(call: Call) -> list[JsonObject]:
    """List the standard profiles."""
    if not {"region_id", "byoc_id"} & call.query.keys():
        raise bad_request("region_id: is required without byoc_id")
    return [
        {"profile": name, "cpuCores": cores, "memoryGi": memory}
        for name, (cores, memory) in _PROFILES.items()
    ]
