"""Reads the actual state of the described services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.fleet.criteria import Criteria
from clickhouse_cloud_async.apis.clickhouse.fleet.service import find_services
from clickhouse_cloud_async.apis.clickhouse.models.activities import ActivityType
from clickhouse_cloud_async.core.errors import (
    APIStatusError,
    NotFoundError,
)
from clickhouse_cloud_async.core.memory import Memory, remembering
from clickhouse_cloud_async.desired.spreading import spread

from .fields import ActualState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.fleet.service import AsyncFleetService
    from clickhouse_cloud_async.apis.clickhouse.models.scaling import UpgradeWindow
    from clickhouse_cloud_async.desired.looking import Look
    from clickhouse_cloud_async.desired.resource import Scope

WantedServices = dict[str, list[dict[str, Any]]]
"""The described fields of services, by the ID of their organisation."""

SEPARATE: Mapping[str, frozenset[str]] = {
    "backup_configuration": frozenset((ActivityType.SERVICE_UPDATE_BACKUP_CONFIGURATION,)),
    "upgrade_window": frozenset(
        (
            ActivityType.SERVICE_UPDATE_UPGRADE_WINDOW,
            ActivityType.SERVICE_DELETE_UPGRADE_WINDOW,
        )
    ),
}
"""Fields that a list of services does not show, with the activities that report changes."""

Remembered = Callable[[str, "AsyncFleetService"], Memory | None]
"""Returns the known results for one of these fields of a service."""


async def observe(  # noqa: PLR0913 - what to read, and how
    scopes: Sequence[Scope],
    wanted: WantedServices,
    separate: Callable[[str, Mapping[str, Any]], frozenset[str]],
    timeout: float | None,
    *,
    remembered: Remembered,
    look: Look,
) -> list[ActualState]:
    """List the services.

    Args:
        scopes: The organisations.
        wanted: The described services.
        separate: Returns the fields in `SEPARATE` that are relevant for a service, given the ID
            of its organisation and its description.
        timeout: Seconds for each request; None for no limit.
        remembered: Returns the known results for these fields.
        look: The progress of the observation.

    Raises:
        CloudError: The services of a client could not be listed.
    """
    by_id = {scope.id: scope for scope in scopes}
    members = [scope.client for scope in scopes]
    found, failures = await find_services(members, Criteria(), timeout)
    if failures:
        # If the list were incomplete, services would seem to be gone.
        raise failures[0].error
    fields = {
        (organization, service["name"]): service
        for organization, services in wanted.items()
        for service in services
    }
    look.done("services", len(members))

    async def see(each: AsyncFleetService, via: Scope) -> ActualState:
        service = fields.get((each.organization_id, each.service.name))
        names = separate(each.organization_id, service) if service else frozenset[str]()
        actual = await observe_details(each, names, via.client, remembered)
        if names:
            look.done("services", len(names))
        return actual

    return await spread(found, lambda each: by_id[each.organization_id], see)


async def observe_details(
    each: AsyncFleetService,
    names: frozenset[str],
    via: AsyncClickHouseCloud,
    remembered: Remembered = lambda *_: None,
) -> ActualState:
    """Read the fields of a service that a list does not show.

    Args:
        each: The service.
        names: The fields in `SEPARATE` that are relevant.
        via: The client to use.
        remembered: Returns the known results for these fields.
    """
    service_id, organization_id = each.service.id, each.organization_id
    backups = None
    try:
        if "backup_configuration" in names:
            with remembering(remembered("backup_configuration", each)):
                backups = await via.backups.get_configuration(
                    service_id, organization_id=organization_id
                )
        if "upgrade_window" in names:
            with remembering(remembered("upgrade_window", each)):
                window = await window_of(each, via)
            return ActualState(found=each, backups=backups, window=window)
    except APIStatusError as error:
        return ActualState(found=each, problem=f"its settings cannot be read: {error}")
    return ActualState(found=each, backups=backups)


async def window_of(each: AsyncFleetService, via: AsyncClickHouseCloud) -> UpgradeWindow | None:
    """Return the upgrade window of a service; None if it has none.

    Args:
        each: The service.
        via: The client to use.
    """
    try:
        return await via.upgrade_windows.get(each.service.id, organization_id=each.organization_id)
    except NotFoundError:
        return None
