"""Replica-aware routing of services as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.services import (
    ReplicaAwareRouting as Routing,
)
from clickhouse_cloud_async.apis.clickhouse.models.services import (
    ReplicaAwareRoutingPatchRequest,
)
from clickhouse_cloud_async.desired.field import Field

from .in_service import InService, service_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Location


class ReplicaAwareRouting(InService[Routing]):
    """The protocols for which a service routes requests to a fixed replica."""

    name: ClassVar[str] = "replica_aware_routing"
    noun: ClassVar[str] = "replica-aware routing"
    key: ClassVar[tuple[str, ...]] = ()
    is_permanent: ClassVar[bool] = True
    models: ClassVar[tuple[type[Model], ...]] = (ReplicaAwareRoutingPatchRequest,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "http_enabled",
            default=False,
            warning="HTTP clients without the header X-ClickHouse-Replica-Tag fail once it is on",
        ),
        Field("native_enabled", default=False),
    )

    async def list_items(self, location: Location) -> Sequence[Routing]:
        """Return the routing of a service."""
        return [await location.client.services.get_replica_aware_routing(**service_of(location))]

    async def change(self, change: Change[Routing]) -> Routing | None:
        """Enable or disable it; null disables it, too."""
        enabled = {name: bool(value) for name, value in change.fields.items()}
        routing: Routing = await change.client.services.update_replica_aware_routing(
            **enabled, **service_of(change)
        )
        return routing
