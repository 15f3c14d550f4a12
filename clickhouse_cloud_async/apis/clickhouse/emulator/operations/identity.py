"""The caller's identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.organization import organizations
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("whoamiGet")
def show_identity(call: Call) -> JsonObject:
    """Show the API key, or for the bearer token the owner of the organisation."""
    organization = call.organization
    if call.key_path is not None:
        key = organization.world.store.document(call.key_path)
        return {
            "actorType": "apiKey",
            "keyId": key["id"],
            "name": key["name"],
            "organizationId": organization.id,
        }
    owner = next(iter(organization.collection("members").values()))
    return {
        "actorType": "user",
        "userId": owner["userId"],
        "email": owner["email"],
        "name": owner["name"],
        "organizations": [
            {"organizationId": each.id, "organizationName": each.document["name"]}
            for each in organizations(organization.world)
        ],
    }
