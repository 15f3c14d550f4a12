"""Members of the organisation, including invited ones, as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.access import (
    Invitation,
    InvitationPostRequest,
    Member,
    MemberPatchRequest,
)
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.values import UNSET
from clickhouse_cloud_async.desired.comparison import as_set
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import READY, Created, Identity, Phase, Status

from .identity import ADMIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.diff import FieldChange
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource


class Members(Kind[Member | Invitation]):
    """People by their e-mail addresses; those who are not members yet are invited."""

    name: ClassVar[str] = "members"
    noun: ClassVar[str] = "member"
    key: ClassVar[tuple[str, ...]] = ("email",)
    guards_access: ClassVar[bool] = True
    models: ClassVar[tuple[type[Model], ...]] = (InvitationPostRequest, MemberPatchRequest)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("email", normalise=str.lower, change=None),
        Field(
            "roles",
            argument="assigned_role_ids",
            read=lambda person: [role.role_id for role in person.assigned_roles or ()],
            refers_to="roles",
            compare=as_set,
        ),
    )

    def list_requests(self, described: Sequence[Mapping[str, Any]]) -> int:  # noqa: ARG002
        """Return the number of requests: members and invitations are listed."""
        return 2

    async def list_items(self, location: Location) -> Sequence[Member | Invitation]:
        """Return the members, and the invitations that were not accepted yet."""
        organization = {"organization_id": location.scope.id}
        members: Sequence[Member] = await location.client.members.list(**organization)
        invitations = await location.client.invitations.list(**organization)
        there = {(member.email or "").lower() for member in members}
        return [*members, *(each for each in invitations if each.email.lower() not in there)]

    async def create(self, creation: Creation) -> Created[Member | Invitation]:
        """Invite a person, which sends an e-mail."""
        invitation = await creation.client.invitations.create(
            **creation.fields, organization_id=creation.scope.id
        )
        return Created(invitation)

    async def change(self, change: Change[Member | Invitation]) -> Member | Invitation | None:
        """Change roles; an invitation is withdrawn and sent again."""
        organization = {"organization_id": change.scope.id}
        if isinstance(change.item, Member):
            member: Member = await change.client.members.update(
                change.item.user_id, **_roles(change.fields), **organization
            )
            return member
        # The old invitation is deleted first, so check beforehand that a new one can be created.
        if not change.fields["assigned_role_ids"]:
            raise InvalidArgumentError(
                f"roles: an invitation needs at least one; to withdraw that of {change.item.email},"
                " describe it as absent"
            )
        await change.client.invitations.delete(change.item.id, **organization)
        invitation: Invitation = await change.client.invitations.create(
            email=change.item.email, **_roles(change.fields), **organization
        )
        return invitation

    async def delete(self, resource: Resource[Member | Invitation]) -> None:
        """Remove a member, or withdraw an invitation."""
        organization = {"organization_id": resource.scope.id}
        if isinstance(resource.item, Member):
            await resource.client.members.delete(resource.item.user_id, **organization)
        else:
            await resource.client.invitations.delete(resource.item.id, **organization)

    def lockout(
        self,
        resource: Resource[Member | Invitation],
        changes: Sequence[FieldChange],
        identity: Identity | None,
        siblings: Iterable[Resource[Member | Invitation]],
    ) -> str | None:
        """Return that the user in use would lose a role, or the organisation its last admin."""
        person = resource.item
        if not isinstance(person, Member):
            return None
        lost = {each.key for each in changes if each.field == "roles" and each.after is UNSET}
        if identity == Identity("members", person.user_id, resource.name) and (lost or not changes):
            return "it is the user in use, who would lose rights: let another user do that"
        admin = _admin_role(person)
        if admin is None or (changes and lost.isdisjoint({admin, ADMIN})):
            return None
        others = (each.item for each in siblings if each.id != resource.id)
        if any(isinstance(each, Member) and _admin_role(each) for each in others):
            return None
        return "it is the last admin of the organisation: make another member an admin first"

    def id_of(self, item: Member | Invitation) -> str:
        """Return the ID of a user, or of an invitation."""
        return item.user_id if isinstance(item, Member) else item.id

    def status(self, item: Member | Invitation) -> Status:
        """Return whether an invitation waits for the invited person."""
        if isinstance(item, Member):
            return READY
        return Status(Phase.WAITING, "invited, and has not accepted yet")

    def missing(self, fields: Mapping[str, Any]) -> Sequence[str]:
        """Return the missing fields, including roles, which an invitation needs."""
        roles = () if fields.get("roles") else ("roles",)
        return (*super().missing(fields), *roles)


def _admin_role(member: Member) -> str | None:
    """Return the ID of the role of admins, if a member has it."""
    held = member.assigned_roles or ()
    return next((role.role_id for role in held if role.role_name == ADMIN), None)


def _roles(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"assigned_role_ids": fields["assigned_role_ids"] or []}
