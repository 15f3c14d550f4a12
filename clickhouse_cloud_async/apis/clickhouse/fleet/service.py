"""Services as the members of fleets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.core.values import UNSET
from clickhouse_cloud_async.fleet.inventory import find_members
from clickhouse_cloud_async.fleet.kind import Kind

from .events import FleetEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.fleet.kind import Criteria
    from clickhouse_cloud_async.fleet.report import MemberFailure


@attrs.frozen(kw_only=True)
class AsyncFleetService:
    """A service of a fleet, and its client.

    Attributes:
        service: The service as it was when it was listed.
        organization_id: ID of its organisation.
        cloud: The client.
    """

    service: Service
    organization_id: str
    cloud: AsyncClickHouseCloud = attrs.field(repr=False, eq=False)

    @property
    def item(self) -> Service:
        """The service."""
        return self.service


def _member(
    service: Service, organization_id: str, cloud: AsyncClickHouseCloud
) -> AsyncFleetService:
    return AsyncFleetService(service=service, organization_id=organization_id, cloud=cloud)


async def _list(
    cloud: AsyncClickHouseCloud,
    organization_id: str,
    filters: Sequence[str],
    timeout: float | None,
) -> Sequence[Service]:
    return await cloud.services.list(
        filter=filters or UNSET, organization_id=organization_id, timeout=timeout
    )


async def _get(member: AsyncFleetService, timeout: float | None) -> Service:
    return await member.cloud.services.get(
        member.service.id, organization_id=member.organization_id, timeout=timeout
    )


SERVICES = Kind(
    home=f"{__name__}:SERVICES",
    lifecycle=LIFECYCLE,
    scope="organizationId",
    passes={
        "create": ("provisioning",),
        "start": ("starting",),
        "stop": ("stopping",),
        "wake": ("awaking",),
        "delete": ("terminating", "terminated"),
    },
    list=_list,
    get=_get,
    member=_member,
    event=FleetEvent,
)
"""The kind of resource that fleets of ClickHouse Cloud act on."""


async def find_services(
    members: Sequence[AsyncClickHouseCloud], criteria: Criteria, timeout: float | None
) -> tuple[list[AsyncFleetService], list[MemberFailure]]:
    """List the services of all clients, each with one request, and return the selected ones.

    Args:
        members: The clients.
        criteria: Criteria that select services.
        timeout: Seconds for the whole call; None for no limit.

    Returns:
        The services in the order of their clients, and the clients that failed.
    """
    found: tuple[list[Any], list[MemberFailure]]
    found = await find_members(SERVICES, members, criteria, timeout)
    return found
