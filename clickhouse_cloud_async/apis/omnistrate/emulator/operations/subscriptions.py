"""Offerings, and the subscriptions of customers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.access.accounts import find_user
from clickhouse_cloud_async.apis.omnistrate.emulator.customers import subscriptions
from clickhouse_cloud_async.apis.omnistrate.emulator.customers.offerings import offered
from clickhouse_cloud_async.apis.omnistrate.emulator.instances.parameters import entities
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import content_at, preferred
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having, peek
from clickhouse_cloud_async.emulation.problems import bad_request, conflict, not_found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_VERBS = ("CREATE", "DESCRIBE", "LIST", "UPDATE", "DELETE")


@operation("listServiceOffering")
def list_offerings(call: Call) -> JsonObject:
    """List the services that the caller can subscribe to, with all keys of addresses."""
    org = call.query.get("orgId")
    found = [
        offered(call.world, service, call.user, call.query)
        for service in having(call.world, "services")
        if service["_org"] in _vendors(call) and org in {None, service["_org"]}
    ]
    return {"serviceIds": [each["serviceId"] for each in found], "services": found}


@operation("describeServiceOffering")
def describe_offering(call: Call) -> JsonObject:
    """Show the offering of a service."""
    service = _service(call, call.parameters["serviceId"])
    return offered(call.world, service, call.user, call.query)


@operation("describeServiceOfferingResource")
def describe_offered_resource(call: Call) -> JsonObject:
    """Show the parameters of a resource; the instance may be ``none``."""
    service = _service(call, call.parameters["serviceId"])
    resource = call.store.peek(("resources", call.parameters["resourceId"]))
    if resource is None or resource["serviceId"] != service["id"]:
        raise not_found(f"resource {call.parameters['resourceId']}")
    tier = resource["productTierId"]
    if call.query.get("productTierId", tier) != tier:
        raise not_found(f"resource {resource['id']} of tier {call.query['productTierId']}")
    version = call.query.get("productTierVersion")
    if version is None:
        found = preferred(call.world, tier)
        version = None if found is None else found["version"]
    content = {} if version is None else content_at(call.world, tier, version)
    inputs, outputs = entities(content, resource["id"])
    return {
        "apis": [
            {
                "verb": verb,
                "inputParameters": inputs if verb in {"CREATE", "UPDATE"} else [],
                "outputParameters": outputs if verb == "DESCRIBE" else [],
            }
            for verb in _VERBS
        ]
    }


@operation("createSubscription")
def subscribe(call: Call) -> str:
    """Subscribe the caller to a product tier that needs no approval."""
    service, tier = _offered_tier(call)
    if not subscriptions.approves_at_once(call.world, tier):
        raise conflict("the product tier needs approval: create a subscription request")
    key: str = subscriptions.add(call.world, service, tier, call.user)["id"]
    return key


@operation("listSubscriptions")
def list_subscriptions(call: Call) -> JsonObject:
    """List the subscriptions that the caller belongs to."""
    found = list(_own(call))
    shown = [subscriptions.shown(call.world, each, call.user_id) for each in found]
    return {"ids": [each["id"] for each in found], "subscriptions": shown}


@operation("describeSubscription")
def describe_subscription(call: Call) -> JsonObject:
    """Show a subscription."""
    return subscriptions.shown(call.world, call.store.document(call.path), call.user_id)


@operation("deleteSubscription")
def unsubscribe(call: Call) -> None:
    """End a subscription that has no instances."""
    subscription = call.store.document(call.path)
    if subscription["rootUserId"] != call.user_id:
        raise conflict("only the owner can end a subscription")
    tree.remove(call.world, "subscriptions", subscription["id"])


@operation("createSubscriptionRequest")
def request_subscription(call: Call) -> str:
    """Request a subscription from the vendor."""
    service, tier = _offered_tier(call)
    key: str = subscriptions.add_request(call.world, service, tier, call.user)["id"]
    return key


@operation("listSubscriptionRequests")
def list_requests(call: Call) -> JsonObject:
    """List the requests of the caller."""
    status = call.query.get("status")
    requests = having(call.world, "subscription-requests", rootUserId=call.user_id)
    found = [each for each in requests if status in {None, each["status"]}]
    shown = [_shown(each) for each in found]
    return {"ids": [each["id"] for each in found], "subscriptionRequests": shown}


@operation("describeSubscriptionRequest")
def describe_request(call: Call) -> JsonObject:
    """Show a request."""
    return _shown(_request(call))


@operation("cancelSubscriptionRequest")
def cancel_request(call: Call) -> None:
    """Withdraw a request that the vendor has not decided yet."""
    request = _request(call)
    if request["status"] != "PENDING":
        raise conflict(f"the request is {request['status']} already")
    subscriptions.decide(call.world, request, "CANCELLED", call.user)


@operation("describeUsersBySubscription")
def list_members(call: Call) -> JsonObject:
    """List the users of a subscription."""
    subscription = call.store.document(call.path)
    return {"Id": subscription["id"], "subscriptionUsers": _members(call, subscription)}


@operation("listAllSubscriptionUsers")
def list_all_members(call: Call) -> JsonObject:
    """List the users of all subscriptions that the caller belongs to."""
    found = [member for subscription in _own(call) for member in _members(call, subscription)]
    return {"subscriptionUsers": found}


@operation("inviteSubscriptionUser")
def invite_member(call: Call) -> None:
    """Set the role of an existing user in a subscription."""
    if call.body["roleType"] == "root":
        raise bad_request("body.roleType: root is the owner's role, which cannot be assigned")
    subscription = call.store.document(call.path)
    member = _person(call, subscription)
    if member["id"] in subscription["_users"]:
        raise conflict(f"{member['email']} belongs to the subscription already")
    subscription["_users"][member["id"]] = call.body["roleType"]


@operation("revokeSubscriptionUserRole")
def remove_member(call: Call) -> None:
    """Remove a user's role in a subscription."""
    subscription = call.store.document(call.path)
    member = _person(call, subscription)
    if subscription["_users"].get(member["id"]) != call.body["roleType"]:
        raise not_found(f"the role {call.body['roleType']} of {member['email']}")
    if member["id"] == subscription["rootUserId"]:
        raise conflict("the owner's role cannot be taken away")
    del subscription["_users"][member["id"]]


