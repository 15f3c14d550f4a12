"""Saved searches of ClickStack as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.clickstack_searches import (
    ClickStackSavedSearch,
    ClickStackSavedSearchInput,
)
from clickhouse_cloud_async.desired.comparison import as_outlined, as_set
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Created

from .in_service import InService, service_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource


class ClickStackSavedSearches(InService[ClickStackSavedSearch]):
    """Named searches, which alerts can watch."""

    name: ClassVar[str] = "clickstack_saved_searches"
    noun: ClassVar[str] = "ClickStack saved search"
    models: ClassVar[tuple[type[Model], ...]] = (ClickStackSavedSearchInput,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name"),
        Field(
            "source",
            argument="source_id",
            read=lambda search: search.source_id,
            refers_to="clickstack_sources",
        ),
        Field("select", default=""),
        Field("where", default=""),
        Field("where_language", default="lucene"),
        Field("order_by", default=""),
        Field("tags", compare=as_set),
        Field("filters", compare=as_outlined),
    )

    async def list_items(self, location: Location) -> Sequence[ClickStackSavedSearch]:
        """Return the saved searches of a service."""
        searches: Sequence[
            ClickStackSavedSearch
        ] = await location.client.clickstack.saved_searches.list(**service_of(location))
        return searches

    async def create(self, creation: Creation) -> Created[ClickStackSavedSearch]:
        """Save a search."""
        search = await creation.client.clickstack.saved_searches.create(
            **creation.fields, **service_of(creation)
        )
        return Created(search)

    async def change(self, change: Change[ClickStackSavedSearch]) -> ClickStackSavedSearch | None:
        """Replace a saved search."""
        search: ClickStackSavedSearch = await change.client.clickstack.saved_searches.update(
            click_stack_saved_search_id=change.resource.id,
            **self.whole(change),
            **service_of(change),
        )
        return search

    async def delete(self, resource: Resource[ClickStackSavedSearch]) -> None:
        """Delete a saved search together with the alerts that watch it."""
        await resource.client.clickstack.saved_searches.delete(
            click_stack_saved_search_id=resource.id, **service_of(resource)
        )
