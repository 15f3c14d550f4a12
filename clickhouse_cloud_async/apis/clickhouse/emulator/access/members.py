"""Members of an organisation, and invitations."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import on_create, timer
from clickhouse_cloud_async.emulation.clock import DAY, timestamp
from clickhouse_cloud_async.emulation.problems import bad_request, require_properties
from clickhouse_cloud_async.emulation.randomness import random_uuid

from . import roles

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

INVITATION_DAYS: Final = 7
"""Lifetime of an invitation."""

_EXPIRE = "invitation.expire"

_FIRST_MEMBERS = (
    ("owner@example.com", "Owner", "admin"),
    ("developer@example.com", "Developer", "developer"),
)


@on_create("organization")
def _add_first_members(organization: Organization, _path: Path) -> None:
    """Add the owner and a developer to an organisation."""
    created_at = organization.document["createdAt"]
    owner, _ = (
        _put(
            organization,
            {
                "name": name,
                "email": email,
                "role": role,
                "joinedAt": created_at,
                "_roleIds": [roles.system_role_id(organization, role)],
            },
        )
        for email, name, role in _FIRST_MEMBERS
    )
    activities.record_by_member(organization, owner, "create_organization", createdAt=created_at)


def read_roles(organization: Organization, body: JsonObject) -> JsonObject:
    """Return the properties for the roles of a member or an invitation.

    Args:
        organization: Its organisation.
        body: A request to create or change it.

    Raises:
        Problem: 400 if there is no such role.
    """
    role_ids = roles.requested(organization, body)
    facts: JsonObject = {} if role_ids is None else {"_roleIds": role_ids}
    if "role" in body and not body.get("assignedRoleIds"):
        facts["role"] = body["role"]
    return facts


def keep_an_admin(organization: Organization, member: JsonObject) -> None:
    """Check that the last admin stays one.

    Args:
        organization: The organisation of the member.
        member: The member who is going to lose the role, if they have it.

    Raises:
        Problem: 400 if no other member is an admin.
    """
    admin = roles.system_role_id(organization, "admin")
    members = organization.collection("members").values()
    admins = [other["userId"] for other in members if admin in other["_roleIds"]]
    if admins == [member["userId"]]:
        raise bad_request("the organisation's last admin has to stay one")


def invite(organization: Organization, body: JsonObject) -> JsonObject:
    """Create an invitation.

    Args:
        organization: The organisation of the invitation.
        body: The request to create the invitation.

    Returns:
        The invitation, which expires by itself.

    Raises:
        Problem: 400 if a value is invalid; nothing was added then.
    """
    require_properties(body, "email")
    email = body["email"].lower()
    if _find(organization, "members", email) is not None:
        raise bad_request(f"email: {email} is a member already")
    if _find(organization, "invitations", email) is not None:
        raise bad_request(f"email: {email} is invited already")
    invitation: JsonObject = {
        "id": random_uuid(organization.world.random),
        "email": email,
        "createdAt": organization.timestamp,
        "expireAt": timestamp(organization.now + timedelta(days=INVITATION_DAYS)),
        "_roleIds": [],
        **read_roles(organization, body),
    }
    path = (*organization.path, "invitations", invitation["id"])
    due = organization.world.elapsed + INVITATION_DAYS * DAY
    organization.world.timers.set(path, _EXPIRE, due)
    return organization.world.store.put(path, invitation)


def accept(organization: Organization, email: str, name: str) -> JsonObject:
    """Turn an invitation into a member.

    Args:
        organization: The organisation of the invitation.
        email: Their address in the invitation.
        name: Their name.

    Returns:
        The member.

    Raises:
        ValueError: The address is not invited.
    """
    invitation = _find(organization, "invitations", email.lower())
    if invitation is None:
        raise ValueError(f"{email} is not invited")
    organization.world.store.remove((*organization.path, "invitations", invitation["id"]))
    facts = {key: invitation[key] for key in ("email", "role", "_roleIds") if key in invitation}
    member = _put(organization, facts | {"name": name, "joinedAt": organization.timestamp})
    activities.record_by_member(organization, member, "organization_member_join")
    return member


@timer(_EXPIRE)
def _expire(organization: Organization, path: Path) -> None:
    organization.world.store.remove(path)


def _put(organization: Organization, facts: JsonObject) -> JsonObject:
    # A person is the same user in every organisation.
    user_id = random_uuid(organization.world.draw("user", facts["email"]))
    path = (*organization.path, "members", user_id)
    return organization.world.store.put(path, {"userId": user_id, **facts})


def _find(organization: Organization, collection: str, email: str) -> JsonObject | None:
    documents = organization.collection(collection).values()
    return next((document for document in documents if document["email"] == email), None)
