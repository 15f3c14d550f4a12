"""Members and invitations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.access.members import (
    invite,
    keep_an_admin,
    read_roles,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.access.roles import (
    shown_holder,
    system_role_id,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("memberGetList", "invitationGetList")
def list_people(call: Call) -> list[JsonObject]:
    """List the members, or the invitations that were not accepted yet."""
    people = call.collection.values()
    return [shown_holder(call.organization, person) for person in people]


@operation("memberGet", "invitationGet")
def get_person(call: Call) -> JsonObject:
    """Show a member or an invitation."""
    return shown_holder(call.organization, call.document)


@operation("memberUpdate")
def update_member(call: Call) -> JsonObject:
    """Change the roles of a member."""
    organization = call.organization
    member = call.document
    changes = read_roles(organization, call.body)
    role_ids = (member | changes)["_roleIds"]
    if system_role_id(organization, "admin") not in role_ids:
        keep_an_admin(organization, member)
    if role_ids != member["_roleIds"]:
        kind = "role" if "role" in changes else "roles"
        activities.record(call, f"organization_member_update_{kind}")
    member.update(changes)
    return shown_holder(organization, member)


@operation("memberDelete")
def delete_member(call: Call) -> None:
    """Remove a member who is not the last admin."""
    keep_an_admin(call.organization, call.document)
    call.organization.world.store.remove(call.path)
    activities.record(call, "organization_member_delete")


@operation("invitationCreate")
def create_invitation(call: Call) -> JsonObject:
    """Invite a person by e-mail."""
    invitation = invite(call.organization, call.body)
    activities.record(call, "organization_invite_create")
    return shown_holder(call.organization, invitation)


@operation("invitationDelete")
def delete_invitation(call: Call) -> None:
    """Withdraw an invitation."""
    call.organization.world.store.remove(call.path)
    activities.record(call, "organization_invite_delete")
