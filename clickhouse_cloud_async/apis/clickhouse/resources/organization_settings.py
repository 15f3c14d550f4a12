"""Settings of the organisation itself as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.organizations import (
    Organization,
    OrganizationPatchRequest,
)
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Location


class OrganizationSettings(Kind[Organization]):
    """The name and settings of the organisation."""

    name: ClassVar[str] = "organization_settings"
    noun: ClassVar[str] = "organization"
    key: ClassVar[tuple[str, ...]] = ()
    is_permanent: ClassVar[bool] = True
    models: ClassVar[tuple[type[Model], ...]] = (OrganizationPatchRequest,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name"),
        Field(
            "enable_core_dumps",
            warning="without core dumps for the organization, no service has them",
        ),
    )

    async def list_items(self, location: Location) -> Sequence[Organization]:
        """Return the organisation."""
        return [await location.client.organizations.get(location.scope.id)]

    async def change(self, change: Change[Organization]) -> Organization | None:
        """Change the organisation; null is not a valid value."""
        organization: Organization = await change.client.organizations.update(
            change.scope.id, **change.fields
        )
        return organization
