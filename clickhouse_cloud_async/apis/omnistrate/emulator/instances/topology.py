"""The network and the nodes of an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.clouds.clouds import CLOUDS, zone_id, zones
from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import (
    content_of_instance,
    part_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import Content
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

MOST_NODES: Final = 100
"""Maximum number of shown nodes of an instance."""

_PORTS: Final = (443,)


def topology(world: World, instance: JsonObject) -> dict[str, JsonObject]:
    """Return an instance's network by resource: its own, and those of its dependencies.

    It is empty until the instance is deployed for the first time.
    """
    if not instance.get("_deployed"):
        return {}
    content = content_of_instance(world, instance)
    own = part_of(content, "resources", instance["resourceID"])
    found = {own["id"]: _part(content, instance, own, is_main=True)}
    for key in own.get("_dependencyIds", ()):
        needed = part_of(content, "resources", key)
        found[key] = _part(content, instance, needed, is_main=False)
    return found


def node_ids(world: World, instance: JsonObject) -> list[str]:
    """Return the ids of an instance's nodes."""
    content = content_of_instance(world, instance)
    own = part_of(content, "resources", instance["resourceID"])
    return [f"{own['key']}-{number}" for number in range(_nodes_shown(instance))]


def _part(
    content: Content, instance: JsonObject, resource: JsonObject, *, is_main: bool
) -> JsonObject:
    ports = _ports(content, resource)
    host = f"{resource['key']}.{instance['id']}.{instance['region']}.{instance['cloud_provider']}"
    result: JsonObject = {
        "resourceKey": resource["key"],
        "resourceName": resource["name"],
        "resourceType": resource["resourceType"],
        "main": is_main,
        "hasCompute": True,
        "clusterEndpoint": f"{host}.instances.example.com",
        "clusterPorts": ports,
        "networkingType": instance["network_type"],
        "publiclyAccessible": instance["network_type"] == "PUBLIC",
        "allowedIPRanges": ["0.0.0.0/0"],
        "nodes": list(_nodes(instance, resource, host, ports)),
    }
    if is_main and "_dns" in instance:
        result["customDNSEndpoint"] = {**instance["_dns"], "enabled": True}
    return result


def _nodes(
    instance: JsonObject, resource: JsonObject, host: str, ports: list[int]
) -> Iterator[JsonObject]:
    cloud = CLOUDS[instance["cloud_provider"]]
    codes = zones(cloud, instance["region"])
    is_up = instance["status"] == "RUNNING"
    domain = f"{host.partition('.')[2]}.instances.example.com"
    for number in range(_nodes_shown(instance)):
        code = codes[number % len(codes)]
        yield {
            "id": f"{resource['key']}-{number}",
            "status": _node_status(instance["status"]),
            "healthStatus": "HEALTHY" if is_up else "STOPPED",
            "availabilityZone": code,
            "endpoint": f"{resource['key']}-{number}.{domain}",
            "ports": ports,
            "vmInfo": {
                "architecture": "x86_64",
                "azCode": code,
                "azID": zone_id(cloud, code),
                "instanceType": cloud.machines[0],
                "internalIP": f"10.0.{number // 250}.{number % 250 + 1}",
                "k8sNodeName": f"node-{number}",
                "kubeletVersion": "v1.31.0",
                "os": "linux",
                "providerID": f"{cloud.name}:///{code}/{instance['id']}-{number}",
            },
        }


def _node_status(state: str) -> str:
    """Return the state of a node; nodes have fewer states than instances."""
    words = {"RUNNING": "RUNNING", "FAILED": "FAILED", "DELETING": "DELETING"}
    return words.get(state, "DEACTIVATED" if state == "STOPPED" else "DEPLOYING")


def _nodes_shown(instance: JsonObject) -> int:
    return min(int(instance["currentReplicas"]), MOST_NODES)


def _ports(content: Content, resource: JsonObject) -> list[int]:
    infra = part_of(content, "infra-configs", resource.get("infraConfigId"))
    network = part_of(content, "network-configs", infra.get("networkConfigId"))
    return list(network.get("openPorts") or _PORTS)
