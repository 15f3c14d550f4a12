"""Custom roles as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.access import (
    Role,
    RoleCreateRequest,
    RoleUpdateRequest,
)
from clickhouse_cloud_async.apis.clickhouse.models.common import RoleType
from clickhouse_cloud_async.core.values import UNSET
from clickhouse_cloud_async.desired.comparison import keyed
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import Created

from .identity import depends_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.diff import FieldChange
    from clickhouse_cloud_async.desired.resource import (
        Change,
        Creation,
        Identity,
        Location,
        Resource,
    )


_POLICY = ("allow_deny", "resources")
"""The fields that identify a policy of a role."""


class Roles(Kind[Role]):
    """Custom roles with their policies, without their assignments."""

    name: ClassVar[str] = "roles"
    guards_access: ClassVar[bool] = True
    noun: ClassVar[str] = "role"
    models: ClassVar[tuple[type[Model], ...]] = (RoleCreateRequest, RoleUpdateRequest)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name"),
        # Policies have no names. The API adds permissions that others imply.
        Field(
            "policies",
            compare=keyed(*_POLICY, at_least=["permissions"]),
            strict=keyed(*_POLICY, sets=["permissions"]),
            embeds=(("services", "id"),),
        ),
    )

    async def list_items(self, location: Location) -> Sequence[Role]:
        """Return the roles of the organisation, including those of the platform."""
        roles: Sequence[Role] = await location.client.roles.list(organization_id=location.scope.id)
        return roles

    async def create(self, creation: Creation) -> Created[Role]:
        """Create a role without assignments."""
        role = await creation.client.roles.create(
            actors=[], **{"policies": [], **creation.fields}, organization_id=creation.scope.id
        )
        return Created(role)

    async def change(self, change: Change[Role]) -> Role | None:
        """Change its name, or all of its policies."""
        role: Role = await change.client.roles.update(
            change.resource.id, **change.fields, organization_id=change.scope.id
        )
        return role

    async def delete(self, resource: Resource[Role]) -> None:
        """Delete a role with its policies and assignments."""
        await resource.client.roles.delete(resource.id, organization_id=resource.scope.id)

    def lockout(
        self,
        resource: Resource[Role],
        changes: Sequence[FieldChange],
        identity: Identity | None,
        siblings: Iterable[Resource[Role]],
    ) -> str | None:
        """Return that the credentials in use would lose permissions of the role."""
        if identity is None or not depends_on(resource.item, identity, siblings):
            return None
        if changes and not any(map(_takes, changes)):
            return None
        return f"{identity.name}, which is in use, would lose permissions: use an admin's key"

    def protection(self, item: Role) -> str | None:
        """Return the reason if it is a role of the platform, which is read-only."""
        return None if item.type == RoleType.CUSTOM else "it is a role of the platform"


def _takes(change: FieldChange) -> bool:
    """Return whether a change of a policy takes permissions."""
    if change.field != "policies":
        return False
    if str(change.key).startswith("DENY"):
        return change.after is not UNSET
    if change.before is UNSET or change.after is UNSET:
        return change.after is UNSET
    before, after = (set(each.get("permissions", ())) for each in (change.before, change.after))
    return not before <= after
