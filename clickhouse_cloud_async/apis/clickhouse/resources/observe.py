"""What there is, as far as a document speaks of it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.clickhouse.fleet.criteria import Criteria
from clickhouse_cloud_async.apis.clickhouse.fleet.service import find_services
from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.errors import (
    APIStatusError,
    InvalidArgumentError,
    NotFoundError,
)

from .fields import ActualState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.fleet.service import AsyncFleetService
    from clickhouse_cloud_async.apis.clickhouse.models.scaling import UpgradeWindow

    from .document import DesiredFleet

AT_ONCE = 20
"""For how many services of a client something is asked for at the same time."""

Wanted = dict[str, list[dict[str, Any]]]
"""The fields of the services that are described, by the ID of their organisation."""

SEPARATE = frozenset(("backup_configuration", "upgrade_window"))
"""Fields that a list of services does not show."""


@attrs.frozen
class Observation:
    """What is described, and what there is.

    Attributes:
        wanted: What is described.
        every: All services of the organisations.
        clouds: The client of each organisation.
        listed_at: When the services were listed, by the monotonic clock.
    """

    wanted: Wanted
    every: list[ActualState]
    clouds: Mapping[str, AsyncClickHouseCloud]
    listed_at: float


async def observe(
    members: Sequence[AsyncClickHouseCloud],
    desired: DesiredFleet,
    separate: Callable[[str, Mapping[str, Any]], frozenset[str]],
    timeout: float | None,
) -> Observation:
    """Find out what there is.

    Args:
        members: The clients.
        desired: The description of the fleet.
        separate: Which of the fields in `SEPARATE` matter of a service, by the id of its
            organisation and its description.
        timeout: Seconds for each request; None for no limit.

    Raises:
        InvalidArgumentError: A service is described in an organisation of none of the clients.
        CloudError: The services of a client could not be listed.
    """
    listed_at = time.monotonic()
    found, failures = await find_services(members, Criteria(), timeout)
    if failures:
        # A part of what there is would make services seem to be gone.
        raise failures[0].error
    clouds: dict[str, AsyncClickHouseCloud] = {}
    for cloud in members:
        clouds.setdefault(await caller_of(cloud).default_scope(), cloud)
    # What takes long for thousands of services is done in a thread, beside the event loop.
    wanted = await asyncio.to_thread(by_organization, desired, list(clouds))
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

    every = list(await asyncio.gather(*map(see, found)))
    return Observation(wanted, every, clouds, listed_at)


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
            return ActualState(found=each, backups=backups, window=await _window(each))
    except APIStatusError as error:
        return ActualState(found=each, problem=f"what it is like cannot be found out: {error}")
    return ActualState(found=each, backups=backups)


def by_organization(desired: DesiredFleet, organizations: Sequence[str]) -> Wanted:
    """Sort the services of a fleet by their organisation.

    Args:
        desired: The fleet.
        organizations: The ids of all organisations.

    Raises:
        InvalidArgumentError: A service names no organisation, or one that is none of them.
    """
    wanted: Wanted = {organization: [] for organization in organizations}
    seen = set[tuple[str, str]]()
    only = organizations[0] if len(organizations) == 1 else None
    for service in desired.services:
        fields = service.to_dict()
        organization = fields.pop("organization", only)
        if organization not in wanted:
            said = f"is in {organization}" if organization else "says no organization"
            raise InvalidArgumentError(
                f"service {service.name!r} {said}; the fleet has {', '.join(organizations)}"
            )
        if (organization, service.name) in seen:
            raise InvalidArgumentError(f"there are two services {service.name!r} in {organization}")
        seen.add((organization, service.name))
        wanted[organization].append(fields)
    return wanted


async def _window(each: AsyncFleetService) -> UpgradeWindow | None:
    try:
        return await each.cloud.upgrade_windows.get(
            each.service.id, organization_id=each.organization_id
        )
    except NotFoundError:
        return None
