"""The description of an existing service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.fleet.service import AsyncFleetService
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.apis.clickhouse.service_fields import ChangeGroup
from clickhouse_cloud_async.desired.plain import plain

from .checking import FLEET_TAG, PERIODS_WITH_START
from .fields import DESCRIBED, SCHEDULE_FIELDS, own_tags, window_shown
from .in_service import DOWN
from .observe import window_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.desired.resource import Resource

_PERIOD, _START = "backup_period_in_hours", "backup_start_time"
_BACKUPS = (_PERIOD, "backup_retention_period_in_hours", _START)

_LEFT_OUT = frozenset(("state", "backup_configuration", "upgrade_window", "scaling_schedule"))
"""Fields that are read separately, or that the list of services does not show."""


def export_service(service: Service) -> dict[str, Any]:
    """Return the fields of a service in the form of a document.

    The backup configuration and upgrade window are not included; see `export_details`.

    Args:
        service: The service.
    """
    fields: dict[str, Any] = {"name": service.name, "state": _state(service)}
    for name, field in DESCRIBED.items():
        if name in _LEFT_OUT or field.group is ChangeGroup.ONCE:
            continue
        value = plain(field.read(service, name))
        is_default = field.group is ChangeGroup.FIXED and value is False
        if value is not None and not is_default:
            fields[name] = _DOCUMENTED[name](value) if name in _DOCUMENTED else value
    if service.scaling_schedule is not None and service.scaling_schedule.entries:
        fields["scaling_schedule"] = [_entry(entry) for entry in service.scaling_schedule.entries]
    for name in _derived_fields(service, fields):
        fields.pop(name, None)
    return {name: value for name, value in fields.items() if value is not None}


async def export_details(resource: Resource[Service]) -> dict[str, Any]:
    """Return the fields of a service that each take a request, in the form of a document.

    Args:
        resource: The service, which must be the primary of its warehouse.

    Raises:
        CloudError: A request failed.
    """
    found = AsyncFleetService(
        service=resource.item, organization_id=resource.scope.id, cloud=resource.client
    )
    backups = await found.cloud.backups.get_configuration(
        resource.id, organization_id=resource.scope.id
    )
    known: dict[str, Any] = {name: plain(getattr(backups, name, None)) for name in _BACKUPS}
    if known[_START] is not None and known[_PERIOD] not in PERIODS_WITH_START:
        known[_PERIOD] = None
    configuration = {name: value for name, value in known.items() if value is not None}
    window = await window_of(found, found.cloud)
    details = {
        "backup_configuration": configuration or None,
        "upgrade_window": window_shown(window),
    }
    return {name: value for name, value in details.items() if value is not None}


def _derived_fields(service: Service, fields: Mapping[str, Any]) -> list[str]:
    """Return the fields that are derived from others, or that users do not set."""
    is_horizontal = fields.get("autoscaling_mode") == "horizontal"
    untold = ["num_replicas"] if is_horizontal else ["min_replicas", "max_replicas"]
    if service.is_primary is not False:
        # A primary has the ID of the warehouse that it creates.
        untold.append("data_warehouse_id")
    return untold


def _state(service: Service) -> str | None:
    state = str(service.state)
    if state in LIFECYCLE.up | LIFECYCLE.leading_to(LIFECYCLE.up):
        return "running"
    return "stopped" if state in DOWN else None


def _addresses(entries: Mapping[str, str | None]) -> list[Any]:
    return [
        source if text is None else {"source": source, "description": text}
        for source, text in entries.items()
    ]


def _entry(entry: Any) -> dict[str, Any]:
    shown = plain(entry)
    return {name: shown[name] for name in SCHEDULE_FIELDS if shown.get(name) is not None}


_DOCUMENTED: Mapping[str, Callable[[Any], Any]] = {
    "tags": lambda tags: {k: text for k, text in own_tags(tags).items() if k != FLEET_TAG},
    "ip_access_list": _addresses,
    "private_endpoint_ids": list,
    "endpoints": lambda protocols: {"mysql": True} if "mysql" in protocols else None,
}
