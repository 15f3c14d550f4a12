"""Units that run the instances of a service model: one for each region, with a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import first

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World


def prepare(world: World, model: JsonObject, cloud: str, region: str) -> None:
    """Add the unit of a service model in a region, if there is none yet."""
    org, within = model["_org"], {"serviceId": model["serviceId"]}
    known_by = {"serviceModelId": model["id"], "cloudProvider": cloud, "region": region}
    if first(world, "vunits", **known_by) is not None:
        return
    unit = tree.add(world, "vunits", org, {**within, **known_by})
    network = {"cidr": "10.0.0.0/16", "type": "PUBLIC", "vunitId": unit["id"]}
    unit["networkIds"] = [tree.add(world, "networks", org, {**within, **network})["id"]]
