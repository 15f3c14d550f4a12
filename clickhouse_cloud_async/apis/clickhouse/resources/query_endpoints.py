"""Query endpoints as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.activities import ActivityType
from clickhouse_cloud_async.apis.clickhouse.models.query_endpoints import (
    InstanceServiceQueryApiEndpointsPostRequest,
    ServiceQueryAPIEndpoint,
)
from clickhouse_cloud_async.core.errors import NotFoundError
from clickhouse_cloud_async.desired.comparison import as_set
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Created

from .in_service import InService, service_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource


class QueryEndpoints(InService[ServiceQueryAPIEndpoint]):
    """The endpoint of a service for SQL over HTTP; a service has at most one."""

    name: ClassVar[str] = "query_endpoints"
    noun: ClassVar[str] = "query endpoint"
    reported_by: ClassVar[frozenset[str]] = frozenset(
        (ActivityType.SERVICE_UPDATE_QUERY_ENDPOINTS,)
    )
    key: ClassVar[tuple[str, ...]] = ()
    models: ClassVar[tuple[type[Model], ...]] = (InstanceServiceQueryApiEndpointsPostRequest,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("roles", compare=as_set),
        Field("open_api_keys", compare=as_set, refers_to="api_keys"),
        Field("allowed_origins", normalise=lambda origins: origins or None),
    )

    async def list_items(self, location: Location) -> Sequence[ServiceQueryAPIEndpoint]:
        """Return the query endpoint of a service, if it has one."""
        try:
            return [await location.client.query_endpoints.get(**service_of(location))]
        except NotFoundError:
            return []

    async def create(self, creation: Creation) -> Created[ServiceQueryAPIEndpoint]:
        """Create the query endpoint of a service."""
        endpoint = await creation.client.query_endpoints.set(
            **creation.fields, **service_of(creation)
        )
        return Created(endpoint)

    async def change(
        self, change: Change[ServiceQueryAPIEndpoint]
    ) -> ServiceQueryAPIEndpoint | None:
        """Replace the query endpoint; a key that is not sent can no longer call it."""
        endpoint: ServiceQueryAPIEndpoint = await change.client.query_endpoints.set(
            **self.whole(change), **service_of(change)
        )
        return endpoint

    async def delete(self, resource: Resource[ServiceQueryAPIEndpoint]) -> None:
        """Remove the query endpoint of a service."""
        await resource.client.query_endpoints.delete(**service_of(resource))
