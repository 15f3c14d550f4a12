"""The requests that change a service to match its description."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.service_fields import FIELDS, ChangeGroup
from clickhouse_cloud_async.core.errors import NotFoundError
from clickhouse_cloud_async.core.values import UNSET

from .checking import FLEET_TAG

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.extensions.services import AsyncServices
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service, ServicePostResponse
    from clickhouse_cloud_async.desired.diff import FieldChange

    from .fields import ActualState
    from .plan import ServicePlan


async def create(
    cloud: AsyncClickHouseCloud, fleet: str, item: ServicePlan, timeout: float | None
) -> ServicePostResponse:
    """Create a service with the described fields that the creation accepts."""
    fields = {name: value for name, value in item.wanted.items() if FIELDS[name].in_creation}
    tags = {**fields.pop("tags", {}), FLEET_TAG: fleet}
    fields["tags"] = [_tag(key, value) for key, value in tags.items()]
    if "ip_access_list" in fields:
        fields["ip_access_list"] = [_address(entry) for entry in fields["ip_access_list"]]
    if "endpoints" in fields:
        fields["endpoints"] = _endpoints(fields["endpoints"].items())
    return await cloud.services.create(
        name=item.name, organization_id=item.organization_id, timeout=timeout, **fields
    )


async def send(
    command: str, item: ServicePlan, actual: ActualState, timeout: float | None
) -> Service | None:
    """Send one request to a service.

    Args:
        command: The name of the request in the plan.
        item: The plan of the service.
        actual: The service.
        timeout: Seconds for the request; None for no limit.

    Returns:
        The service, if the response contains it.
    """
    return await _SENDERS[command](item, actual, timeout)


async def _update(item: ServicePlan, actual: ActualState, timeout: float | None) -> Service:
    changes = [
        change for change in item.changes if FIELDS[change.field].group is ChangeGroup.UPDATE
    ]
    fields: dict[str, Any] = {
        change.field: change.after for change in changes if change.key is None
    }
    by_field: dict[str, list[FieldChange]] = {}
    for change in changes:
        if change.key is not None:
            by_field.setdefault(change.field, []).append(change)
    for field, entries in by_field.items():
        fields[field] = _PATCHES[field](entries, item, actual)
    return await _services(actual).update(**_target(actual, timeout), **fields)


async def _scale(item: ServicePlan, actual: ActualState, timeout: float | None) -> Service:
    # All described fields, not only the changed ones: the API accepts some fields only together.
    fields = {n: v for n, v in item.wanted.items() if FIELDS[n].group is ChangeGroup.SCALING}
    return await _services(actual).scale(**_target(actual, timeout), **fields)


async def _set_schedule(item: ServicePlan, actual: ActualState, timeout: float | None) -> None:
    # An empty list clears the schedule. A deletion would be refused if there is no schedule.
    await actual.found.cloud.scaling_schedules.set(
        **_target(actual, timeout), entries=item.wanted["scaling_schedule"] or []
    )


async def _update_backups(item: ServicePlan, actual: ActualState, timeout: float | None) -> None:
    await actual.found.cloud.backups.update_configuration(
        **_target(actual, timeout), **item.wanted["backup_configuration"]
    )


async def _set_window(item: ServicePlan, actual: ActualState, timeout: float | None) -> None:
    windows, window = actual.found.cloud.upgrade_windows, item.wanted["upgrade_window"]
    if window is not None:
        await windows.set(**_target(actual, timeout), **window)
        return
    with suppress(NotFoundError):
        await windows.delete(**_target(actual, timeout))


async def _start(_item: ServicePlan, actual: ActualState, timeout: float | None) -> Service:
    return await _services(actual).start(**_target(actual, timeout))


async def _stop(_item: ServicePlan, actual: ActualState, timeout: float | None) -> Service:
    return await _services(actual).stop(**_target(actual, timeout))


async def _delete(_item: ServicePlan, actual: ActualState, timeout: float | None) -> None:
    await _services(actual).delete(**_target(actual, timeout))


_SENDERS: Mapping[
    str, Callable[[ServicePlan, ActualState, float | None], Awaitable[Service | None]]
] = {
    "update": _update,
    "scale": _scale,
    "set_schedule": _set_schedule,
    "update_backups": _update_backups,
    "set_window": _set_window,
    "start": _start,
    "stop": _stop,
    "delete": _delete,
}


def _services(actual: ActualState) -> AsyncServices:
    return actual.found.cloud.services


def _target(actual: ActualState, timeout: float | None) -> dict[str, Any]:
    return {
        "service_id": actual.found.service.id,
        "organization_id": actual.found.organization_id,
        "timeout": timeout,
    }


def _tags_patch(
    changes: Iterable[FieldChange], _item: ServicePlan, _actual: ActualState
) -> dict[str, Any]:
    return {
        "remove": [_tag(c.key, c.before) for c in changes if c.before is not UNSET],
        "add": [_tag(c.key, c.after) for c in changes if c.after is not UNSET],
    }


def _addresses_patch(
    changes: Iterable[FieldChange], _item: ServicePlan, actual: ActualState
) -> dict[str, Any]:
    there = actual.addresses
    return {
        "remove": [there[c.key] for c in changes if c.key in there],
        "add": [_address(c.key, c.after) for c in changes if c.after is not UNSET],
    }


def _private_endpoints_patch(
    changes: Iterable[FieldChange], _item: ServicePlan, _actual: ActualState
) -> dict[str, Any]:
    return {
        "remove": [c.key for c in changes if c.after is UNSET],
        "add": [c.key for c in changes if c.after is not UNSET],
    }


def _endpoints_patch(
    changes: Iterable[FieldChange], _item: ServicePlan, _actual: ActualState
) -> list[dict[str, Any]]:
    return _endpoints((c.key, c.after) for c in changes)


_PATCHES: Mapping[str, Callable[[list[FieldChange], ServicePlan, ActualState], Any]] = {
    "tags": _tags_patch,
    "ip_access_list": _addresses_patch,
    "private_endpoint_ids": _private_endpoints_patch,
    "endpoints": _endpoints_patch,
}


def _tag(key: str | None, value: str | None) -> dict[str, Any]:
    return {"key": key} if value is None else {"key": key, "value": value}


def _address(source: Any, description: str | None = None) -> dict[str, Any]:
    if not isinstance(source, str):
        return dict(source)
    return {"source": source} | ({"description": description} if description else {})


def _endpoints(items: Iterable[tuple[str | None, bool]]) -> list[dict[str, Any]]:
    return [{"protocol": protocol, "enabled": on} for protocol, on in items]
