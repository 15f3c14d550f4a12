"""Configurations of infrastructure and images: operations that are specific to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.call import kept
from clickhouse_cloud_async.apis.omnistrate.emulator.clouds.clouds import CLOUDS
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.releases import rollouts
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having
from clickhouse_cloud_async.emulation.problems import bad_request, conflict, not_found

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_PARTS: Final = {
    "detachComputeConfig": "computeConfigId",
    "detachNetworkConfig": "networkConfigId",
    "detachStorageConfig": "storageConfigId",
}


@operation("listAssociatedResources")
def list_resources(call: Call) -> JsonObject:
    """List the resources that use an infrastructure configuration."""
    config = call.get("infra-configs", call.parameters["id"])
    users = having(call.world, "resources", infraConfigId=config["id"])
    found = [user["id"] for user in users]
    return {"id": config["id"], "serviceId": config["serviceId"], "resourceIds": found}


def _detach(field: str) -> Callable[[Call], None]:
    def detach(call: Call) -> None:
        """Remove a part of an infrastructure configuration."""
        if call.get("infra-configs", call.parameters["id"]).pop(field, None) is None:
            raise not_found(f"the {field} of infra-config {call.parameters['id']}")

    return detach


for _name, _field in _PARTS.items():
    operation(_name)(_detach(_field))


def _release(collection: str) -> Callable[[Call], None]:
    def release(call: Call) -> None:
        """Release the current configuration in the newest version of each product tier."""
        config = call.get(collection, call.parameters["id"])
        tier = call.body.get("productTierId")
        if tier is not None:
            call.get("tiers", tier)
        rollouts.release_config(call.world, collection, config["id"], tier)

    return release


def _rollout(collection: str) -> Callable[[Call], None]:
    def rollout(call: Call) -> None:
        """Start the rollout of a configuration to the instances that use it."""
        config = call.get(collection, call.parameters["id"])
        rollouts.begin(call.world, collection, config["id"])

    return rollout


def _rollout_status(collection: str) -> Callable[[Call], JsonObject]:
    def rollout_status(call: Call) -> JsonObject:
        """Show the state of a rollout; a finished one no longer exists."""
        config = call.get(collection, call.parameters["id"])
        return {"status": rollouts.status(call.world, config["id"])}

    return rollout_status


for _collection, _names in {
    "infra-configs": ("releaseInfraConfig", "rolloutFleetInfra", "getFleetInfraRolloutStatus"),
    "image-configs": (
        "releaseImageConfig",
        "rolloutFleetImageConfig",
        "getFleetImageRolloutStatus",
    ),
}.items():
    operation(_names[0])(_release(_collection))
    operation(_names[1])(_rollout(_collection))
    operation(_names[2])(_rollout_status(_collection))


@operation("listComputeInstanceTypes")
def list_machines(call: Call) -> JsonObject:
    """List the machine types of a cloud."""
    cloud = CLOUDS.get(call.parameters["cloudProviderName"])
    if cloud is None:
        raise bad_request(f"cloudProviderName must be one of {', '.join(CLOUDS)}")
    return {"types": list(cloud.machines)}


@operation("addComputeInstanceType")
def add_machine(call: Call) -> None:
    """Add a machine type to a compute configuration."""
    config = call.get("compute-configs", call.parameters["id"])
    cloud, machine = call.body["cloudProviderName"], call.body["instanceType"]
    machines = config.setdefault("instanceTypes", {}).setdefault(cloud, [])
    if machine in machines:
        raise conflict(f"the compute configuration has {machine} of {cloud} already")
    machines.append(machine)
    if "configOverride" in call.body:
        overrides = config.setdefault("computeInstanceTypeConfigOverrides", {})
        overrides.setdefault(cloud, {})[machine] = call.body["configOverride"]


@operation("removeComputeInstanceType")
def remove_machine(call: Call) -> None:
    """Remove a machine type from a compute configuration."""
    config = call.get("compute-configs", call.parameters["id"])
    cloud, machine = call.body["cloudProviderName"], call.body["instanceType"]
    if machine not in config.get("instanceTypes", {}).get(cloud, ()):
        raise not_found(f"{machine} of {cloud} in compute-config {config['id']}")
    config["instanceTypes"][cloud].remove(machine)
    config.get("computeInstanceTypeConfigOverrides", {}).get(cloud, {}).pop(machine, None)


@operation("addStorageVolumeConfig")
def mount_volume(call: Call) -> None:
    """Mount a volume; a mounted volume gets an additional mount path."""
    config = call.get("storage-configs", call.parameters["id"])
    volume = call.get("volume-configs", call.parameters["storageVolumeConfigId"])
    places = config["volumes"].setdefault(volume["id"], [])
    place = call.body.get("mountPath", "")
    if place in places:
        raise conflict(f"the volume is mounted at {place!r} already")
    places.append(place)
    config["_volumeIds"] = list(config["volumes"])


@operation("removeStorageVolumeConfig")
def unmount_volume(call: Call) -> None:
    """Unmount a volume from one path, or from all paths if none is given."""
    config = call.get("storage-configs", call.parameters["id"])
    volume, place = call.parameters["storageVolumeConfigId"], call.body.get("mountPath")
    places = config["volumes"].get(volume)
    if places is None or (place is not None and place not in places):
        raise not_found(f"volume-config {volume} of storage-config {config['id']}")
    config["volumes"][volume] = [] if place is None else [p for p in places if p != place]
    if not config["volumes"][volume]:
        del config["volumes"][volume]
    config["_volumeIds"] = list(config["volumes"])


@operation("updateInstanceStorageVolumeConfig", "updateStorageVolumeSizeConfig")
def change_volume(call: Call) -> None:
    """Change size or speed of a volume."""
    volume = call.get("volume-configs", call.parameters["id"])
    volume |= kept(
        call.body,
        "instanceStorageIops",
        "instanceStorageSizeGi",
        "instanceStorageThroughputMiBps",
        "instanceStorageType",
    )
