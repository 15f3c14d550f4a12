"""Checks of the values of a description.

Bounds that only the API knows are not checked: they change, and the API reports violations.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.models.common import AutoscalingMode
from clickhouse_cloud_async.apis.clickhouse.service_fields import address_of
from clickhouse_cloud_async.core.lookups import is_uuid
from clickhouse_cloud_async.core.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath

SECRET_TAG = "chcloud.secret."  # noqa: S105 - the beginning of a name
"""Prefix of the tags of a service that contain versions of secrets."""

FLEET_TAG = "chcloud.fleet"
"""The tag of a service that contains the name of its fleet."""

PERIODS_WITH_START = (24, 48)
"""Hours between two backups that begin at a time of day (0.5.0 of ClickHouse's own client)."""

_FULL_HOUR = re.compile(r"([01][0-9]|2[0-3]):00")


def check_service(fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
    """Check the values of a service, and that none contradicts another.

    Args:
        fields: The described fields, whose types are already checked.
        path: The path of the service.
        errors: Collects the errors.
    """
    if FLEET_TAG in fields.get("tags", ()):
        errors.add((*path, "tags", FLEET_TAG), "this tag is set by itself, to the fleet's name")
    for key in fields.get("tags") or ():
        if str(key).startswith(SECRET_TAG):
            errors.add((*path, "tags", key), "this tag is set by itself, to a version of secrets")
    _check_addresses(fields.get("ip_access_list", ()), (*path, "ip_access_list"), errors)
    _check_backups(fields.get("backup_configuration", {}), (*path, "backup_configuration"), errors)
    _check_schedule(fields.get("scaling_schedule") or (), (*path, "scaling_schedule"), errors)
    _check_scaling(fields, path, errors)
    _check_warehouse(fields.get("data_warehouse_id"), (*path, "data_warehouse_id"), errors)


def _check_warehouse(value: object, path: FieldPath, errors: ErrorCollector) -> None:
    """Check that a warehouse is given by its ID: warehouses have no names."""
    if isinstance(value, str) and not is_uuid(value):
        errors.add(
            path,
            "expected the ID of a warehouse; that of a service's warehouse is"
            f" ${{services.{value}.data_warehouse_id}}",
        )


def _check_scaling(fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
    """Check the scaling of a service, or of an entry of its schedule."""
    low, high = fields.get("min_replicas"), fields.get("max_replicas")
    if (low is None) != (high is None):
        errors.add(path, "min_replicas and max_replicas come together")
    if "num_replicas" in fields and not low is high is None:
        errors.add(path, "num_replicas excludes min_replicas and max_replicas")
    if low is not None and high is not None and low > high:
        errors.add((*path, "min_replicas"), f"{low} is more than max_replicas, {high}")
    least, most = fields.get("min_replica_memory_gb"), fields.get("max_replica_memory_gb")
    if least is not None and most is not None and least > most:
        errors.add((*path, "min_replica_memory_gb"), f"{least} is more than the maximum, {most}")
    if fields.get("autoscaling_mode") == "vertical" and low != high:
        errors.add((*path, "max_replicas"), "vertical scaling has a fixed number of replicas")
    if fields.get("autoscaling_mode") == "horizontal":
        if "num_replicas" in fields:
            errors.add(
                (*path, "num_replicas"),
                "horizontal scaling takes min_replicas and max_replicas",
            )
        if least != most:
            errors.add(
                (*path, "max_replica_memory_gb"),
                "horizontal scaling has one memory: both bounds, and both the same",
            )


def _check_addresses(entries: Sequence[Any], path: FieldPath, errors: ErrorCollector) -> None:
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        source = entry if isinstance(entry, str) else entry["source"]
        address = address_of(source)
        if address is None:
            errors.add((*path, index), f"{source!r} is neither an IP address nor a range of them")
        elif address in seen:
            errors.add((*path, index), f"{source} is in the list already")
        else:
            seen.add(address)


def _check_backups(fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
    for name in ("backup_period_in_hours", "backup_retention_period_in_hours"):
        if name in fields and fields[name] is None:
            errors.add((*path, name), "give a number: the API does not document its default")
    start = fields.get("backup_start_time")
    if start is not None and not _FULL_HOUR.fullmatch(start):
        errors.add(
            (*path, "backup_start_time"), f"{start!r} is not a full hour (UTC) such as 02:00"
        )
    period = fields.get("backup_period_in_hours", PERIODS_WITH_START[0])
    if start is not None and period not in PERIODS_WITH_START:
        periods = " or ".join(map(str, PERIODS_WITH_START))
        reason = f"is {periods} beside a backup_start_time, not {period}"
        errors.add((*path, "backup_period_in_hours"), reason)


def _check_schedule(
    entries: Sequence[Mapping[str, Any]], path: FieldPath, errors: ErrorCollector
) -> None:
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        inner = (*path, index)
        if entry["name"] in seen:
            errors.add((*inner, "name"), f"there is another entry {entry['name']!r}")
        seen.add(entry["name"])
        mode = entry.get("autoscaling_mode", AutoscalingMode.VERTICAL)
        if mode not in list(AutoscalingMode):
            reason = f"{mode!r} is not one of {', '.join(AutoscalingMode)}"
            errors.add((*inner, "autoscaling_mode"), reason + did_you_mean(mode, AutoscalingMode))
        if entry["start_hour_utc"] == entry["end_hour_utc"]:
            errors.add((*inner, "end_hour_utc"), "is also the hour at which the entry starts")
        _check_scaling(entry, inner, errors)
