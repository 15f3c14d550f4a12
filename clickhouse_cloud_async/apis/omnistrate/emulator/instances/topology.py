"""Where an instance can be reached, and the nodes that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.clouds.clouds import CLOUDS, zone_id, zones
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import peek

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

_PORTS: Final = (443,)


def topology(world: World, instance: JsonObject) -> dict[str, JsonObject]:
    """Return an instance's network by resource: its own, and those that this one needs.

    It is empty until the instance was deployed for the first time.
    """
    if not instance.get("_deployed"):
        return {}
    own = peek(world, "resources", instance["resourceID"])
    found = {own["id"]: _part(world, instance, own, is_main=True)}
    for key in own.get("_dependencyIds", ()):
        needed = peek(world, "resources", key)
        found[key] = _part(world, instance, needed, is_main=False)
    return found


def node_ids(world: World, instance: JsonObject) -> list[str]:
    """Return the ids of an instance's nodes."""
    own = peek(world, "resources", instance["resourceID"])
    return [f"{own['key']}-{number}" for number in range(_replicas(instance))]


def _part(world: World, instance: JsonObject, resource: JsonObject, *, is_main: bool) -> JsonObject:
    ports = _ports(world, resource)
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
    for number in range(_replicas(instance)):
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
    """Return the state of a node, for which the API has fewer words than for instances."""
    words = {"RUNNING": "RUNNING", "FAILED": "FAILED", "DELETING": "DELETING"}
    return words.get(state, "DEACTIVATED" if state == "STOPPED" else "DEPLOYING")


def _replicas(instance: JsonObject) -> int:
    return int(instance["currentReplicas"])


def _ports(world: World, resource: JsonObject) -> list[int]:
    infra = world.store.peek(("infra-configs", resource.get("infraConfigId") or "")) or {}
    network = world.store.peek(("network-configs", infra.get("networkConfigId") or "")) or {}
    return list(network.get("openPorts") or _PORTS)
