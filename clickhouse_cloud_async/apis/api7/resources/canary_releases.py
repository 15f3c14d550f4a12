"""Canary releases as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clickhouse_cloud_async.apis.api7.models.canary_releases import (
    CanaryRelease,
    CanaryReleaseSpec,
    CanaryReleaseState,
)
from clickhouse_cloud_async.apis.api7.operations.canary_releases import LIFECYCLE
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import Created, Parent

from .fields import entity_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.diff import FieldChange
    from clickhouse_cloud_async.desired.resource import (
        Change,
        Creation,
        Location,
        Resource,
        Status,
    )


class CanaryReleases(Kind[CanaryRelease]):
    """Canary releases, each in an application; a new one is paused until it is started."""

    name: ClassVar[str] = "canary_releases"
    noun: ClassVar[str] = "canary release"
    parent: ClassVar[Parent | None] = Parent("applications", "application")
    models: ClassVar[tuple[type[Model], ...]] = (CanaryReleaseSpec,)
    ends_with_parent: ClassVar[bool] = False
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name"),
        Field("type"),
        Field("canary_upstream_version"),
        Field("percent"),
        Field("rules"),
        Field(
            "state",
            in_creation=False,
            warning="a finished release is final, and changes the application's default upstream",
        ),
    )
    usual_wait: ClassVar[float] = LIFECYCLE.transitional["uninitialized"]

    async def list_items(self, location: Location) -> Sequence[CanaryRelease]:
        """Return the canary releases of an application."""
        releases: Sequence[CanaryRelease] = await location.client.canary_releases.list(
            location.parent_id
        )
        return releases

    async def create(self, creation: Creation) -> Created[CanaryRelease]:
        """Create a canary release, which directs no traffic yet."""
        return Created(
            await creation.client.canary_releases.create(creation.parent_id, **creation.fields)
        )

    async def change(self, change: Change[CanaryRelease]) -> CanaryRelease | None:
        """Replace a canary release; fields that are not described keep their values."""
        release: CanaryRelease = await change.client.canary_releases.replace(
            change.resource.parent_id, change.resource.id, **self.whole(change)
        )
        return release

    async def delete(self, resource: Resource[CanaryRelease]) -> None:
        """Delete a canary release; all traffic goes to the default upstream again."""
        await resource.client.canary_releases.delete(resource.parent_id, resource.id)

    def status(self, item: CanaryRelease) -> Status:
        """Return whether gateways have received it."""
        return entity_status(LIFECYCLE, item.status)

    def refusal(
        self, resource: Resource[CanaryRelease], changes: Sequence[FieldChange]
    ) -> str | None:
        """Return the reason if the release is finished, and therefore cannot be changed."""
        is_finished = resource.item.state == CanaryReleaseState.FINISHED
        return "it is finished, which is final" if is_finished and changes else None
