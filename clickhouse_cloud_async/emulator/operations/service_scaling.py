"""How services scale, when they are upgraded, and the sizes that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator import generic
from clickhouse_cloud_async.emulator.problems import bad_request, not_found
from clickhouse_cloud_async.emulator.randomness import random_uuid
from clickhouse_cloud_async.emulator.registry import operation
from clickhouse_cloud_async.emulator.scaling import rescale, schedule_entry

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call
    from clickhouse_cloud_async.emulator.services import Service

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
    service = _named(call)
    rescale(service.facts, call.body)
    return service.wire(call.organization.now)


@operation("scalingScheduleGet")
def get_schedule(call: Call) -> JsonObject:
    """Show the schedule of a service."""
    service = _scheduled(call)
    return service.schedule_wire(call.organization.now)


@operation("scalingScheduleUpsert")
def put_schedule(call: Call) -> JsonObject:
    """Replace the schedule of a service; no entries clear it."""
    service, random = _named(call), call.organization.random
    service.schedule = [
        schedule_entry(service.facts, entry, random_uuid(random)) for entry in call.body["entries"]
    ]
    if not service.schedule:
        return {"entries": [], "baseConfig": {}}
    return service.schedule_wire(call.organization.now)


@operation("scalingScheduleDelete")
def delete_schedule(call: Call) -> None:
    """Clear the schedule of a service."""
    _scheduled(call).schedule = []


@operation("upgradeWindowUpdate")
def put_upgrade_window(call: Call) -> object:
    """Set the upgrade window of a primary service, which its secondaries share."""
    if not _named(call).facts["isPrimary"]:
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


def _named(call: Call) -> Service:
    return call.organization.service(call.parameters["serviceId"])


def _scheduled(call: Call) -> Service:
    service = _named(call)
    if not service.schedule:
        raise not_found(f"a scaling schedule of service {call.parameters['serviceId']}")
    return service
