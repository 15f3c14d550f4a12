"""Replica-aware routing of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_OFF: JsonObject = {"httpEnabled": False, "nativeEnabled": False}


@operation("replicaAwareRoutingGet")
def get_routing(call: Call) -> JsonObject:
    """Show the protocols that are routed to a fixed replica; none until one is enabled."""
    return _routing(call)


@operation("replicaAwareRoutingUpdate")
def update_routing(call: Call) -> JsonObject:
    """Enable or disable protocols; absent ones do not change."""
    return call.organization.world.store.put(call.path, _routing(call) | call.body)


def _routing(call: Call) -> JsonObject:
    return _OFF | (call.organization.world.store.find(call.path) or {})
