"""Consumers as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clickhouse_cloud_async.apis.api7.models.consumers import Consumer, ConsumerPatch, ConsumerSpec
from clickhouse_cloud_async.desired.comparison import as_outlined
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import Created

from .fields import DESCRIPTION, LABELS, with_defaults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource


class Consumers(Kind[Consumer]):
    """Consumers; their credentials are replaced as a whole, and never read."""

    name: ClassVar[str] = "consumers"
    noun: ClassVar[str] = "consumer"
    models: ClassVar[tuple[type[Model], ...]] = (ConsumerSpec, ConsumerPatch)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name", change=None),
        DESCRIPTION,
        Field("credentials", is_secret=True),
        Field("plugins", compare=as_outlined, default={}),
        LABELS,
    )

    async def list_items(self, location: Location) -> Sequence[Consumer]:
        """Return the consumers of the control plane."""
        return [each async for each in location.client.consumers.iterate()]

    async def create(self, creation: Creation) -> Created[Consumer]:
        """Create a consumer."""
        return Created(
            await creation.client.consumers.create(**with_defaults(self, creation.fields))
        )

    async def change(self, change: Change[Consumer]) -> Consumer | None:
        """Change the described fields, and keep all others."""
        consumer: Consumer = await change.client.consumers.update(
            change.resource.id, **with_defaults(self, change.fields)
        )
        return consumer

    async def delete(self, resource: Resource[Consumer]) -> None:
        """Delete a consumer."""
        await resource.client.consumers.delete(resource.id)
