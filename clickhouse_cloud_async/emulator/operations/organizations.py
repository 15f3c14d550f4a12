"""The organisation itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.problems import bad_request
from clickhouse_cloud_async.emulator.registry import operation
from clickhouse_cloud_async.emulator.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call

_PROVIDERS = ("aws", "gcp", "azure")


@operation("organizationGetList")
def list_organizations(call: Call) -> list[JsonObject]:
    """A key sees the one organisation that it belongs to."""
    return [_shown(call)]


@operation("organizationGet")
def get_organization(call: Call) -> JsonObject:
    """Show the organisation."""
    return _shown(call)


@operation("organizationUpdate")
def update_organization(call: Call) -> JsonObject:
    """Change the organisation; private endpoints are removed before others are added."""
    facts, changes = call.organization.document, dict(call.body)
    endpoints = changes.pop("privateEndpoints", {})
    removed = {endpoint.get("id") for endpoint in endpoints.get("remove", ())}
    kept = [item for item in facts["privateEndpoints"] if item["id"] not in removed]
    facts.update(changes, privateEndpoints=kept + endpoints.get("add", []))
    return _shown(call)


@operation("organizationPrivateEndpointConfigGetList")
def get_private_endpoint_config(call: Call) -> JsonObject:
    """Name the endpoint service of a provider's region."""
    provider, region = call.query["cloud_provider"], call.query["region_id"]
    if provider not in _PROVIDERS:
        raise bad_request(f"cloud_provider: must be one of {', '.join(_PROVIDERS)}")
    return {"endpointServiceId": f"{provider}.{region}.vpce-svc-{call.organization.id[:8]}"}


def _shown(call: Call) -> JsonObject:
    byoc = call.organization.collection("byocInfrastructure")
    configurations = [public(configuration) for configuration in byoc.values()]
    return public(call.organization.document) | {"byocConfig": configurations}
