"""Saved queries as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.models.saved_queries import (
    SavedQuery,
    SavedQueryRequest,
)
from clickhouse_cloud_async.core.errors import NotFoundError
from clickhouse_cloud_async.desired.comparison import as_mapping
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Created

from .in_service import InService, service_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource


class SavedQueries(InService[SavedQuery]):
    """Queries that are saved with a service."""

    name = "saved_queries"
    noun = "saved query"
    models = (SavedQueryRequest,)
    fields = (
        Field("name"),
        Field("sql"),
        Field("database"),
        Field("parameters", compare=as_mapping),
    )

    async def list_items(self, location: Location) -> Sequence[SavedQuery]:
        """Return the saved queries of a service."""
        service, queries = service_of(location), location.client.saved_queries
        # The list shows neither SQL nor parameters.
        return [
            await queries.get(query_id=item.id, **service) for item in await queries.list(**service)
        ]

    async def get(self, resource: Resource[SavedQuery]) -> SavedQuery | None:
        """Return a query as it is now."""
        queries = resource.client.saved_queries
        try:
            query: SavedQuery = await queries.get(query_id=resource.id, **service_of(resource))
        except NotFoundError:
            return None
        return query

    async def create(self, creation: Creation) -> Created[SavedQuery]:
        """Save a query."""
        query = await creation.client.saved_queries.create(
            **creation.fields, **service_of(creation)
        )
        return Created(query)

    async def change(self, change: Change[SavedQuery]) -> SavedQuery | None:
        """Replace a query."""
        query: SavedQuery = await change.client.saved_queries.update(
            query_id=change.resource.id, **self.whole(change), **service_of(change)
        )
        return query

    async def delete(self, resource: Resource[SavedQuery]) -> None:
        """Delete a query."""
        await resource.client.saved_queries.delete(query_id=resource.id, **service_of(resource))
