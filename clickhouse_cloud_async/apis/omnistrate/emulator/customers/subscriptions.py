"""Subscriptions to product tiers, and requests for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.clouds.clouds import CLOUDS
from clickhouse_cloud_async.apis.omnistrate.emulator.ids import now
from clickhouse_cloud_async.apis.omnistrate.emulator.instances.instances import interrupt
from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having, peek

from . import offerings

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World


def approves_at_once(world: World, tier: JsonObject) -> bool:
    """Return whether subscriptions to a product tier need no approval."""
    return offerings.approves_at_once(environment_of(world, tier), tier)


def environment_of(world: World, tier: JsonObject) -> JsonObject:
    """Return the environment of a product tier."""
    model = peek(world, "models", tier["serviceModelId"])
    api = peek(world, "service-apis", model["serviceApiId"])
    return peek(world, "environments", api["serviceEnvironmentId"])


def environment_type(world: World, tier: JsonObject) -> str:
    """Return the type of a product tier's environment."""
    kind: str = environment_of(world, tier)["type"]
    return kind


def add(world: World, service: JsonObject, tier: JsonObject, owner: JsonObject) -> JsonObject:
    """Subscribe a user to a product tier; the user's first subscription to it is the default."""
    known = having(world, "subscriptions", productTierId=tier["id"], rootUserId=owner["id"])
    vendor = peek(world, "orgs", service["_org"])
    org = peek(world, "orgs", owner["orgId"])
    fields: JsonObject = {
        "serviceId": service["id"],
        "serviceName": service["name"],
        "serviceLogoURL": service.get("serviceLogoURL", ""),
        "serviceOrgId": vendor["id"],
        "serviceOrgName": vendor["orgName"],
        "productTierId": tier["id"],
        "productTierName": tier["name"],
        "status": "ACTIVE",
        "defaultSubscription": not any(known),
        "rootUserId": owner["id"],
        "rootUserName": owner["name"],
        "rootUserOrgId": org["id"],
        "rootUserOrgName": org["orgName"],
        "subscriptionOwnerName": owner["name"],
        "accountConfigIdentityId": org["id"],
        "cloudProviderNames": [
            cloud.name for cloud in CLOUDS.values() if tier.get(cloud.region_field)
        ]
        or list(CLOUDS),
        "roleType": "root",
        "_users": _shared_with(world, org["id"]) | {owner["id"]: "root"},
    }
    return tree.add(world, "subscriptions", vendor["id"], fields)


def _shared_with(world: World, org: str) -> dict[str, str]:
    """Return the further users of a subscription: the organisation's owner and its API keys."""
    users = having(world, "users", orgId=org)
    return {
        user["id"]: user["roleType"]
        for user in users
        if user.get("_is_key") or user["roleType"] == "root"
    }


def shown(world: World, subscription: JsonObject, user_id: str) -> JsonObject:
    """Return a subscription as the API shows it to one of its users."""
    result = {name: value for name, value in subscription.items() if name[:1] != "_"}
    org = peek(world, "orgs", subscription["rootUserOrgId"])
    result["paymentMethodConfigured"] = not org.get("_unpaid")
    return result | {"roleType": subscription["_users"][user_id]}


def change_status(world: World, key: str, status: str) -> None:
    """Change the state of a subscription, which vendors do outside of this API.

    It is deduced that a suspension stops the instances and that an end deletes them.
    """
    subscription = world.store.document(("subscriptions", key))
    subscription["status"] = status
    for instance in list(having(world, "instances", subscriptionId=key)):
        world.store.document(("instances", instance["id"]))  # it shows its subscription's state
        if status == "SUSPENDED" and instance["status"] == "RUNNING":
            interrupt(Place(world), instance["id"], "STOPPING")
        elif status in {"TERMINATED", "CANCELLED"} and instance["status"] != "DELETING":
            interrupt(Place(world), instance["id"], "DELETING")


def add_request(
    world: World, service: JsonObject, tier: JsonObject, user: JsonObject
) -> JsonObject:
    """Add a request for a subscription."""
    fields = {
        "serviceId": service["id"],
        "serviceName": service["name"],
        "productTierId": tier["id"],
        "productTierName": tier["name"],
        "rootUserId": user["id"],
        "rootUserName": user["name"],
        "rootUserEmail": user["email"],
        "status": "PENDING",
    }
    return tree.add(world, "subscription-requests", service["_org"], fields)


def decide(world: World, request: JsonObject, status: str, user: JsonObject) -> None:
    """Approve, deny or cancel a request."""
    request |= {
        "status": status,
        "updatedAt": now(world),
        "updatedByUserId": user["id"],
        "updatedByUserName": user["name"],
    }
    if status == "APPROVED":
        service = peek(world, "services", request["serviceId"])
        tier = peek(world, "tiers", request["productTierId"])
        add(world, service, tier, peek(world, "users", request["rootUserId"]))
