"""Offerings: services with their released product tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.clouds.clouds import CLOUDS
from clickhouse_cloud_async.apis.omnistrate.emulator.instances.instances import autoscaling
from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import content_at, preferred
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having, peek, tiers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import Content
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

_TIER_FIELDS: Final = {
    "productTierDescription": "description",
    "productTierDocumentation": "documentation",
    "productTierID": "id",
    "productTierName": "name",
    "productTierPlanDescription": "planDescription",
    "productTierPricing": "pricing",
    "productTierSupport": "support",
    "productTierType": "tierType",
    "productTierURLKey": "key",
}
_SAME: Final = (
    *("allowCreatesWhenPaymentNotConfigured", "maxNumberOfInstances", "onPremPlatforms"),
    *("privateRegions", *(cloud.region_field for cloud in CLOUDS.values())),
)


def approves_at_once(environment: JsonObject, tier: JsonObject) -> bool:
    """Return whether subscriptions to a product tier need no approval."""
    return any(bool(each.get("autoApproveSubscription")) for each in (environment, tier))


def offered(
    world: World, service: JsonObject, user: JsonObject, query: Mapping[str, Any]
) -> JsonObject:
    """Return the offering of a service for a user.

    Args:
        world: The emulator's documents and time.
        service: The service.
        user: The user; it is deduced that customers see only public environments.
        query: The request's query, with ``visibility`` and ``environmentType``.
    """
    shown = dict(query)
    if user["orgId"] != service["_org"]:
        shown["visibility"] = "PUBLIC"
    org = peek(world, "orgs", service["_org"])
    return {
        "serviceId": service["id"],
        "serviceName": service["name"],
        "serviceDescription": service["description"],
        "serviceURLKey": service["key"],
        "serviceOrgId": org["id"],
        "serviceProviderId": org["_provider"],
        "serviceProviderName": org["orgName"],
        "createdAt": service["createdAt"],
        "isDeprecated": False,
        "offerings": list(_plans(world, service, shown)),
    }


def _plans(world: World, service: JsonObject, query: Mapping[str, Any]) -> Iterator[JsonObject]:
    """Yield the product tiers of a service that have a released version."""
    visibility, kind = query.get("visibility"), query.get("environmentType")
    for environment in having(world, "environments", serviceId=service["id"]):
        if kind not in {None, environment["type"]}:
            continue
        if visibility not in {None, environment["visibility"]}:
            continue
        for model, tier in tiers_of(world, environment["id"]):
            version = preferred(world, tier["id"])
            if version is not None and not tier["isDisabled"]:
                yield _plan(world, service, environment, model, tier, version)


def _plan(  # noqa: PLR0913, PLR0917 - a product tier and all that it stands below
    world: World,
    service: JsonObject,
    environment: JsonObject,
    model: JsonObject,
    tier: JsonObject,
    version: JsonObject,
) -> JsonObject:
    api = peek(world, "service-apis", model["serviceApiId"])
    content = content_at(world, tier["id"], version["version"])
    plan: JsonObject = {name: tier[field] for name, field in _TIER_FIELDS.items()}
    plan |= {name: tier[name] for name in _SAME if name in tier}
    clouds = [cloud.name for cloud in CLOUDS.values() if tier.get(cloud.region_field)]
    return plan | {
        "AutoApproveSubscription": approves_at_once(environment, tier),
        "cloudProviders": clouds or list(CLOUDS),
        "productTierFeatures": tier.get("enabledFeatures", []),
        "productTierVersion": version["version"],
        "resourceParameters": [
            _resource(content, resource)
            for resource in content.get("resources", {}).values()
            if not resource["internal"] and world.store.peek(("resources", resource["id"]))
        ],
        "serviceAPIID": api["id"],
        "serviceAPIVersion": api["apiVersion"],
        "serviceEnvironmentID": environment["id"],
        "serviceEnvironmentName": environment["name"],
        "serviceEnvironmentType": environment["type"],
        "serviceEnvironmentURLKey": environment["key"],
        "serviceEnvironmentVisibility": environment["visibility"],
        "serviceLogoURL": service.get("serviceLogoURL", ""),
        "serviceModelFeatures": model.get("features", []),
        "serviceModelID": model["id"],
        "serviceModelName": model["name"],
        "serviceModelStatus": model.get("_release", "READY"),
        "serviceModelType": model["modelType"],
        "serviceModelURLKey": model["key"],
        "supportsPublicNetwork": True,
    }


def _resource(content: Content, resource: JsonObject) -> JsonObject:
    return {
        "resourceId": resource["id"],
        "name": resource["name"],
        "urlKey": resource["key"],
        "resourceType": resource["resourceType"],
        "isAutoscalingEnabled": autoscaling(content, resource["id"]) is not None,
        "isBackupEnabled": "backupConfiguration" in resource,
        "isDeprecated": resource["isDeprecated"],
    }
