"""Organisations with their initial content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .call import new_id, now
from .place import Place
from .roles import OWNER, add_roles
from .states import CONTROL_PLANES

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

REGION_ID = "100000000000000001"
"""Id of the region of all control planes."""


def add_organization(world: World, name: str, owner: str) -> JsonObject:
    """Add an organisation with its roles, its owner and its first control plane.

    Args:
        world: The emulator's documents and time.
        name: Its name.
        owner: Id of the user that owns it.
    """
    organization = new_id(world)
    document = {
        "id": organization,
        "name": name,
        "owner_id": owner,
        "plan_id": "1",
        "created_at": now(world),
        "updated_at": now(world),
        "_plan": "Free",
    }
    world.store.put(("orgs", organization), document)
    roles = add_roles(world, organization)
    user = world.store.document(("users", owner))
    add_member(world, organization, user["email"], roles[OWNER], user)
    add_control_plane(world, organization)
    return document


def add_member(
    world: World, organization: str, email: str, role: str, user: JsonObject | None
) -> JsonObject:
    """Add a member to an organisation.

    Args:
        world: The emulator's documents and time.
        organization: Id of the organisation.
        email: The member's address.
        role: Id of the member's role.
        user: The member's user; None for one who has not accepted yet.
    """
    member = new_id(world)
    document = {
        "id": member,
        "org_id": organization,
        "email": email,
        "state": "Pending",
        "created_at": now(world),
        "updated_at": now(world),
        "_roles": [{"role_id": role}],
        "_mails": 1,
    }
    if user is not None:
        document |= _person(user)
    return world.store.put(("orgs", organization, "members", member), document)


def accept(world: World, member: JsonObject, user: JsonObject) -> None:
    """Make an invited person a member."""
    member |= {**_person(user), "updated_at": now(world)}


def _person(user: JsonObject) -> JsonObject:
    names = {name: user[name] for name in ("first_name", "last_name")}
    return {"user_id": user["id"], "state": "Active", **names}


def add_control_plane(world: World, organization: str, state: str = "pending") -> JsonObject:
    """Add a control plane, which is ready after a while.

    Args:
        world: The emulator's documents and time.
        organization: Id of its organisation.
        state: The initial state.
    """
    plane = new_id(world)
    planes = world.store.collection(("controlplanes",)).peek_all().values()
    number = sum(one["org_id"] == organization for one in planes)
    document = {
        "id": plane,
        "name": f"control-plane-{number + 1}" if number else "default",
        "org_id": organization,
        "region_id": REGION_ID,
        "domain": f"{plane}.gateways.example.com",
        "config_version": 1,
        "settings": {},
        "policies": {},
        "created_at": now(world),
        "updated_at": now(world),
    }
    world.store.put(("controlplanes", plane), document)
    return CONTROL_PLANES.enter(Place(world), ("controlplanes", plane), state)
