"""Query API endpoints, which run a query of their own, as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.models.query_endpoints import (
    PublicQueryApiEndpoint,
    PublicQueryApiEndpointRequest,
    QueryApiEndpointOwner,
)
from clickhouse_cloud_async.core.errors import NotFoundError
from clickhouse_cloud_async.desired.comparison import as_mapping, as_set
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Created

from .in_service import InService, service_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource


class QueryAPIEndpoints(InService[PublicQueryApiEndpoint]):
    """Endpoints of a service with a name and a query of their own."""

    name = "query_api_endpoints"
    noun = "query API endpoint"
    models = (PublicQueryApiEndpointRequest,)
    fields = (
        Field("name"),
        Field("sql"),
        Field("database"),
        Field("parameters", compare=as_mapping),
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

    async def list_items(self, location: Location) -> Sequence[PublicQueryApiEndpoint]:
        """Return the endpoints of a service."""
        service = service_of(location)
        endpoints = location.client.query_api_endpoints
        # The list shows neither queries nor parameters.
        return [
            await endpoints.get(endpoint_id=item.id, **service)
            for item in await endpoints.list(**service)
        ]

    async def get(
        self, resource: Resource[PublicQueryApiEndpoint]
    ) -> PublicQueryApiEndpoint | None:
        """Return an endpoint as it is now."""
        endpoints = resource.client.query_api_endpoints
        try:
            endpoint: PublicQueryApiEndpoint = await endpoints.get(
                endpoint_id=resource.id, **service_of(resource)
            )
        except NotFoundError:
            return None
        return endpoint

    async def create(self, creation: Creation) -> Created[PublicQueryApiEndpoint]:
        """Create an endpoint."""
        endpoint = await creation.client.query_api_endpoints.create(
            **creation.fields, **service_of(creation)
        )
        return Created(endpoint)

    async def change(self, change: Change[PublicQueryApiEndpoint]) -> PublicQueryApiEndpoint | None:
        """Replace an endpoint."""
        endpoint: PublicQueryApiEndpoint = await change.client.query_api_endpoints.update(
            endpoint_id=change.resource.id, **self.whole(change), **service_of(change)
        )
        return endpoint

    async def delete(self, resource: Resource[PublicQueryApiEndpoint]) -> None:
        """Delete an endpoint."""
        await resource.client.query_api_endpoints.delete(
            endpoint_id=resource.id, **service_of(resource)
        )

    def protection(self, item: PublicQueryApiEndpoint) -> str | None:
        """Return that endpoints which users made in the console are theirs."""
        if item.owner_type == QueryApiEndpointOwner.USER:
            return "a user made it in the console"
        return None
