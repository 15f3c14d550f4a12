"""The organisation itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.apis.clickhouse.emulator.services.private_endpoints import (
    endpoint_service,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.services.rules import changed_list
from clickhouse_cloud_async.emulation.problems import bad_request, require_properties
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_PROVIDERS = ("aws", "gcp", "azure")
_ACTIVITIES = {
    "name": "organization_update_name",
    "privateEndpoints": "organization_update_private_endpoints",
    "enableCoreDumps": "organization_update_core_dumps",
}


@operation("organizationGetList")
def list_organizations(call: Call) -> list[JsonObject]:
    """List the organisations; a key sees only its own."""
    return [_shown(call)]


@operation("organizationGet")
def get_organization(call: Call) -> JsonObject:
    """Show the organisation."""
    return _shown(call)


@operation("organizationUpdate")
def update_organization(call: Call) -> JsonObject:
    """Change the organisation; private endpoints are removed before others are added."""
    document, changes = call.organization.document, dict(call.body)
    if not changes.get("name", "-").strip():
        raise bad_request("name: must not be empty")
    if "privateEndpoints" in changes:
        changes["privateEndpoints"] = _endpoints(document, changes["privateEndpoints"])
    for name, kind in _ACTIVITIES.items():
        if changes.get(name, document[name]) != document[name]:
            activities.record(call, kind)
    document.update(changes)
    if changes.get("enableCoreDumps") is False:
        for service in call.organization.collection("services").values():
            service["enableCoreDumps"] = False
    return _shown(call)


@operation("organizationPrivateEndpointConfigGetList")
def get_private_endpoint_config(call: Call) -> JsonObject:
    """Show the endpoint service of a provider's region."""
    provider, region = call.query["cloud_provider"], call.query["region_id"]
    if provider not in _PROVIDERS:
        raise bad_request(f"cloud_provider: must be one of {', '.join(_PROVIDERS)}")
    services = call.organization.collection("services")
    place = {"provider": provider, "region": region}
    if call.organization.world.is_live and not any(
        place.items() <= service.items() for service in services.values()
    ):
        raise bad_request(f"there are no created instances in {provider} {region}")
    return {"endpointServiceId": endpoint_service(call.organization, provider, region)}


def _shown(call: Call) -> JsonObject:
    byoc = call.organization.collection("byocInfrastructure")
    configurations = [public(configuration) for configuration in byoc.values()]
    derived = {"byocConfig": configurations, "capabilities": {"snapshots": True}}
    return public(call.organization.document) | derived


def _endpoints(document: JsonObject, change: JsonObject) -> list[JsonObject]:
    for index, endpoint in enumerate(change.get("add", ())):
        require_properties(endpoint, "id", place=f"privateEndpoints.add[{index}]")
    return changed_list(document["privateEndpoints"], change, "id")
