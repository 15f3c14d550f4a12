"""Organisations, their users and their API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.ids import new_id, now
from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import REGISTRY
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import first, having
from clickhouse_cloud_async.emulation.problems import conflict
from clickhouse_cloud_async.emulation.randomness import random_text

from .tokens import digest, end_tokens_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

WRITERS: Final = frozenset(("root", "admin", "editor"))
"""Roles with write access; those that begin with ``service`` have it only below services."""

INVITERS: Final = frozenset(("root", "admin"))
"""Roles that can invite users."""

ORG_FIELDS: Final = (
    "orgCookiePolicy",
    "orgDescription",
    "orgDisablePasswordLogin",
    "orgFavIconURL",
    "orgLogoURL",
    "orgName",
    "orgPrivacyPolicy",
    "orgSupportEmail",
    "orgTermsOfUse",
    "orgURL",
)
"""Fields of an organisation that are shown with each of its users."""


def add_org(world: World, name: str, **fields: object) -> JsonObject:
    """Add an organisation with its default deployment configuration."""
    org = new_id(world, "org-")
    document = {
        "id": org,
        "orgName": name,
        **fields,
        "_provider": new_id(world, "sp-"),
        "_plan": "STARTER_NO_COMMIT",
        "_since": now(world),
    }
    world.store.put(("orgs", org), document)
    REGISTRY.created("orgs", Place(world), ("orgs", org))
    default = {"name": "default", "description": "The default of the organisation"}
    tree.add(world, "deployment-configs", org, {**default, "_default": True})
    return document


def add_user(  # noqa: PLR0913 - what is known of a user
    world: World,
    org: str,
    email: str,
    *,
    name: str,
    role: str,
    password: str | None = None,
    vendor: str | None = None,
    is_active: bool = True,
) -> JsonObject:
    """Add a user.

    Args:
        world: The emulator's documents and time.
        org: Id of the user's organisation.
        email: The user's address.
        name: The user's name.
        role: The role in the organisation.
        password: The password; None for a user who has none yet.
        vendor: ID of the organisation of the customer's vendor; None for a user who is not a
            customer.
        is_active: Whether the activation link was followed.

    Raises:
        Problem: 409 if the address is in use.
    """
    if find_user(world, email, vendor) is not None:
        raise conflict(f"there is a user {email} already")
    user = new_id(world, "user-")
    return world.store.put(
        ("users", user),
        {
            "id": user,
            "email": email,
            "name": name,
            "orgId": org,
            "roleType": role,
            "status": "ACTIVE" if is_active else "NOT_ENABLED",
            "enabled": is_active,
            "createdAt": now(world),
            "lastModifiedAt": now(world),
            "_vendor": vendor,
            "_password": None if password is None else digest(password),
            "_link": None,
        },
    )


def find_user(world: World, email: str, vendor: str | None) -> JsonObject | None:
    """Return the user with an address, among a vendor's customers or the vendors' users."""
    return first(world, "users", email=email, _vendor=vendor)


def new_link(world: World, user: JsonObject) -> str:
    """Send a user a link for activation or for a new password, and return its token."""
    token = random_text(world.random, 24)
    user["_link"] = digest(token)
    sent = world.store.collection(("mails",))
    sent[user["id"]] = {"to": user["email"], "token": token, "sentAt": now(world)}
    return token


def follow_link(world: World, user: JsonObject | None, token: str) -> bool:
    """Return whether a token belongs to the user's last link, and invalidate it."""
    if user is None or user["_link"] is None or user["_link"] != digest(token):
        return False
    user["_link"] = None
    world.store.collection(("mails",)).pop(user["id"], None)
    return True


def shown_user(world: World, user: JsonObject) -> JsonObject:
    """Return a user as the API shows it, with the fields of the organisation."""
    org = world.store.document(("orgs", user["orgId"]))
    result: dict[str, Any] = {name: value for name, value in user.items() if name[:1] != "_"}
    return (
        result
        | {name: org[name] for name in ORG_FIELDS if name in org}
        | {"planName": org["_plan"]}
    )


def change_user(world: World, user: JsonObject, fields: Mapping[str, Any]) -> None:
    """Change a user, and the fields of the organisation if the user owns it."""
    own = ("address", "attributes", "name")
    user |= {name: fields[name] for name in own if name in fields}
    user["lastModifiedAt"] = now(world)
    if user["roleType"] == "root":
        org = world.store.document(("orgs", user["orgId"]))
        org |= {name: fields[name] for name in ORG_FIELDS if name in fields}


def remove_user(world: World, user_id: str) -> None:
    """Remove a user; the user's tokens and API keys become invalid at once."""
    end_tokens_of(world, user_id)
    keys = world.store.collection(("api-keys",))
    for key, document in list(keys.peek_all().items()):
        if document["user"] == user_id:
            del keys[key]
    for subscription in list(having(world, "subscriptions")):
        if user_id in subscription["_users"] and subscription["rootUserId"] != user_id:
            document = world.store.document(("subscriptions", subscription["id"]))
            del document["_users"][user_id]
    world.store.remove(("users", user_id))


def add_api_key(world: World, org: str, role: str, text: str) -> JsonObject:
    """Add an API key of an organisation, which acts as a separate user.

    It is deduced that it belongs to the subscriptions of the organisation.

    Args:
        world: The emulator's documents and time.
        org: Id of the organisation.
        role: The role of the key.
        text: The key.
    """
    number = sum(1 for _ in having(world, "users", orgId=org)) + 1
    user = add_user(world, org, f"key-{number}@{org}.invalid", name=f"API key {number}", role=role)
    user["_is_key"] = True
    world.store.put(("api-keys", digest(text)), {"user": user["id"]})
    for subscription in list(having(world, "subscriptions", rootUserOrgId=org)):
        members = world.store.document(("subscriptions", subscription["id"]))["_users"]
        members[user["id"]] = role
    return user
