"""Attachments of user-defined functions to services as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.udfs import (
    UdfAttachment,
    UdfAttachmentStatus,
    UdfAttachRequest,
    UdfStatus,
)
from clickhouse_cloud_async.core.errors import NotFoundError
from clickhouse_cloud_async.desired.comparison import as_value
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import READY, Created, Phase, Status

from .in_service import InService, service_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.diff import FieldChange
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource


def _compare_version(field: str, before: Any, after: Any) -> list[FieldChange]:
    # Null is the newest version at the time of the attachment, so it equals any attached version.
    return [] if after is None and before is not None else as_value(field, before, after)


async def _wait_until_built(
    place: Creation | Change[UdfAttachment], function_name: str, version: int | None = None
) -> None:
    """Wait until a version is built: a later one may be ready before it."""
    if version is not None:
        await place.client.udfs.wait_until_version(
            function_name,
            version,
            lambda each: each.status != UdfStatus.BUILDING,
            organization_id=place.scope.id,
        )


class UDFAttachments(InService[UdfAttachment]):
    """The user-defined functions of services, each in one version."""

    name: ClassVar[str] = "udf_attachments"
    noun: ClassVar[str] = "UDF attachment"
    key: ClassVar[tuple[str, ...]] = ("function",)
    is_listed_at_once: ClassVar[bool | None] = True
    needs_parent_up: ClassVar[bool] = True
    models: ClassVar[tuple[type[Model], ...]] = (UdfAttachRequest,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "function",
            argument="function_name",
            read=lambda attachment: attachment.function_name,
            refers_to="udfs",
            change=None,
            type=str,
        ),
        Field("version", compare=_compare_version),
    )
    usual_wait: ClassVar[float] = 60.0

    def list_requests(self, described: Sequence[Mapping[str, Any]]) -> int:
        """Return the estimated number of requests: a list for each function."""
        return 1 + len({str(fields["function"]) for fields in described})

    async def list_items(self, location: Location) -> Sequence[UdfAttachment]:
        """Return the attachments of the functions of the organisation, with one list for each."""
        udfs, organization = location.client.udfs, {"organization_id": location.scope.id}
        return [
            attachment
            for function in await udfs.list(**organization)
            for attachment in await udfs.list_attachments(function.function_name, **organization)
        ]

    async def get(self, resource: Resource[UdfAttachment]) -> UdfAttachment | None:
        """Return the current state of an attachment."""
        try:
            attachment: UdfAttachment = await resource.client.udfs.get_attachment(
                resource.item.function_name, **service_of(resource)
            )
        except NotFoundError:
            return None
        return attachment

    async def create(self, creation: Creation) -> Created[UdfAttachment]:
        """Attach a function to a running service."""
        await _wait_until_built(creation, **creation.fields)
        attachment = await creation.client.udfs.attach(**creation.fields, **service_of(creation))
        return Created(attachment)

    async def change(self, change: Change[UdfAttachment]) -> UdfAttachment | None:
        """Attach another version, which replaces the attached one."""
        await _wait_until_built(change, change.item.function_name, **change.fields)
        attachment: UdfAttachment = await change.client.udfs.attach(
            change.item.function_name, **change.fields, **service_of(change)
        )
        return attachment

    async def delete(self, resource: Resource[UdfAttachment]) -> None:
        """Detach a function from a service."""
        await resource.client.udfs.detach(resource.item.function_name, **service_of(resource))

    def id_of(self, item: UdfAttachment) -> str:
        """Return an ID of service and function: they have at most one attachment."""
        return f"{item.service_id}/{item.function_name}"

    def parent_id_of(self, item: UdfAttachment) -> str:
        """Return the ID of the service."""
        return item.service_id

    def status(self, item: UdfAttachment) -> Status:
        """Return whether the service has the function."""
        if item.status == UdfAttachmentStatus.PROVISIONING:
            return Status(Phase.PENDING, item.status)
        if item.status == UdfAttachmentStatus.DEPROVISIONING:
            return Status(Phase.GONE, item.status)
        if item.status == UdfAttachmentStatus.ERROR:
            return Status(Phase.FAILED, f"version {item.version} could not be deployed")
        return READY
