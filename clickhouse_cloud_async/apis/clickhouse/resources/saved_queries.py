"""Saved queries as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeAlias

from clickhouse_cloud_async.apis.clickhouse.models.saved_queries import (
    SavedQuery,
    SavedQueryListItem,
    SavedQueryRequest,
)
from clickhouse_cloud_async.core.errors import NotFoundError
from clickhouse_cloud_async.desired.comparison import as_mapping
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Created

from .in_service import InService, in_full, service_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource


Query: TypeAlias = SavedQuery | SavedQueryListItem
"""A query; lists show neither SQL nor parameters."""


class SavedQueries(InService[Query]):
    """Saved queries of a service."""

    name: ClassVar[str] = "saved_queries"
    noun: ClassVar[str] = "saved query"
    models: ClassVar[tuple[type[Model], ...]] = (SavedQueryRequest,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name"),
        Field("sql", is_listed=False),
        Field("database"),
        Field("parameters", compare=as_mapping, is_listed=False),
    )

    async def list_items(self, location: Location) -> Sequence[SavedQueryListItem]:
        """Return the saved queries of a service, without SQL and parameters."""
        queries: Sequence[SavedQueryListItem] = await location.client.saved_queries.list(
            **service_of(location)
        )
        return queries

    async def get(self, resource: Resource[Query]) -> SavedQuery | None:
        """Return the current state of a query."""
        queries = resource.client.saved_queries
        try:
            query: SavedQuery = await queries.get(query_id=resource.id, **service_of(resource))
        except NotFoundError:
            return None
        return query

    async def create(self, creation: Creation) -> Created[Query]:
        """Save a query."""
        query = await creation.client.saved_queries.create(
            **creation.fields, **service_of(creation)
        )
        return Created(query)

    async def change(self, change: Change[Query]) -> SavedQuery | None:
        """Replace a query."""
        if isinstance(change.item, SavedQueryListItem):
            change = await in_full(self, change)
        query: SavedQuery = await change.client.saved_queries.update(
            query_id=change.resource.id, **self.whole(change), **service_of(change)
        )
        return query

    async def delete(self, resource: Resource[Query]) -> None:
        """Delete a query."""
        await resource.client.saved_queries.delete(query_id=resource.id, **service_of(resource))
