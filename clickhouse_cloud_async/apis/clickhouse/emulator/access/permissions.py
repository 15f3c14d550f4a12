"""Permissions of operations, and roles that grant them.

A permission has the form ``namespace:scope:action``. A role has policies, which allow or deny
permissions on resources such as ``instance/<uuid>`` or ``instance/*``. Denials take precedence.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import attrs

from clickhouse_cloud_async.apis.clickhouse.emulator.ids import check_organization_id
from clickhouse_cloud_async.apis.clickhouse.emulator.organization import (
    ORGANIZATIONS,
    organization_at,
)
from clickhouse_cloud_async.emulation.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.core.contract import Contract, ContractOperation
    from clickhouse_cloud_async.emulation.context import Context
    from clickhouse_cloud_async.emulation.endpoints import Endpoint
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

VIEW_SERVICE: Final = "control-plane:service:view"
MANAGE_SERVICE: Final = "control-plane:service:manage"
VIEW_POSTGRES: Final = "control-plane:postgres-service:view"

_IMPLIED: Mapping[str, tuple[str, ...]] = {MANAGE_SERVICE: ("control-plane:service:delete",)}
"""Permissions that other permissions imply."""

_SCOPES: Mapping[str, tuple[str, str]] = {
    "organization": ("organization", "organizationId"),
    "service": ("instance", "serviceId"),
    "postgres-service": ("instance", "postgresId"),
}
"""Kind of resource and its path parameter, by the scope of a permission."""


@attrs.frozen
class Requirement:
    """A permission that an operation needs.

    Args:
        permission: The permission.
        kind: Kind of the resource that it is needed on.
        parameter: The path parameter with the ID of the resource.
    """

    permission: str
    kind: str
    parameter: str


@attrs.frozen
class Grants:
    """The permissions that policies allow and deny.

    Args:
        allowed: The resources on which they allow a permission, by permission.
        denied: The resources on which they deny a permission, by permission.
    """

    allowed: Mapping[str, frozenset[str]]
    denied: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, policies: Iterable[JsonObject]) -> Grants:
        """Read policies."""
        found: dict[str, dict[str, frozenset[str]]] = {"ALLOW": {}, "DENY": {}}
        for policy in policies:
            for permission in policy["permissions"]:
                for granted in (permission, *_IMPLIED.get(permission, ())):
                    resources = found[policy["allowDeny"]].setdefault(granted, frozenset())
                    found[policy["allowDeny"]][granted] = resources.union(policy["resources"])
        return cls(found["ALLOW"], found["DENY"])

    def include(self, permission: str, kind: str, identity: str | None) -> bool:
        """Return whether they grant a permission.

        Args:
            permission: The permission.
            kind: Kind of the resource that it is needed on.
            identity: The resource's ID; None for any resource of the kind.
        """
        allowed = self.allowed.get(permission, frozenset())
        denied = self.denied.get(permission, frozenset())
        everywhere, here = f"{kind}/*", f"{kind}/{identity}"
        if everywhere in denied or here in denied:
            return False
        if identity is None:
            return any(resource.startswith(f"{kind}/") for resource in allowed)
        return everywhere in allowed or here in allowed


def scope_of(permission: str) -> str | None:
    """Return the kind of resources of a permission; None if it is unknown."""
    parts = permission.split(":")
    return _SCOPES[parts[1]][0] if len(parts) > 1 and parts[1] in _SCOPES else None


def requirements(operation: ContractOperation) -> tuple[Requirement, ...]:
    """Return the permissions that an operation needs according to the contract."""
    return tuple(
        Requirement(permission, *_SCOPES[permission.split(":")[1]])
        for permission in operation.permissions or ()
    )


@cache
def _needed(endpoint: Endpoint) -> tuple[Requirement, ...]:
    return requirements(endpoint.operation)


def every_permission(contract: Contract) -> tuple[str, ...]:
    """Every permission that an operation of a contract needs, in alphabetical order."""
    needed = (operation.permissions or () for operation in contract.operations.values())
    return tuple(sorted({permission for permissions in needed for permission in permissions}))


def authorise(context: Context) -> None:
    """Check the caller's permissions; the bearer token has all of them.

    Raises:
        Problem: 403 if the key belongs to another organisation or lacks a permission, which the
            message names.
    """
    _check_organization(context)
    if context.identity is not None:
        organization = organization_at(context.world, context.identity)
        for needed in _needed(context.located):
            resource = context.parameters.get(needed.parameter)
            _require(organization, context.identity, needed.permission, needed.kind, resource)


def _check_organization(context: Context) -> None:
    named = context.parameters.get("organizationId")
    if context.identity is not None:
        is_own = named in {None, organization_at(context.world, context.identity).id}
    else:
        is_own = named is None or named in context.world.store.collection(ORGANIZATIONS)
    if not is_own:
        check_organization_id(context.world, named or "")
        raise Problem(403, "the key belongs to another organisation")


def require(call: Call, permission: str) -> None:
    """Check an additional permission of the caller.

    Raises:
        Problem: 403 if it is missing; the message names it.
    """
    if call.key_path is not None:
        kind, parameter = _SCOPES[permission.split(":")[1]]
        identity = call.parameters.get(parameter)
        _require(call.organization, call.key_path, permission, kind, identity)


def viewable(
    call: Call, documents: Mapping[str, JsonObject], permission: str = VIEW_SERVICE
) -> Mapping[str, JsonObject]:
    """The documents that the caller may view, by id.

    Args:
        call: The call.
        documents: Services, or other instances, by ID.
        permission: The permission that viewing one of them needs.
    """
    if call.key_path is None:
        return documents
    grants = _grants(call.organization, call.key_path)
    if "instance/*" in grants.allowed.get(permission, ()) and permission not in grants.denied:
        return documents
    return {
        key: document
        for key, document in documents.items()
        if grants.include(permission, "instance", key)
    }


def forget_grants(organization: Organization) -> None:
    """Recompute the permissions of all keys after a change of a role."""
    organization.collection("keys").views.clear()


def _require(
    organization: Organization, key_path: Path, permission: str, kind: str, identity: str | None
) -> None:
    if not _grants(organization, key_path).include(permission, kind, identity):
        place = f" on {kind}/{identity}" if identity else ""
        raise Problem(403, f"the key needs the permission {permission}{place}")


def _grants(organization: Organization, key_path: Path) -> Grants:
    """Return the permissions of a key's roles, cached until the key or a role changes."""
    keys = organization.world.store.collection(key_path[:-1])
    grants: Grants | None = keys.views.get(key_path[-1])
    if grants is None:
        key = keys.peek(key_path[-1])
        assert key is not None
        roles = organization.collection("roles")
        held = [role for role_id in key["_roleIds"] if (role := roles.peek(role_id)) is not None]
        grants = Grants.of(policy for role in held for policy in role["policies"])
        keys.views[key_path[-1]] = grants
    return grants
