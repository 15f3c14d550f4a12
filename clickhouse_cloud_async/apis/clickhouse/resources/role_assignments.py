"""Holders of custom roles as a kind of desired state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.access import Role
from clickhouse_cloud_async.apis.clickhouse.models.common import RoleType
from clickhouse_cloud_async.core.values import UNSET
from clickhouse_cloud_async.desired.comparison import as_set
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import Parent

from .identity import HOLDER_TYPES, depends_on

if TYPE_CHECKING:
    from clickhouse_cloud_async.desired.diff import FieldChange
    from clickhouse_cloud_async.desired.resource import Change, Identity, Location, Resource


def _actors(field: str, role: Role) -> list[str]:
    """Return the IDs of the holders of a role that belong to a field."""
    every = [actor.partition("/") for actor in role.actors or ()]
    return [actor for kind, _, actor in every if kind == HOLDER_TYPES[field]]


class RoleAssignments(Kind[Role]):
    """Holders of a custom role, as an alternative to the roles of members and API keys."""

    name: ClassVar[str] = "role_assignments"
    noun: ClassVar[str] = "role assignment"
    parent: ClassVar[Parent | None] = Parent("roles", "role")
    key: ClassVar[tuple[str, ...]] = ()
    is_listed_at_once: ClassVar[bool | None] = True
    is_permanent: ClassVar[bool] = True
    guards_access: ClassVar[bool] = True
    fields: ClassVar[tuple[Field, ...]] = tuple(
        Field(
            field,
            read=partial(_actors, field),
            refers_to=field,
            compare=as_set,
            type=Sequence[str],
        )
        for field in HOLDER_TYPES
    )

    async def list_items(self, location: Location) -> Sequence[Role]:
        """Return the roles of the organisation, with their holders."""
        roles: Sequence[Role] = await location.client.roles.list(organization_id=location.scope.id)
        return roles

    async def change(self, change: Change[Role]) -> Role | None:
        """Assign a role to the described holders; holders of other kinds keep it."""
        wanted = {
            field: change.fields[field] or []
            if field in change.fields
            else _actors(field, change.item)
            for field in HOLDER_TYPES
        }
        actors = [
            f"{HOLDER_TYPES[field]}/{each}" for field, held in wanted.items() for each in held
        ]
        role: Role = await change.client.roles.update(
            change.item.id, actors=actors, organization_id=change.scope.id
        )
        return role

    def lockout(
        self,
        resource: Resource[Role],
        changes: Sequence[FieldChange],
        identity: Identity | None,
        siblings: Iterable[Resource[Role]],
    ) -> str | None:
        """Return that the credentials in use would lose the role."""
        if identity is None or not depends_on(resource.item, identity, siblings):
            return None
        own = {identity.id, identity.name}
        is_taken = any(
            each.field == identity.kind and each.key in own and each.after is UNSET
            for each in changes
        )
        return (
            f"{identity.name}, which is in use, would lose the role: list it" if is_taken else None
        )

    def parent_id_of(self, item: Role) -> str:
        """Return the ID of the role."""
        return item.id

    def protection(self, item: Role) -> str | None:
        """Return the reason if it is a role of the platform, which `members` and keys list."""
        if item.type == RoleType.CUSTOM:
            return None
        return "it is a role of the platform: give it to members and API keys by their roles"
