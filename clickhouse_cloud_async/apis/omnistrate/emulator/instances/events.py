"""Audit events of instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.ids import new_id, now
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import peek

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

KEPT: Final = 10_000
"""Maximum number of events; the oldest are dropped first."""


def note(world: World, instance: JsonObject, message: str, user: JsonObject | None = None) -> None:
    """Record an event of an instance.

    Args:
        world: The emulator's documents and time.
        instance: The instance.
        message: The fixed phrase for the event.
        user: The user who caused it; None for automatic events.
    """
    events = world.store.collection(("events",))
    tier = peek(world, "tiers", instance["_tierId"])
    environment = peek(world, "environments", instance["_environmentId"])
    service = peek(world, "services", instance["_serviceId"])
    event: JsonObject = {
        "id": new_id(world, "event-"),
        "eventSource": "Infra" if user is None else "Customer",
        "message": message,
        "time": now(world),
        "resourceInstanceId": instance["id"],
        "resourceName": instance["_resourceName"],
        "subscriptionId": instance["subscriptionId"],
        "cloudProvider": instance["cloud_provider"],
        "region": instance["region"],
        "environmentId": environment["id"],
        "environmentType": environment["type"],
        "planVersion": instance["tierVersion"],
        "productTierId": tier["id"],
        "serviceId": service["id"],
        "serviceName": service["name"],
        "servicePlanName": tier["name"],
    }
    if user is not None:
        event |= {"userId": user["id"], "userName": user["name"], "orgId": user["orgId"]}
    events[event["id"]] = event
    while len(events) > KEPT:
        del events[next(iter(events))]
