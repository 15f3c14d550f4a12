"""Roles of ClickStack: predefined ones, and those that callers add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.common import draw_id
from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.roles import (
    check_name,
    check_own,
    completed,
    find_predefined,
    predefined,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("clickStackListRoles")
def list_roles(call: Call) -> list[JsonObject]:
    """List the predefined and the custom roles."""
    return [*predefined(call), *call.collection.values()]


@operation("clickStackGetRole")
def get_role(call: Call) -> JsonObject:
    """Show a role."""
    return find_predefined(call) or call.document


@operation("clickStackCreateRole")
def create_role(call: Call) -> JsonObject:
    """Create a role."""
    check_name(call)
    role_id, now = draw_id(call.organization.world.random), call.organization.timestamp
    given = {"id": role_id, "isPredefined": False, "createdAt": now, "updatedAt": now}
    return call.organization.world.store.put((*call.path, role_id), completed(call) | given)


@operation("clickStackUpdateRole")
def update_role(call: Call) -> JsonObject:
    """Change a role; the permissions are replaced."""
    check_own(call)
    role = call.document
    check_name(call, own_id=role["id"])
    role.update(completed(call), updatedAt=call.organization.timestamp)
    return role


@operation("clickStackDeleteRole")
def delete_role(call: Call) -> None:
    """Delete a role."""
    check_own(call)
    call.organization.world.store.remove(call.path)
