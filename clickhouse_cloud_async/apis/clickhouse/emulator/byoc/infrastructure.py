"""Infrastructure in a customer's own cloud account: its states and how the API shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.byoc.rules import check_request, provider_of
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import REGISTRY
from clickhouse_cloud_async.apis.clickhouse.emulator.services.private_endpoints import (
    endpoint_service,
)
from clickhouse_cloud_async.emulation.problems import bad_request, conflict
from clickhouse_cloud_async.emulation.randomness import random_uuid
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.store import public
from clickhouse_cloud_async.emulation.transitions import GONE, Transition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

PROVISIONING_SECONDS = 20 * 60.0

STATES = StateMachine(
    REGISTRY,
    "byoc",
    {
        "infra-provisioning": Transition("infra-ready", PROVISIONING_SECONDS),
        "infra-upgrading": Transition("infra-ready", 10 * 60.0),
        "infra-terminating": Transition("infra-terminated", 5 * 60.0),
        "infra-terminated": Transition(GONE, 5 * 60.0),
    },
)

_LASTING = frozenset({"infra-ready", "infra-degraded"})
_ENDING = frozenset({"infra-terminating", "infra-terminated"})
_OWN_NETWORK: Mapping[str, str] = {
    "vpcId": "byoVpcId",
    "privateSubnetIds": "byoVpcPrivateSubnetIds",
    "gcpPodCidrRangeNames": "byoVpcPodCidrRangeNames",
    "gcpSharedVpcHostProjectId": "byoVpcSharedVpcHostProjectId",
}
"""Properties of a request, and their names in the infrastructure."""

_CONNECTIVITY = ("enablePrivateLink", "enablePrivateLoadBalancer", "enablePublicLoadBalancer")


def provision(organization: Organization, path: Path, body: JsonObject) -> JsonObject:
    """Start the set-up of infrastructure.

    Args:
        organization: Its organisation.
        path: The collection of the organisation's infrastructure.
        body: The request to create it.

    Returns:
        The infrastructure's configuration.

    Raises:
        Problem: 400 if a value is invalid; nothing was added then.
    """
    check_request(body)
    identity = random_uuid(organization.world.random)
    configuration = {
        "id": identity,
        "accountName": body["accountId"],
        "accountId": body["accountId"],
        "regionId": body["regionId"],
        "cloudProvider": provider_of(body["regionId"]),
        "displayName": body.get("displayName", body["accountId"]),
        "_network": _network(body),
        "_tags": body.get("tags", {}),
    }
    organization.world.store.put((*path, identity), configuration)
    return STATES.enter(organization, (*path, identity), "infra-provisioning")


def change(organization: Organization, path: Path, changes: JsonObject) -> JsonObject:
    """Change display name, connectivity or tags; a repeated request changes nothing.

    Args:
        organization: The organisation of the infrastructure.
        path: Its path.
        changes: The request.

    Returns:
        The infrastructure's configuration.

    Raises:
        Problem: 400 if a value is invalid, 409 while a service depends on a feature that is to be
            disabled; nothing was changed then.
    """
    configuration = organization.world.store.document(path)
    _check_change(organization, configuration, changes)
    network, tags = dict(configuration["_network"]), configuration["_tags"]
    configuration["displayName"] = changes.get("displayName", configuration["displayName"])
    connectivity = (*_CONNECTIVITY, "gcpPscSubnetId")
    configuration["_network"] = network | {k: changes[k] for k in connectivity if k in changes}
    configuration["_tags"] = changes.get("tags", tags)
    changed = (configuration["_network"], configuration["_tags"]) != (network, tags)
    if changed and configuration["state"] in _LASTING:
        return STATES.enter(organization, path, "infra-upgrading")
    return configuration


def terminate(organization: Organization, path: Path) -> None:
    """Start the deletion of infrastructure; nothing where it has begun."""
    if organization.world.store.document(path)["state"] not in _ENDING:
        STATES.enter(organization, path, "infra-terminating")


def details(configuration: JsonObject) -> JsonObject:
    """Infrastructure with its network and load balancers, as its own getter shows it."""
    shown: JsonObject = public(configuration) | configuration["_network"]
    del shown["accountName"]
    return shown


def private_endpoint_configuration(
    organization: Organization, configuration: JsonObject
) -> JsonObject:
    """Return the target of private endpoints to infrastructure."""
    provider, region = configuration["cloudProvider"], configuration["regionId"]
    return {
        "endpointName": endpoint_service(organization, provider, f"{region}/{configuration['id']}"),
        "privateDnsHostname": f"{configuration['id'][:8]}.{region}.byoc.clickhouse.example",
    }


def _network(body: JsonObject) -> JsonObject:
    network: JsonObject = {
        "isByoVpc": "vpcId" in body,
        "vpcAvailabilityZoneList": [
            f"{body['regionId']}{suffix}" for suffix in body.get("availabilityZoneSuffixes", "abc")
        ],
        "enablePrivateLink": False,
        "enablePrivateLoadBalancer": False,
        "enablePublicLoadBalancer": True,
    }
    network |= {shown: body[name] for name, shown in _OWN_NETWORK.items() if name in body}
    if "vpcId" not in body:
        network["vpcCidrRange"] = body.get("vpcCidrRange", "10.0.0.0/16")
    return network


def _check_change(
    organization: Organization, configuration: JsonObject, changes: JsonObject
) -> None:
    if "gcpPscSubnetId" in changes:
        own_network = (
            configuration["cloudProvider"] == "gcp" and "byoVpcId" in (configuration["_network"])
        )
        if not own_network or changes.get("enablePrivateLink") is not True:
            raise bad_request(
                "gcpPscSubnetId: needs a customer network and enablePrivateLink: true"
            )
    if changes.get("enablePrivateLink") is False:
        for service in organization.collection("services").values():
            if service.get("byocId") == configuration["id"] and service["privateEndpointIds"]:
                raise conflict(f"enablePrivateLink: service {service['id']} has a private endpoint")
