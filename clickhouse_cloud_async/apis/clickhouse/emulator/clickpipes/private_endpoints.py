"""Reverse private endpoints, through which pipes reach sources in private networks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.registry import REGISTRY
from clickhouse_cloud_async.emulation.problems import bad_request, conflict, require_properties
from clickhouse_cloud_async.emulation.randomness import random_uuid
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.transitions import GONE, Transition

from .rules import given, refuse
from .sources import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "VPC_ENDPOINT_SERVICE": ("vpcEndpointServiceName",),
    "VPC_RESOURCE": ("vpcResourceConfigurationId", "vpcResourceShareArn"),
    "MSK_MULTI_VPC": ("mskClusterArn", "mskAuthentication"),
    "GCP_PSC_SERVICE_ATTACHMENT": ("gcpServiceAttachment",),
}
"""The required properties of an endpoint, by its type."""

_MAPPINGS: Final = "customPrivateDnsMappings"
_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")


def _entered(organization: Organization, path: Path, state: str) -> None:
    if state == "Ready":
        endpoint = organization.world.store.document(path)
        endpoint["dnsNames"] = [f"{endpoint['endpointId']}.clickpipes.clickhouse.example"]


_TARGET_KIND: JsonObject = {"kind": "RESOURCE_CONFIGURATION"}

STATES = StateMachine(
    REGISTRY,
    "reverse_private_endpoint",
    {
        "Provisioning": Transition("PendingAcceptance", 60.0),
        "PendingAcceptance": Transition("Ready", 120.0),
        "Deleting": Transition(GONE, 60.0),
    },
    field="status",
    entered=_entered,
)


def create(organization: Organization, collection: Path, body: JsonObject) -> JsonObject:
    """Create an endpoint.

    Args:
        organization: Its organisation.
        collection: The collection of endpoints of its service.
        body: The body of the request.

    Returns:
        The endpoint in its first state.

    Raises:
        Problem: 400 if a rule is broken.
    """
    _check(body)
    others = organization.world.store.collection(collection).values()
    mappings = body.get(_MAPPINGS) or []
    _check_mappings(mappings, body["type"], others)
    endpoint_id = random_uuid(organization.world.random)
    path = (*collection, endpoint_id)
    organization.world.store.put(
        path,
        {
            "id": endpoint_id,
            "serviceId": collection[-2],
            "description": body.get("description", ""),
            "type": body["type"],
            **{name: body[name] for name in PROPERTIES[body["type"]]},
            _MAPPINGS: mappings,
            "endpointId": f"vpce-{endpoint_id.replace('-', '')[:17]}",
            "dnsNames": [],
            "dnsTargets": _targets(body["type"], endpoint_id),
            "privateDnsNames": [],
            "privateDnsMappings": [],
        },
    )
    return STATES.enter(organization, path, "Provisioning")


def update(organization: Organization, path: Path, body: JsonObject) -> JsonObject:
    """Replace the DNS names of an endpoint, if the request has any.

    Raises:
        Problem: 400 if a rule is broken.
    """
    endpoint = organization.world.store.document(path)
    mappings = body.get(_MAPPINGS)
    if mappings is not None:
        collection = organization.world.store.collection(path[:-1])
        others = [other for key, other in collection.items() if key != path[-1]]
        _check_mappings(mappings, endpoint["type"], others)
        endpoint[_MAPPINGS] = mappings
    return endpoint


def delete(organization: Organization, path: Path) -> None:
    """Start the deletion of an endpoint.

    Raises:
        Problem: 409 while a pipe uses it.
    """
    for pipe in organization.world.store.collection((*path[:-2], "clickpipes")).values():
        source = pipe["source"][kind_of(pipe["source"])]
        if path[-1] in (source.get("reversePrivateEndpointIds") or ()):
            raise conflict(f"the ClickPipe {pipe['name']} goes through this endpoint")
    if organization.world.store.document(path)["status"] != "Deleting":
        STATES.enter(organization, path, "Deleting")


def _targets(kind: str, endpoint_id: str) -> list[JsonObject]:
    """Return the targets of private DNS names; only a VPC resource has others than itself."""
    if kind != "VPC_RESOURCE":
        return []
    name = f"rcfg-{endpoint_id[:8]}.vpce.clickhouse.example"
    return [{"id": f"rcfg-{endpoint_id[:8]}", "internalDnsName": name} | _TARGET_KIND]


def _check(body: JsonObject) -> None:
    require_properties(body, "type")
    for kind, names in PROPERTIES.items():
        for name in names:
            if kind == body["type"] and not given(body.get(name)):
                raise bad_request(f"{name}: is required for {kind}")
            if kind != body["type"] and given(body.get(name)):
                raise bad_request(f"{name}: is only for {kind}")


def _check_mappings(
    mappings: Sequence[JsonObject], kind: str, others: Iterable[JsonObject]
) -> None:
    if mappings and kind == "MSK_MULTI_VPC":
        raise bad_request(f"{_MAPPINGS}: is not for {kind}")
    taken = {_folded(mapping) for other in others for mapping in other[_MAPPINGS]}
    for index, mapping in enumerate(mappings):
        place = f"{_MAPPINGS}[{index}].privateDnsName"
        name = mapping.get("privateDnsName", "")
        if kind != "VPC_RESOURCE":
            refuse(mapping, f"{_MAPPINGS}[{index}]", "targetId", "is only for VPC_RESOURCE")
        if not _NAME.fullmatch(name):
            raise bad_request(f"{place}: must be a host name, which may begin with a wildcard")
        if _folded(mapping) in taken:
            raise bad_request(f"{place}: {name} is mapped already")
        taken.add(_folded(mapping))


def _folded(mapping: JsonObject) -> str:
    return str(mapping["privateDnsName"]).lower()
