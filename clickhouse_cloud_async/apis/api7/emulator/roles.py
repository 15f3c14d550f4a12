"""Roles that members of an organisation can have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .call import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.world import World

_AREAS = {
    "organization": ("members", "organizations"),
    "control_plane": ("control-planes",),
    "billing": ("organizations",),
    "api_management": (
        "apis",
        "applications",
        "canary-releases",
        "certificates",
        "consumers",
        "log-collections",
        "service-registries",
    ),
}
_METHODS = ("get", "put", "post", "patch", "delete")

OWNER, ADMIN, MANAGER, VIEWER = "Owner", "Admin", "Control Plane Manager", "Viewer"
"""Names of the roles; their permissions are deduced."""

_MANAGED = ("control_plane", "api_management")


def add_roles(world: World, organization: str) -> dict[str, str]:
    """Add the roles of a new organisation.

    Returns:
        Their IDs by their names.
    """
    ids: dict[str, str] = {}
    for name in (OWNER, ADMIN, MANAGER, VIEWER):
        ids[name] = new_id(world)
        document = {
            "id": ids[name],
            "name": name,
            "org_id": organization,
            "owner": name == OWNER,
            "permissions": {area: _permissions(name, area) for area in _AREAS},
            "scope": "control_plane" if name == MANAGER else "organization",
        }
        world.store.put(("orgs", organization, "roles", ids[name]), document)
    return ids


def allows(role: Mapping[str, Any], area: str, resource: str, method: str) -> bool:
    """Return whether a role allows a method on a resource of an area."""
    return bool(role["permissions"][area].get(resource, {}).get(method.lower()))


def _permissions(role: str, area: str) -> dict[str, dict[str, bool]]:
    may_change = role in {OWNER, ADMIN} or (role == MANAGER and area in _MANAGED)
    return {
        resource: {method: may_change or method == "get" for method in _METHODS}
        for resource in _AREAS[area]
    }
