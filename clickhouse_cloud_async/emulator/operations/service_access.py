"""Ways to a service: its password and its private endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.problems import bad_request
from clickhouse_cloud_async.emulator.randomness import random_text
from clickhouse_cloud_async.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call


@operation("instancePasswordUpdate")
def set_password(call: Call) -> JsonObject:
    """Set the password; without a hash one is generated and shown this once."""
    if "newPasswordHash" in call.body:
        return {}
    return {"password": random_text(call.organization.random, 20)}


@operation("instancePrivateEndpointCreate")
def create_private_endpoint(call: Call) -> JsonObject:
    """Tie a private endpoint to the service and to the organisation."""
    service = call.service
    if "id" not in call.body:
        raise bad_request("id: is required")
    endpoint = {
        "id": call.body["id"],
        "description": call.body.get("description", ""),
        "cloudProvider": service["provider"],
        "region": service["region"],
    }
    for facts, name, entry in (
        (service, "privateEndpointIds", endpoint["id"]),
        (call.organization.document, "privateEndpoints", endpoint),
    ):
        facts[name] = [item for item in facts[name] if item != entry] + [entry]
    return endpoint


@operation("instancePrivateEndpointConfigGet")
def get_private_endpoint_config(call: Call) -> JsonObject:
    """Name what a private endpoint has to connect to."""
    facts = call.service
    provider, region, short = facts["provider"], facts["region"], facts["id"][:8]
    return {
        "endpointServiceId": f"{provider}.{region}.vpce-svc-{short}",
        "privateDnsHostname": f"{short}.{region}.vpce.{provider}.clickhouse.example",
    }
