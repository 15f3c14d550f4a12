"""Applications as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clickhouse_cloud_async.apis.api7.models.applications import (
    Application,
    ApplicationPatch,
    ApplicationSpec,
)
from clickhouse_cloud_async.apis.api7.operations.applications import LIFECYCLE
from clickhouse_cloud_async.desired.comparison import as_set, keyed
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import Created

from .fields import ACTIVE, DESCRIPTION, LABELS, POLICIES, entity_status, with_defaults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import (
        Change,
        Creation,
        Location,
        Resource,
        Status,
    )


class Applications(Kind[Application]):
    """Applications of the client's control plane."""

    name: ClassVar[str] = "applications"
    noun: ClassVar[str] = "application"
    after: ClassVar[tuple[str, ...]] = ("certificates",)
    models: ClassVar[tuple[type[Model], ...]] = (ApplicationSpec, ApplicationPatch)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name"),
        DESCRIPTION,
        Field("hosts", compare=as_set),
        Field("path_prefix"),
        Field("protocols", compare=as_set, default=["HTTP"]),
        Field("upstreams", compare=keyed("version")),
        Field("default_upstream_version", default="default"),
        POLICIES,
        LABELS,
        ACTIVE,
    )
    usual_wait: ClassVar[float] = LIFECYCLE.transitional["uninitialized"]

    async def list_items(self, location: Location) -> Sequence[Application]:
        """Return the applications of the control plane."""
        return [each async for each in location.client.applications.iterate()]

    async def create(self, creation: Creation) -> Created[Application]:
        """Create an application."""
        return Created(
            await creation.client.applications.create(**with_defaults(self, creation.fields))
        )

    async def change(self, change: Change[Application]) -> Application | None:
        """Change the described fields, and keep all others."""
        application: Application = await change.client.applications.update(
            change.resource.id, **with_defaults(self, change.fields)
        )
        return application

    async def delete(self, resource: Resource[Application]) -> None:
        """Delete an application, whose APIs must be deleted first."""
        await resource.client.applications.delete(resource.id)

    def status(self, item: Application) -> Status:
        """Return whether APIs can be added to it."""
        return entity_status(LIFECYCLE, item.status)
