"""Organisations and their billing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7.emulator.call import now
from clickhouse_cloud_async.apis.api7.emulator.organizations import add_organization
from clickhouse_cloud_async.apis.api7.emulator.registry import operation
from clickhouse_cloud_async.emulation.messages import Reply
from clickhouse_cloud_async.emulation.problems import bad_request
from clickhouse_cloud_async.emulation.randomness import random_text
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("createOrganization")
def create(call: Call) -> JsonObject:
    """Create an organisation with its first control plane; the caller owns it."""
    return public(add_organization(call.world, _name(call), call.user_id))


@operation("initializeOrganization")
def initialize(call: Call) -> None:
    """Create the organisation of a new user; the response is empty."""
    add_organization(call.world, _name(call), call.user_id)


def _name(call: Call) -> str:
    name: str = call.body["name"]
    if not name.strip():
        raise bad_request("name: must not be blank")
    return name


@operation("getOrganization")
def get(call: Call) -> JsonObject:
    """Show an organisation."""
    return public(call.document)


@operation("deleteOrganization")
def delete(call: Call) -> None:
    """Remove an organisation with everything below it."""
    organization = call.parameters["id"]
    planes = call.store.collection(("controlplanes",))
    for plane in [one["id"] for one in planes.peek_all().values() if one["org_id"] == organization]:
        apps = call.store.collection(("apps",))
        for app in [a["id"] for a in apps.peek_all().values() if a["control_plane_id"] == plane]:
            call.store.remove(("apps", app))
        call.store.remove(("controlplanes", plane))
    call.store.remove(call.path)


@operation("createSubscription")
def subscribe(call: Call) -> JsonObject:
    """Set the plan of an organisation."""
    organization = call.store.document(("orgs", call.parameters["id"]))
    organization["_plan"] = call.body["plan"]
    organization["_subscriptions"] = organization.get("_subscriptions", 0) + 1
    organization["subscription_started_at"] = organization["updated_at"] = now(call.world)
    return {}


@operation("getUpcomingInvoice")
def upcoming_invoice(call: Call) -> JsonObject:
    """Show the next invoice of an organisation."""
    organization = call.store.document(("orgs", call.parameters["id"]))
    return {"plan": organization["_plan"], "currency": "usd", "amount_due": 0}


@operation("redirectToCustomerPortal")
def portal(call: Call) -> Reply:
    """Redirect to the customer portal, which does not exist."""
    session = random_text(call.world.random, 24)
    return Reply(None, headers={"Location": f"https://billing.example.com/session/{session}"})
