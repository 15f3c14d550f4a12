"""What there is, as far as a document speaks of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.fleet.criteria import Criteria
from clickhouse_cloud_async.apis.clickhouse.fleet.service import find_services
from clickhouse_cloud_async.core.errors import (
    APIStatusError,
    NotFoundError,
)

from .fields import ActualState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.fleet.service import AsyncFleetService
    from clickhouse_cloud_async.apis.clickhouse.models.scaling import UpgradeWindow

AT_ONCE = 20
"""For how many services of a client something is asked for at the same time."""

WantedServices = dict[str, list[dict[str, Any]]]
"""The fields of the services that are described, by the ID of their organisation."""

SEPARATE = frozenset(("backup_configuration", "upgrade_window"))
"""Fields that a list of services does not show."""


async def observe(
    members: Sequence[AsyncClickHouseCloud],
    wanted: WantedServices,
    separate: Callable[[str, Mapping[str, Any]], frozenset[str]],
    timeout: float | None,
) -> list[ActualState]:
    """Find out what services there are.

    Args:
        members: The clients.
        wanted: What is described.
        separate: Which of the fields in `SEPARATE` matter of a service, by the id of its
            organisation and its description.
        timeout: Seconds for each request; None for no limit.

    Raises:
        CloudError: The services of a client could not be listed.
    """
    found, failures = await find_services(members, Criteria(), timeout)
    if failures:
        # A part of what there is would make services seem to be gone.
        raise failures[0].error
    fields = {
        (organization, service["name"]): service
        for organization, services in wanted.items()
        for service in services
    }
    turns = {id(cloud): asyncio.Semaphore(AT_ONCE) for cloud in members}

    async def see(each: AsyncFleetService) -> ActualState:
        service = fields.get((each.organization_id, each.service.name))
        names = separate(each.organization_id, service) if service else frozenset[str]()
        async with turns[id(each.cloud)]:
            return await observe_details(each, names)

    return list(await asyncio.gather(*map(see, found)))


async def observe_details(each: AsyncFleetService, names: frozenset[str]) -> ActualState:
    """Ask for what a list does not show of a service.

    Args:
        each: The service.
        names: Which of the fields in `SEPARATE` matter.
    """
    service_id, organization_id = each.service.id, each.organization_id
    backups = None
    try:
        if "backup_configuration" in names:
            backups = await each.cloud.backups.get_configuration(
                service_id, organization_id=organization_id
            )
        if "upgrade_window" in names:
            return ActualState(found=each, backups=backups, window=await window_of(each))
    except APIStatusError as error:
        return ActualState(found=each, problem=f"what it is like cannot be found out: {error}")
    return ActualState(found=each, backups=backups)


async def window_of(each: AsyncFleetService) -> UpgradeWindow | None:
    """Return the upgrade window of a service; None where it has none.

    Args:
        each: The service.
    """
    try:
        return await each.cloud.upgrade_windows.get(
            each.service.id, organization_id=each.organization_id
        )
    except NotFoundError:
        return None
