"""Members of organisations, and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7.emulator.access import member_of
from clickhouse_cloud_async.apis.api7.emulator.listing import page_of
from clickhouse_cloud_async.apis.api7.emulator.organizations import add_member
from clickhouse_cloud_async.apis.api7.emulator.registry import operation
from clickhouse_cloud_async.apis.api7.emulator.roles import ADMIN
from clickhouse_cloud_async.emulation.problems import bad_request, conflict
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_NORMAL = 50


@operation("listMembers")
def list_all(call: Call) -> JsonObject:
    """Return a page of an organisation's members."""
    members = call.collection.peek_all().values()
    return page_of((_shown(call, member) for member in members), call.query)


@operation("createMember")
def invite(call: Call) -> JsonObject:
    """Invite a person."""
    email, role = call.body["email"], call.body["role_id"]
    _role(call, role)
    if any(member["email"] == email for member in call.collection.peek_all().values()):
        raise conflict(f"email: {email} is a member or invited already")
    return _shown(call, add_member(call.world, call.parameters["id"], email, role, None))


@operation("getMember")
def get(call: Call) -> JsonObject:
    """Show a member."""
    return _shown(call, call.document)


@operation("updateMemberRoles")
def set_roles(call: Call) -> None:
    """Replace the roles of a member."""
    member = call.document
    bindings = [dict(binding) for binding in call.body]
    for binding in bindings:
        if "role_id" not in binding:
            raise bad_request("role_id: is required")
        role = _role(call, binding["role_id"])
        if role["owner"]:
            raise bad_request("role_id: the ownership cannot be assigned, only transferred")
        if "control_plane_id" in binding and role["scope"] != "control_plane":
            raise bad_request(
                f"control_plane_id: the role {role['name']} is not for control planes"
            )
    if not bindings or _is_owner(call, member):
        raise bad_request("a member must have a role, and the owner must keep the owner's role")
    member |= {"_roles": bindings, "updated_at": call.now}


@operation("removeMember")
def remove(call: Call) -> None:
    """Remove a member."""
    if _is_owner(call, call.document):
        raise bad_request("the owner cannot be removed: transfer the ownership first")
    call.store.remove(call.path)


@operation("reinviteMember")
def reinvite(call: Call) -> JsonObject:
    """Send the invitation of a person again."""
    member = call.store.document(call.path[:4])
    if member["state"] != "Pending":
        raise bad_request("the member has accepted already")
    member |= {"_mails": member["_mails"] + 1, "updated_at": call.now}
    return _shown(call, member)


@operation("transferOwnership")
def transfer(call: Call) -> None:
    """Make another member the owner; the current one becomes an admin."""
    organization = call.parameters["id"]
    heir = call.store.document(call.path[:4])
    if heir["state"] != "Active":
        raise bad_request("the member has not accepted yet")
    owner = member_of(call.world, organization, call.user_id)
    assert owner is not None, "only the owner gets here"
    if heir["id"] == owner["id"]:
        return
    roles = call.store.collection(("orgs", organization, "roles")).peek_all().values()
    owning = next(role["id"] for role in roles if role["owner"])
    admin = next(role["id"] for role in roles if role["name"] == ADMIN)
    heir |= {"_roles": [{"role_id": owning}], "updated_at": call.now}
    former = call.store.document(("orgs", organization, "members", owner["id"]))
    former |= {"_roles": [{"role_id": admin}], "updated_at": call.now}
    call.store.document(("orgs", organization))["owner_id"] = heir["user_id"]


@operation("listRoles")
def list_roles(call: Call) -> JsonObject:
    """Return a page of an organisation's roles."""
    return page_of(call.collection.peek_all().values(), {**call.query, "direction": "ASC"})


def _role(call: Call, role: str) -> JsonObject:
    found = call.store.peek(("orgs", call.parameters["id"], "roles", role))
    if found is None:
        raise bad_request(f"role_id: there is no role {role}")
    return found


def _is_owner(call: Call, member: JsonObject) -> bool:
    return any(_role(call, binding["role_id"])["owner"] for binding in member["_roles"])


def _shown(call: Call, member: JsonObject) -> JsonObject:
    roles = [_role(call, binding["role_id"]) for binding in member["_roles"]]
    return public(member) | {"roles": roles, "status": _NORMAL}
