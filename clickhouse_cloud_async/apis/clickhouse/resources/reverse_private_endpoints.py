"""Reverse private endpoints of ClickPipes as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.reverse_private_endpoints import (
    CreateReversePrivateEndpoint,
    ReversePrivateEndpoint,
    ReversePrivateEndpointStatus,
    UpdateReversePrivateEndpoint,
)
from clickhouse_cloud_async.apis.clickhouse.operations.reverse_private_endpoints import LIFECYCLE
from clickhouse_cloud_async.desired.comparison import keyed
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Created, Phase, Status

from .clickpipe_kind import ClickPipeKind
from .in_service import service_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource


class ReversePrivateEndpoints(ClickPipeKind[ReversePrivateEndpoint]):
    """Private connections from ClickPipes to sources; the description is their name."""

    name: ClassVar[str] = "reverse_private_endpoints"
    noun: ClassVar[str] = "reverse private endpoint"
    models: ClassVar[tuple[type[Model], ...]] = (
        CreateReversePrivateEndpoint,
        UpdateReversePrivateEndpoint,
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Field("description", change=None),
        Field("type", change=None),
        Field("vpc_endpoint_service_name", change=None),
        Field("vpc_resource_configuration_id", change=None),
        Field("vpc_resource_share_arn", change=None),
        Field("msk_cluster_arn", change=None),
        Field("msk_authentication", change=None),
        Field("gcp_service_attachment", change=None),
        Field("custom_private_dns_mappings", compare=keyed("private_dns_name"), default=[]),
    )
    key: ClassVar[tuple[str, ...]] = ("description",)
    usual_wait: ClassVar[float] = 60.0

    async def list_running(self, location: Location) -> Sequence[ReversePrivateEndpoint]:
        """Return the endpoints of a running service."""
        endpoints: Sequence[ReversePrivateEndpoint]
        endpoints = await location.client.reverse_private_endpoints.list(**service_of(location))
        return endpoints

    async def create(self, creation: Creation) -> Created[ReversePrivateEndpoint]:
        """Create an endpoint, which may have to be accepted on the other side."""
        endpoint = await creation.client.reverse_private_endpoints.create(
            **creation.fields, **service_of(creation)
        )
        return Created(endpoint)

    async def change(self, change: Change[ReversePrivateEndpoint]) -> ReversePrivateEndpoint | None:
        """Replace the DNS names of an endpoint."""
        endpoint: ReversePrivateEndpoint
        endpoint = await change.client.reverse_private_endpoints.update(
            change.item.service_id,
            change.item.id,
            custom_private_dns_mappings=change.wanted["custom_private_dns_mappings"] or [],
            organization_id=change.scope.id,
        )
        return endpoint

    async def delete(self, resource: Resource[ReversePrivateEndpoint]) -> None:
        """Delete an endpoint, which no pipe may use."""
        await resource.client.reverse_private_endpoints.delete(
            resource.item.service_id, resource.id, organization_id=resource.scope.id
        )

    def status(self, item: ReversePrivateEndpoint) -> Status:
        """Return whether an endpoint is connected to its source, or the action that it needs."""
        state = str(item.status)
        if state in LIFECYCLE.gone:
            return Status(Phase.GONE)
        if state == ReversePrivateEndpointStatus.PENDING_ACCEPTANCE:
            return Status(Phase.WAITING, LIFECYCLE.advice[state])
        if state in LIFECYCLE.terminal:
            return Status(Phase.FAILED, f"it is {state}: {LIFECYCLE.advice[state]}")
        is_ready = state in LIFECYCLE.up
        return Status(Phase.READY if is_ready else Phase.PENDING, state)
