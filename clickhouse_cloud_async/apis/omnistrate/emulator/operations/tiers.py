"""Product tiers, and the service plans that are based on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.call import kept
from clickhouse_cloud_async.apis.omnistrate.emulator.customers.offerings import approves_at_once
from clickhouse_cloud_async.apis.omnistrate.emulator.listing import page_of
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import (
    has_changes,
    versions_of,
)
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.crud import released
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.features import disable, enable
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.kinds import BY_COLLECTION
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import peek, tiers_of
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.shown import shown

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_REGIONS: Final = (
    *("awsRegions", "azureRegions", "byocOnpremRegions", "gcpRegions", "nebiusRegions"),
    *("ociRegions", "onPremPlatforms", "privateRegions"),
)
_TIER_FIELDS: Final = {
    "productTierDescription": "description",
    "productTierDocumentation": "documentation",
    "productTierId": "id",
    "productTierKey": "key",
    "productTierName": "name",
    "productTierPlanDescription": "planDescription",
    "productTierPricing": "pricing",
    "productTierSupport": "support",
    "isProductTierDisabled": "isDisabled",
    "serviceModelId": "serviceModelId",
    "tierType": "tierType",
}
"""Fields of a service plan, with those of its product tier."""


@operation("describeProductTier")
def describe(call: Call) -> JsonObject:
    """Show a product tier, now or in a version."""
    key = call.parameters["id"]
    tier = call.get("tiers", key)
    version = call.query.get("version")
    if version is not None:
        tier = released(call, BY_COLLECTION["tiers"], key, version)[key]
    return shown(call.world, "tiers", tier)


@operation("enableProductTierFeature")
def enable_feature(call: Call) -> None:
    """Enable a feature of a product tier, or change its settings."""
    tier = call.get("tiers", call.parameters["id"])
    feature = kept(call.body, "feature", "scope", "configuration")
    enable(tier.setdefault("enabledFeatures", []), feature, "feature", "scope")
    tier.setdefault("features", {})[feature["feature"]] = True


@operation("disableProductTierFeature")
def disable_feature(call: Call) -> None:
    """Disable a feature of a product tier."""
    tier = call.get("tiers", call.parameters["id"])
    enabled = tier.setdefault("enabledFeatures", [])
    disable(enabled, call.body, "feature", "scope")
    if all(each["feature"] != call.body["feature"] for each in enabled):
        tier.setdefault("features", {}).pop(call.body["feature"], None)


@operation("getServicePlan")
def get_plan(call: Call) -> JsonObject:
    """Show a product tier with all of its parents."""
    tier = call.get("tiers", call.parameters["productTierId"])
    return _plan(call, peek(call.world, "models", tier["serviceModelId"]), tier)


@operation("listServicePlans")
def list_plans(call: Call) -> JsonObject:
    """Return a page of an environment's service plans."""
    environment = call.get("environments", call.parameters["serviceEnvironmentId"])
    tiers = list(tiers_of(call.world, environment["id"]))
    found, following = page_of(tiers, call.query)
    plans = [_plan(call, model, tier) for model, tier in found]
    return {"servicePlans": plans, **following}


def _plan(call: Call, model: JsonObject, tier: JsonObject) -> JsonObject:
    world = call.world
    api = peek(world, "service-apis", model["serviceApiId"])
    environment = peek(world, "environments", api["serviceEnvironmentId"])
    versions = versions_of(world, tier["id"])
    majors = [each["version"] for each in versions if each["version"].endswith(".0")]
    plan: JsonObject = {name: tier[field] for name, field in _TIER_FIELDS.items()}
    plan |= kept(tier, *_REGIONS) | kept(model, "accountConfigIds", "activeAccountConfigIds")
    plan |= {
        "AutoApproveSubscription": approves_at_once(environment, tier),
        "apiVersion": api["apiVersion"],
        "deploymentConfigId": environment["deploymentConfigId"],
        "latestMajorVersion": next(iter(majors), ""),
        "modelType": model["modelType"],
        "productTierFeatures": tier.get("features", {}),
        "serviceApiDescription": api["description"],
        "serviceApiId": api["id"],
        "serviceEnvironmentId": environment["id"],
        "serviceModelDescription": model["description"],
        "serviceModelFeatures": model.get("features", []),
        "serviceModelName": model["name"],
        "versionSetStatus": versions[0]["status"] if versions else "Pending",
    }
    if not call.query.get("skipHasPendingChangesCheck"):
        plan["hasPendingChanges"] = has_changes(world, tier["id"])
    return plan
