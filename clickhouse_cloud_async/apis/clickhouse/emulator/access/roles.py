"""Roles: system roles, and custom ones of an organisation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.access.permissions import (
    every_permission,
    forget_grants,
    scope_of,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import on_create, on_state
from clickhouse_cloud_async.emulation.problems import bad_request
from clickhouse_cloud_async.emulation.randomness import random_uuid
from clickhouse_cloud_async.emulation.store import public
from clickhouse_cloud_async.emulation.transitions import GONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

SYSTEM_ROLES: Mapping[str, tuple[str, tuple[str, ...] | None]] = {
    "admin": ("Admin", None),
    "developer": (
        "Developer",
        (
            "control-plane:organization:view",
            "control-plane:organization:view-api-keys",
            "control-plane:service:view",
            "control-plane:service:view-backups",
            "control-plane:service:view-snapshots",
            "control-plane:service:view-private-endpoints",
            "control-plane:service:view-query-api-endpoints",
            "control-plane:postgres-service:view",
        ),
    ),
    "query_endpoints": (
        "Query Endpoints",
        ("control-plane:service:view-query-api-endpoints",),
    ),
    "org_member": ("Member", ("control-plane:organization:view",)),
    "billing": (
        "Billing",
        ("control-plane:organization:view", "control-plane:organization:view-billing"),
    ),
}
"""The system roles by their older names: name and permissions, None for all permissions."""


_PERMISSION = re.compile(r"[a-z0-9-]+(:[a-z0-9-]+){2}")
_RESOURCE = re.compile(r"[A-Za-z-]+/[^/\s]+")


@on_create("organization")
def _add_system_roles(organization: Organization, _path: Path) -> None:
    """Add the system roles to a new organisation."""
    created_at = organization.document["createdAt"]
    for older_name, (name, some) in SYSTEM_ROLES.items():
        role_id = system_role_id(organization, older_name)
        permissions = every_permission(organization.world.contract) if some is None else some
        wide = [p for p in permissions if p.split(":")[1] == "organization"]
        narrow = [p for p in permissions if p not in wide]
        grants = ((wide, f"organization/{organization.id}"), (narrow, "instance/*"))
        policies = [
            {"allowDeny": "ALLOW", "permissions": granted, "resources": [resource]}
            for granted, resource in grants
            if granted
        ]
        facts = {"name": name, "type": "system", "createdAt": created_at, "updatedAt": created_at}
        _put(organization, role_id, policies, **facts)


def system_role_id(organization: Organization, older_name: str) -> str:
    """The ID of the system role with an older name."""
    return random_uuid(organization.world.draw("role", organization.id, older_name))


def add_role(
    organization: Organization,
    name: str,
    policies: Iterable[JsonObject],
    actors: Iterable[str],
) -> JsonObject:
    """Add a custom role.

    Args:
        organization: Its organisation.
        name: Its name.
        policies: The permissions that it allows and denies.
        actors: The members and keys that have it, such as ``apiKey/<uuid>``.

    Returns:
        The role.

    Raises:
        Problem: 400 if a value is invalid; nothing was added then.
    """
    checked = _checked(organization, {"name": name, "policies": policies, "actors": actors})
    role_id = random_uuid(organization.world.random)
    now = organization.timestamp
    facts = {"name": checked["name"], "type": "custom", "createdAt": now, "updatedAt": now}
    role = _put(organization, role_id, checked["policies"], **facts)
    _assign(organization, role_id, checked["actors"])
    return role


def change_role(organization: Organization, role: JsonObject, changes: JsonObject) -> None:
    """Change a custom role; lists replace the existing ones.

    Args:
        organization: Its organisation.
        role: The role; changed in place.
        changes: The parts to change.

    Raises:
        Problem: 400 if a value is invalid; nothing was changed then.
    """
    _refuse_system(role)
    checked = _checked(organization, changes, role["id"])
    if "name" in checked:
        role["name"] = checked["name"]
    if "policies" in checked:
        role["policies"] = _policies(organization, role["id"], checked["policies"])
        forget_grants(organization)
    if "actors" in checked:
        _assign(organization, role["id"], checked["actors"])
    role["updatedAt"] = organization.timestamp


def remove_role(organization: Organization, role: JsonObject) -> None:
    """Remove a custom role, also from its holders."""
    _refuse_system(role)
    _assign(organization, role["id"], ())
    for invitation in organization.collection("invitations").values():
        invitation["_roleIds"] = [i for i in invitation["_roleIds"] if i != role["id"]]
    organization.world.store.remove((*organization.path, "roles", role["id"]))


@on_state("service")
@on_state("postgres")
def _forget_instance(organization: Organization, path: Path, state: str) -> None:
    """Remove a deleted service from all policies."""
    if state != GONE:
        return
    gone, changed = f"instance/{path[-1]}", []
    for role in organization.collection("roles").values():
        if any(gone in policy["resources"] for policy in role["policies"]):
            for policy in role["policies"]:
                policy["resources"] = [r for r in policy["resources"] if r != gone]
            role["policies"] = [policy for policy in role["policies"] if policy["resources"]]
            changed.append(role)
    if changed:
        forget_grants(organization)
        activities.record_by_system(
            organization,
            "role_resources_delete",
            targetRoleIds=[role["id"] for role in changed],
            targetRoleNames=[role["name"] for role in changed],
            targetResourceIds=[gone],
        )


def _refuse_system(role: JsonObject) -> None:
    """Refuse changes of a system role.

    Raises:
        Problem: 400 for a system role.
    """
    if role["type"] == "system":
        raise bad_request(
            f"{role['name']} is a system role, which can be neither changed nor deleted"
        )


def requested(organization: Organization, body: JsonObject) -> list[str] | None:
    """The IDs of the roles that a request assigns, or None if it assigns none.

    Args:
        organization: The organisation.
        body: A request to create or change a key, a member or an invitation. Its
            ``assignedRoleIds`` take precedence over its older ``roles`` or ``role``.

    Raises:
        Problem: 400 if there is no such role.
    """
    assigned: list[str] | None = body.get("assignedRoleIds")
    older: list[str] = body.get("roles") or ([body["role"]] if "role" in body else [])
    if older and not assigned:
        return [system_role_id(organization, name) for name in dict.fromkeys(older)]
    for index, role_id in enumerate(assigned or ()):
        if role_id not in organization.collection("roles"):
            raise bad_request(f"assignedRoleIds[{index}]: there is no role {role_id}")
    return None if assigned is None else list(dict.fromkeys(assigned))


def older_names(organization: Organization, role_ids: Iterable[str]) -> list[str]:
    """The older names of the roles that have one."""
    held = set(role_ids)
    return [name for name in SYSTEM_ROLES if system_role_id(organization, name) in held]


def shown_holder(organization: Organization, holder: JsonObject) -> JsonObject:
    """Return a key, a member or an invitation as the API shows it, with its roles."""
    roles = organization.collection("roles")
    held = [role for role_id in holder["_roleIds"] if (role := roles.peek(role_id)) is not None]
    assigned = [{"roleId": r["id"], "roleName": r["name"], "roleType": r["type"]} for r in held]
    return public(holder) | {"assignedRoles": assigned}


def shown_role(organization: Organization, role: JsonObject) -> JsonObject:
    """Return a role as the API shows it, with its holders."""
    actors = [actor for actor, holder in _actors(organization) if role["id"] in holder["_roleIds"]]
    return public(role) | {"actors": actors}


def _put(
    organization: Organization, role_id: str, policies: Iterable[JsonObject], **facts: str
) -> JsonObject:
    role = {
        "id": role_id,
        "tenantId": f"organization/{organization.id}",
        "ownerId": f"organization/{organization.id}",
        **facts,
        "policies": _policies(organization, role_id, policies),
    }
    return organization.world.store.put((*organization.path, "roles", role_id), role)


def _policies(
    organization: Organization, role_id: str, policies: Iterable[JsonObject]
) -> list[JsonObject]:
    return [
        {
            "id": random_uuid(organization.world.random),
            "roleId": role_id,
            "tenantId": f"organization/{organization.id}",
            **policy,
        }
        for policy in policies
    ]


def _checked(organization: Organization, parts: JsonObject, own_id: str = "") -> JsonObject:
    if "name" in parts:
        name = parts["name"].strip()
        taken = {
            role["name"].lower()
            for role_id, role in organization.collection("roles").items()
            if role_id != own_id
        }
        if not name:
            raise bad_request("name: must not be empty")
        if name.lower() in taken:
            raise bad_request(f"name: there is a role {name} already")
        parts = parts | {"name": name}
    for index, policy in enumerate(parts.get("policies", ())):
        _check_form(policy["permissions"], _PERMISSION, f"policies[{index}].permissions")
        _check_form(policy["resources"], _RESOURCE, f"policies[{index}].resources")
        if organization.world.is_live:
            _check_scope(policy, f"policies[{index}]")
    known = {actor for actor, _ in _actors(organization)}
    for index, actor in enumerate(parts.get("actors", ())):
        if actor not in known:
            raise bad_request(f"actors[{index}]: there is no {actor} in the organisation")
    return parts


def _check_form(texts: Iterable[str], form: re.Pattern[str], where: str) -> None:
    for index, text in enumerate(texts):
        if not form.fullmatch(text):
            example = "instance/*" if form is _RESOURCE else "control-plane:service:view"
            raise bad_request(f"{where}[{index}]: must have the form of {example}")


def _check_scope(policy: JsonObject, where: str) -> None:
    """Check that a policy applies either to the organisation or to services."""
    scopes = {scope_of(permission) for permission in policy["permissions"]}
    scopes |= {resource.partition("/")[0] for resource in policy["resources"]}
    if len(scopes - {None}) > 1:
        raise bad_request(f"{where}: permissions and resources must target the same resource scope")
    if "organization/*" in policy["resources"]:
        raise bad_request(f"{where}.resources: name the organisation by its id")


def _actors(organization: Organization) -> Iterator[tuple[str, JsonObject]]:
    """Yield every member and key, by its name as an actor."""
    for collection, prefix in (("members", "user"), ("keys", "apiKey")):
        for key, document in organization.collection(collection).items():
            yield f"{prefix}/{key}", document


def _assign(organization: Organization, role_id: str, actors: Iterable[str]) -> None:
    """Set the holders of a role."""
    wanted = set(actors)
    for actor, holder in _actors(organization):
        kept = [held for held in holder["_roleIds"] if held != role_id]
        holder["_roleIds"] = [*kept, role_id] if actor in wanted else kept