def _vendors(call: Call) -> set[str]:
    """Return the organisations whose services the caller can see."""
    user = call.user
    return {org for org in (user["orgId"], user["_vendor"]) if org is not None}


def _service(call: Call, key: str) -> JsonObject:
    service = call.store.peek(("services", key))
    if service is None or service["_org"] not in _vendors(call):
        raise not_found(f"service {key}")
    return service


def _offered_tier(call: Call) -> tuple[JsonObject, JsonObject]:
    """Return the service and the product tier in a body."""
    service = _service(call, call.body["serviceId"])
    tier = call.store.peek(("tiers", call.body["productTierId"]))
    if tier is None or tier["serviceId"] != service["id"]:
        raise not_found(f"tier {call.body['productTierId']} of service {service['id']}")
    environment = subscriptions.environment_of(call.world, tier)
    if environment["visibility"] != "PUBLIC" and call.org_id != service["_org"]:
        raise not_found(f"tier {tier['id']} of service {service['id']}")
    return service, tier


def _own(call: Call) -> Iterator[JsonObject]:
    """Yield the requested subscriptions that the caller belongs to."""
    query = call.query
    for subscription in having(call.world, "subscriptions"):
        tier = peek(call.world, "tiers", subscription["productTierId"])
        ended = subscription["status"] in {"TERMINATED", "CANCELLED"}
        if (
            call.user_id in subscription["_users"]
            and query.get("serviceId") in {None, subscription["serviceId"]}
            and query.get("environmentType")
            in {None, subscriptions.environment_type(call.world, tier)}
            and (query.get("includeInactive") or not ended)
        ):
            yield subscription


def _request(call: Call) -> JsonObject:
    request = call.store.document(("subscription-requests", call.parameters["id"]))
    if request["rootUserId"] != call.user_id:
        raise not_found(f"subscription-request {request['id']}")
    return request


def _shown(request: JsonObject) -> JsonObject:
    return {name: value for name, value in request.items() if name[:1] != "_"}


def _members(call: Call, subscription: JsonObject) -> list[JsonObject]:
    return [
        {
            "userId": user,
            "subscriptionId": subscription["id"],
            "roleType": role,
            **{name: peek(call.world, "users", user)[name] for name in ("email", "name")},
        }
        for user, role in subscription["_users"].items()
        if not peek(call.world, "users", user).get("_is_key")
    ]


def _person(call: Call, subscription: JsonObject) -> JsonObject:
    """Return the user with an address: a customer of the vendor, or one of the vendor's users."""
    email, vendor = call.body["email"], subscription["_org"]
    user = find_user(call.world, email, vendor) or find_user(call.world, email, None)
    if user is None:
        raise not_found(f"user {email}")
    return user
