"""Roles of the organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.access.roles import (
    add_role,
    change_role,
    remove_role,
    shown_role,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("organizationRolesGetList")
def list_roles(call: Call) -> list[JsonObject]:
    """List the system roles and the custom roles."""
    roles = call.organization.collection("roles").values()
    return [shown_role(call.organization, role) for role in roles]


@operation("organizationRoleGet")
def get_role(call: Call) -> JsonObject:
    """Show a role."""
    return shown_role(call.organization, call.document)


@operation("organizationRolePost")
def create_role(call: Call) -> JsonObject:
    """Create a role and assign it to its actors."""
    body = call.body
    role = add_role(call.organization, body["name"], body["policies"], body["actors"])
    return _recorded(call, "role_create", role)


@operation("organizationRolePatch")
def update_role(call: Call) -> JsonObject:
    """Change a custom role."""
    role = call.document
    change_role(call.organization, role, call.body)
    return _recorded(call, "role_update", role)


@operation("organizationRoleDelete")
def delete_role(call: Call) -> None:
    """Delete a custom role with its policies."""
    role = call.document
    shown = shown_role(call.organization, role)
    remove_role(call.organization, role)
    _record(call, "role_delete", shown)


def _recorded(call: Call, kind: str, role: JsonObject) -> JsonObject:
    shown = shown_role(call.organization, role)
    _record(call, kind, shown)
    return shown


def _record(call: Call, kind: str, role: JsonObject) -> None:
    resources = [resource for policy in role["policies"] for resource in policy["resources"]]
    activities.record(
        call,
        kind,
        targetRoleIds=[role["id"]],
        targetRoleNames=[role["name"]],
        targetActorIds=role["actors"],
        targetResourceIds=list(dict.fromkeys(resources)),
    )
