"""Resources as the API shows them: their documents, with derived fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.omnistrate.emulator.releases.promotions import (
    is_in_sync,
    promotion_status,
)

from .kinds import BY_COLLECTION
from .portals import portal_of
from .queries import having, tiers_of
from .tree import properties

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

    Shower = Callable[[World, JsonObject], dict[str, Any]]


def shown(world: World, collection: str, document: JsonObject) -> JsonObject:
    """Return a resource as the API shows it.

    Args:
        world: The emulator's documents and time.
        collection: Collection of its kind.
        document: The resource, current or in a release.
    """
    further = _FURTHER.get(collection)
    known = properties(world, BY_COLLECTION[collection])
    result = {name: value for name, value in document.items() if name in known}
    return result if further is None else result | further(world, document)


def _service(world: World, service: JsonObject) -> dict[str, Any]:
    org = world.store.peek(("orgs", service["_org"])) or {}
    environments = having(world, "environments", serviceId=service["id"])
    return {
        "serviceProviderID": org["_provider"],
        "serviceProviderName": org["orgName"],
        "serviceEnvironments": [_environment_summary(world, each) for each in environments],
    }


def _environment_summary(world: World, environment: JsonObject) -> JsonObject:
    summary: JsonObject = {
        name: environment[name] for name in ("id", "name", "type", "visibility")
    } | portal_of(world, environment)
    source = world.store.peek(("environments", environment.get("sourceEnvironmentId", "")))
    if source is not None:
        summary["sourceEnvironmentID"] = source["id"]
        summary["sourceEnvironmentName"] = source["name"]
        in_sync = is_in_sync(world, source["id"], environment)
        summary["promoteStatus"] = "IN_SYNC" if in_sync else "OUT_OF_SYNC"
    summary["servicePlans"] = [
        {
            "productTierID": tier["id"],
            "name": tier["name"],
            "description": tier["description"],
            "tierType": tier["tierType"],
            "modelType": model["modelType"],
        }
        for model, tier in tiers_of(world, environment["id"])
    ]
    return summary


def _environment(world: World, environment: JsonObject) -> dict[str, Any]:
    status = promotion_status(world, environment["id"])
    return portal_of(world, environment) | ({"promotionStatus": status} if status else {})


def _service_api(world: World, api: JsonObject) -> dict[str, Any]:
    environment = world.store.document(("environments", api["serviceEnvironmentId"]))
    service = world.store.document(("services", api["serviceId"]))
    return {
        "deploymentConfigId": environment["deploymentConfigId"],
        "serviceName": service["name"],
    }


def _model(world: World, model: JsonObject) -> dict[str, Any]:
    tiers = having(world, "tiers", serviceModelId=model["id"])
    return {"productTiers": [tier["id"] for tier in tiers]}


def _infra_configs(field: str) -> Shower:
    """Add the infrastructure configurations that contain a configuration."""

    def further(world: World, config: JsonObject) -> dict[str, Any]:
        users = having(world, "infra-configs", **{field: config["id"]})
        return {"infraConfigIDs": [user["id"] for user in users]}

    return further


_FURTHER: Mapping[str, Shower] = {
    "services": _service,
    "environments": _environment,
    "service-apis": _service_api,
    "models": _model,
    "compute-configs": _infra_configs("computeConfigId"),
    "network-configs": _infra_configs("networkConfigId"),
    "storage-configs": _infra_configs("storageConfigId"),
}
