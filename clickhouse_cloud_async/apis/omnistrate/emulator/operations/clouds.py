"""Clouds, regions and zones, and the units of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.clouds.clouds import (
    ALL_ZONES,
    CLOUDS,
    REGIONS,
    region_id,
    zone_id,
)
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.shown import shown
from clickhouse_cloud_async.emulation.problems import bad_request, not_found

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.apis.omnistrate.emulator.clouds.clouds import Cloud
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("listCloudProvider")
def list_clouds(call: Call) -> JsonObject:
    """List the clouds, or those of a product tier."""
    tier = _tier(call)
    found = [c for c in CLOUDS.values() if tier is None or tier.get(c.region_field)]
    return {"ids": [cloud.id for cloud in found]}


@operation("describeCloudProvider")
def describe_cloud(call: Call) -> JsonObject:
    """Show a cloud."""
    for cloud in CLOUDS.values():
        if cloud.id == call.parameters["id"]:
            return {"id": cloud.id, "name": cloud.name, "description": cloud.description}
    raise not_found(f"cloud-provider {call.parameters['id']}")


@operation("getCloudProviderByName")
def find_cloud(call: Call) -> str:
    """Find the id of a cloud."""
    if call.parameters["name"] not in CLOUDS:
        raise not_found(f"cloud-provider {call.parameters['name']}")
    return CLOUDS[call.parameters["name"]].id


@operation("listRegion")
def list_regions(call: Call) -> JsonObject:
    """List the regions of a cloud, or those of a product tier."""
    cloud, tier = _cloud(call), _tier(call)
    on_offer = cloud.regions if tier is None else tier.get(cloud.region_field, [])
    return {"ids": [region_id(cloud, code) for code in cloud.regions if code in on_offer]}


@operation("describeRegion")
def describe_region(call: Call) -> JsonObject:
    """Show a region."""
    return _known(REGIONS, "region", call.parameters["id"])


@operation("getRegionByCode")
def find_region(call: Call) -> str:
    """Find the id of a region."""
    key: str = _known(REGIONS, "region", region_id(_cloud(call), call.parameters["code"]))["id"]
    return key


@operation("listAvailabilityZone")
def list_zones(call: Call) -> JsonObject:
    """List the zones of a cloud."""
    cloud = _cloud(call)
    return {"ids": [z["id"] for z in ALL_ZONES.values() if z["cloudProviderName"] == cloud.name]}


@operation("listAvailabilityZonesByRegionCode")
def list_zones_of_region(call: Call) -> JsonObject:
    """List the zones of a region."""
    region = _known(REGIONS, "region", region_id(_cloud(call), call.parameters["regionCode"]))
    same = ("cloudProviderName", region["cloudProviderName"]), ("regionCode", region["code"])
    return {"ids": [z["id"] for z in ALL_ZONES.values() if all(z[n] == v for n, v in same)]}


@operation("describeAvailabilityZone")
def describe_zone(call: Call) -> JsonObject:
    """Show a zone."""
    return _known(ALL_ZONES, "availability-zone", call.parameters["id"])


@operation("getAvailabilityZoneByCode")
def find_zone(call: Call) -> str:
    """Find the id of a zone."""
    found = zone_id(_cloud(call), call.parameters["code"])
    key: str = _known(ALL_ZONES, "availability-zone", found)["id"]
    return key


@operation("listVUnits")
def list_units(call: Call) -> JsonObject:
    """List the units in which instances of a service model run, by region."""
    model = call.get("models", call.parameters["serviceModelId"])
    cloud, region = call.body["cloudProvider"], call.body["region"]
    units = having(
        call.world, "vunits", serviceModelId=model["id"], cloudProvider=cloud, region=region
    )
    return {"ids": {region: [unit["id"] for unit in units]}}


@operation("describeVUnit")
def describe_unit(call: Call) -> JsonObject:
    """Show a unit."""
    return shown(call.world, "vunits", call.get("vunits", call.parameters["id"]))


@operation("describeNetwork")
def describe_network(call: Call) -> JsonObject:
    """Show the network of a unit."""
    return shown(call.world, "networks", call.get("networks", call.parameters["id"]))


def _cloud(call: Call) -> Cloud:
    name = call.parameters["cloudProviderName"]
    if name not in CLOUDS:
        raise bad_request(f"cloudProviderName must be one of {', '.join(CLOUDS)}, got {name!r}")
    return CLOUDS[name]


def _tier(call: Call) -> JsonObject | None:
    """Return the product tier that restricts a list; other combinations restrict nothing."""
    if "serviceId" in call.query and "productTierId" in call.query:
        return call.get("tiers", call.query["productTierId"])
    return None


def _known(things: dict[str, JsonObject], what: str, key: str) -> JsonObject:
    if key not in things:
        raise not_found(f"{what} {key}")
    return things[key]
