"""The services of several clients, listed at the same time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.core.errors import CloudError
from clickhouse_cloud_async.core.values import UNSET

from .report import MemberFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service

    from .criteria import Criteria


@attrs.frozen(kw_only=True)
class AsyncFleetService:
    """A service of a fleet, and the client that reaches it.

    Attributes:
        service: The service as it was when it was listed.
        organization_id: ID of its organisation.
        cloud: The client.
    """

    service: Service
    organization_id: str
    cloud: AsyncClickHouseCloud = attrs.field(repr=False, eq=False)


async def find_services(
    members: Sequence[AsyncClickHouseCloud], criteria: Criteria, timeout: float | None
) -> tuple[list[AsyncFleetService], list[MemberFailure]]:
    """List the services of all clients, each with one request, and keep those that are meant.

    A service that several clients see is there once.

    Args:
        members: The clients.
        criteria: Which services.
        timeout: Seconds for all of it; None for no limit.

    Returns:
        The services in the order of their clients, and the clients that failed.
    """
    rolls = await asyncio.gather(
        *(_list(index, cloud, criteria, timeout) for index, cloud in enumerate(members))
    )
    found: dict[str, AsyncFleetService] = {}
    failures: list[MemberFailure] = []
    for roll in rolls:
        if isinstance(roll, MemberFailure):
            failures.append(roll)
        else:
            for each in roll:
                found.setdefault(each.service.id, each)
    return [each for each in found.values() if criteria.match(each.service)], failures


async def _list(
    index: int, cloud: AsyncClickHouseCloud, criteria: Criteria, timeout: float | None
) -> list[AsyncFleetService] | MemberFailure:
    organization: str | None = None
    try:
        organization = await cloud._caller.default_scope()  # noqa: SLF001 - a client's own part
        listed = await cloud.services.list(
            filter=criteria.filters or UNSET, organization_id=organization, timeout=timeout
        )
    except CloudError as error:
        return MemberFailure(
            member=index, organization_id=organization, error=error.with_traceback(None)
        )
    return [
        AsyncFleetService(service=each, organization_id=organization, cloud=cloud)
        for each in listed
    ]
