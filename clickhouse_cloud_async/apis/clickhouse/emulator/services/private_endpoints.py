"""Private endpoints: known to the organisation, attached to services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.registry import on_change, on_create

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path


def endpoint_service(organization: Organization, provider: str, region: str) -> str:
    """Return the target of private endpoints in a region, in the provider's format."""
    number = organization.world.draw("endpoint service", provider, region).getrandbits(64)
    short = f"{number:016x}"
    if provider == "aws":
        return f"com.amazonaws.vpce.{region}.vpce-svc-{short}"
    if provider == "gcp":
        return f"projects/clickhouse-{short[:8]}/regions/{region}/serviceAttachments/clickhouse"
    return f"clickhouse-{short[:8]}.{region}.azure.privatelinkservice"


def configuration(organization: Organization, service: JsonObject) -> JsonObject:
    """Return the target of private endpoints of a service, as the API shows it."""
    provider, region = service["provider"], service["region"]
    return {
        "endpointServiceId": endpoint_service(organization, provider, region),
        "privateDnsHostname": f"{service['id'][:8]}.{region}.vpce.{provider}.clickhouse.example",
    }


def attach(
    organization: Organization, service: JsonObject, ids: Iterable[str], description: str = ""
) -> None:
    """Attach private endpoints to a service, and add them to the organisation.

    Args:
        organization: The organisation of the service.
        service: The service; changed in place.
        ids: Their IDs from the provider.
        description: The description of those that are new to the organisation.
    """
    known = {endpoint["id"] for endpoint in organization.document["privateEndpoints"]}
    for endpoint_id in dict.fromkeys(ids):
        if endpoint_id not in known:
            added = _described(service, endpoint_id, description)
            organization.document["privateEndpoints"] += [added]
        if endpoint_id not in service["privateEndpointIds"]:
            service["privateEndpointIds"] = [*service["privateEndpointIds"], endpoint_id]


def describe(
    organization: Organization, service: JsonObject, endpoint_id: str, description: str
) -> JsonObject:
    """Set the description of an attached private endpoint, and return the endpoint."""
    described = _described(service, endpoint_id, description)
    document = organization.document
    document["privateEndpoints"] = [
        described if endpoint["id"] == endpoint_id else endpoint
        for endpoint in document["privateEndpoints"]
    ]
    return described


def refresh(organization: Organization) -> None:
    """Update the private endpoints that each service could have."""
    services = organization.collection("services")
    for service_id in services:
        service = services.peek(service_id)
        assert service is not None
        available = _available(organization, service)
        if service["availablePrivateEndpointIds"] != available:
            services[service_id]["availablePrivateEndpointIds"] = available


def _described(service: JsonObject, endpoint_id: str, description: str) -> JsonObject:
    return {
        "id": endpoint_id,
        "description": description,
        "cloudProvider": service["provider"],
        "region": service["region"],
    }


def _available(organization: Organization, service: JsonObject) -> list[str]:
    place = (service["provider"], service["region"])
    return [
        endpoint["id"]
        for endpoint in organization.document["privateEndpoints"]
        if (endpoint.get("cloudProvider"), endpoint.get("region")) == place
        and endpoint["id"] not in service["privateEndpointIds"]
    ]


@on_create("service")
def _start(organization: Organization, path: Path) -> None:
    service = organization.world.store.document(path)
    service["availablePrivateEndpointIds"] = _available(organization, service)
    if service["privateEndpointIds"]:
        attach(organization, service, service["privateEndpointIds"])
        refresh(organization)


@on_change
def _follow(call: Call) -> None:
    """Detach private endpoints that the organisation no longer has from services."""
    if call.operation.id != "organizationUpdate":
        return
    organization = call.organization
    known = {endpoint["id"] for endpoint in organization.document["privateEndpoints"]}
    for service in organization.collection("services").values():
        attached = service["privateEndpointIds"]
        service["privateEndpointIds"] = [item for item in attached if item in known]
    refresh(organization)
