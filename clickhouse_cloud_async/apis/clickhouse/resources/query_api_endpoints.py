"""Query API endpoints as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeAlias

from clickhouse_cloud_async.apis.clickhouse.models.query_endpoints import (
    PublicQueryApiEndpoint,
    PublicQueryApiEndpointListItem,
    PublicQueryApiEndpointRequest,
    QueryApiEndpointOwner,
)
from clickhouse_cloud_async.core.errors import NotFoundError
from clickhouse_cloud_async.desired.comparison import as_mapping, as_set
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Created

from .in_service import InService, in_full, service_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource


Endpoint: TypeAlias = PublicQueryApiEndpoint | PublicQueryApiEndpointListItem
"""An endpoint; lists show neither its query nor parameters."""


class QueryAPIEndpoints(InService[Endpoint]):
    """Named HTTP endpoints of a service, each with its query."""

    name: ClassVar[str] = "query_api_endpoints"
    noun: ClassVar[str] = "query API endpoint"
    models: ClassVar[tuple[type[Model], ...]] = (PublicQueryApiEndpointRequest,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name"),
        Field("sql", is_listed=False),
        Field("database"),
        Field("parameters", compare=as_mapping, is_listed=False),
        Field(
            "api_keys",
            argument="api_key_ids",
            compare=as_set,
            refers_to="api_keys",
            read=lambda endpoint: endpoint.api_key_ids,
        ),
        Field("roles", compare=as_set),
        Field("allowed_origins", compare=as_set),
    )

    async def list_items(self, location: Location) -> Sequence[PublicQueryApiEndpointListItem]:
        """Return the endpoints of a service, without queries and parameters."""
        endpoints: Sequence[
            PublicQueryApiEndpointListItem
        ] = await location.client.query_api_endpoints.list(**service_of(location))
        return endpoints

    async def get(self, resource: Resource[Endpoint]) -> PublicQueryApiEndpoint | None:
        """Return the current state of an endpoint."""
        endpoints = resource.client.query_api_endpoints
        try:
            endpoint: PublicQueryApiEndpoint = await endpoints.get(
                endpoint_id=resource.id, **service_of(resource)
            )
        except NotFoundError:
            return None
        return endpoint

    async def create(self, creation: Creation) -> Created[Endpoint]:
        """Create an endpoint."""
        endpoint = await creation.client.query_api_endpoints.create(
            **creation.fields, **service_of(creation)
        )
        return Created(endpoint)

    async def change(self, change: Change[Endpoint]) -> PublicQueryApiEndpoint | None:
        """Replace an endpoint."""
        if isinstance(change.item, PublicQueryApiEndpointListItem):
            change = await in_full(self, change)
        endpoint: PublicQueryApiEndpoint = await change.client.query_api_endpoints.update(
            endpoint_id=change.resource.id, **self.whole(change), **service_of(change)
        )
        return endpoint

    async def delete(self, resource: Resource[Endpoint]) -> None:
        """Delete an endpoint."""
        await resource.client.query_api_endpoints.delete(
            endpoint_id=resource.id, **service_of(resource)
        )

    def protection(self, item: Endpoint) -> str | None:
        """Return the reason if a user made the endpoint in the console."""
        if item.owner_type == QueryApiEndpointOwner.USER:
            return "a user made it in the console"
        return None
