"""Private endpoints of the organisation as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.services import (
    InstancePrivateEndpoint,
    ServicePrivateEndpointPostRequest,
)
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import Created

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Creation, Location, Resource


class PrivateEndpoints(Kind[InstancePrivateEndpoint]):
    """Private endpoints of the organisation; services list their own."""

    name: ClassVar[str] = "private_endpoints"
    noun: ClassVar[str] = "private endpoint"
    key: ClassVar[tuple[str, ...]] = ("endpoint_id",)
    models: ClassVar[tuple[type[Model], ...]] = (ServicePrivateEndpointPostRequest,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("endpoint_id", argument="id", read=lambda endpoint: endpoint.id, change=None),
        Field("service", refers_to="services", is_history=True, change=None, type=str),
        Field("description", normalise=lambda text: text or None, change=None),
    )

    async def list_items(self, location: Location) -> Sequence[InstancePrivateEndpoint]:
        """Return the private endpoints of the organisation."""
        organization = await location.client.organizations.get(location.scope.id)
        return organization.private_endpoints or []

    async def create(self, creation: Creation) -> Created[InstancePrivateEndpoint]:
        """Register a private endpoint with its first service."""
        fields = dict(creation.fields)
        endpoint = await creation.client.private_endpoints.create(
            fields.pop("service"), **fields, organization_id=creation.scope.id
        )
        return Created(endpoint)

    async def delete(self, resource: Resource[InstancePrivateEndpoint]) -> None:
        """Remove a private endpoint, which detaches it from all services."""
        known = ("id", "cloud_provider", "region")
        entry = {name: getattr(resource.item, name) for name in known}
        await resource.client.organizations.update(
            resource.scope.id,
            private_endpoints={"remove": [{k: v for k, v in entry.items() if v is not None}]},
        )

    def missing(self, fields: Mapping[str, Any]) -> Sequence[str]:
        """Return the missing fields, including a service, which a creation needs."""
        service = () if "service" in fields else ("service",)
        return (*super().missing(fields), *service)
