"""Roles of ClickStack as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.clickstack_roles import (
    ClickStackCreateRoleRequest,
    ClickStackRole,
)
from clickhouse_cloud_async.desired.comparison import as_set
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Created

from .in_service import InService, service_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource

_DEFAULTS = {"integration": "mongodb", "inverted": False}
"""Defaults of permissions."""
_IMPLIED = {"action": "read", "subject": "Connection"}
"""The permission that the API adds to each role."""


def _permissions(permissions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return permissions without defaults, and without the one that each role has."""
    short = [
        {
            name: value
            for name, value in permission.items()
            if value not in (None, [], {}) and _DEFAULTS.get(name) != value
        }
        for permission in permissions
    ]
    return [permission for permission in short if permission != _IMPLIED]


def _complete(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a request, which must include the integration of each permission."""
    permissions = [{**_DEFAULTS, **permission} for permission in fields["permissions"]]
    return {**fields, "permissions": permissions}


class ClickStackRoles(InService[ClickStackRole]):
    """Roles with permissions in ClickStack."""

    name: ClassVar[str] = "clickstack_roles"
    noun: ClassVar[str] = "ClickStack role"
    models: ClassVar[tuple[type[Model], ...]] = (ClickStackCreateRoleRequest,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name"),
        Field("description", default=""),
        Field("permissions", compare=as_set, normalise=_permissions),
    )

    async def list_items(self, location: Location) -> Sequence[ClickStackRole]:
        """Return the roles of a service, including the predefined ones."""
        roles: Sequence[ClickStackRole] = await location.client.clickstack.roles.list(
            **service_of(location)
        )
        return roles

    async def create(self, creation: Creation) -> Created[ClickStackRole]:
        """Create a role."""
        role = await creation.client.clickstack.roles.create(
            **_complete(creation.fields), **service_of(creation)
        )
        return Created(role)

    async def change(self, change: Change[ClickStackRole]) -> ClickStackRole | None:
        """Change a role, with all of its permissions, which each request requires."""
        role: ClickStackRole = await change.client.clickstack.roles.update(
            click_stack_role_id=change.resource.id,
            **_complete({"description": "", **self.whole(change)}),
            **service_of(change),
        )
        return role

    async def delete(self, resource: Resource[ClickStackRole]) -> None:
        """Delete a role."""
        await resource.client.clickstack.roles.delete(
            click_stack_role_id=resource.id, **service_of(resource)
        )

    def protection(self, item: ClickStackRole) -> str | None:
        """Return the reason if it is a predefined role, which is read-only."""
        return "it is a predefined role" if item.is_predefined else None
