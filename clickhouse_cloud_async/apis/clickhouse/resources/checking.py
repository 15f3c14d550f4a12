"""What the values of a description have to be.

Bounds that only the API knows are not among it: they change, and the API says so itself.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.models.common import AutoscalingMode, CloudProvider
from clickhouse_cloud_async.apis.clickhouse.models.services import ReleaseChannel
from clickhouse_cloud_async.apis.clickhouse.service_fields import address_of
from clickhouse_cloud_async.core.codec import encode
from clickhouse_cloud_async.core.codec.types import (
    ModelField,
    is_mapping,
    is_model,
    is_sequence,
    is_union,
    model_fields,
)
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.text import did_you_mean
from clickhouse_cloud_async.desired.validation import unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from enum import StrEnum

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath

FLEET_TAG = "chcloud.fleet"
"""The tag of a service with the name of the fleet that it belongs to."""

STATES = ("running", "stopped")
"""The values of `state` in a description."""

WORDS: Mapping[str, type[StrEnum]] = {
    "provider": CloudProvider,
    "autoscaling_mode": AutoscalingMode,
    "release_channel": ReleaseChannel,
}
"""Fields with few words, to which others come too rarely to let a misspelt one pass."""

PERIODS_WITH_START = (24, 48)
"""Hours between two backups that begin at a time of day (0.5.0 of ClickHouse's own client)."""

_FLEET_NAME = re.compile(r"[A-Za-z0-9._-]{1,256}")
_FULL_HOUR = re.compile(r"([01][0-9]|2[0-3]):00")


def check_value(kind: Any, value: object, path: FieldPath, errors: ErrorCollector) -> None:
    """Check the type of a value, and of all that it holds.

    Args:
        kind: The annotation of its field.
        value: Plain values.
        path: Where it is.
        errors: Gathers the mistakes.
    """
    for part in typing.get_args(kind) if is_union(kind) else (kind,):
        if isinstance(value, Mapping) and is_model(part):
            return check_fields(part, value, path, errors)
        if isinstance(value, Mapping) and is_mapping(part):
            return _check_items(typing.get_args(part)[1], value.items(), path, errors)
        if isinstance(value, list) and is_sequence(part):
            return _check_items(typing.get_args(part)[0], enumerate(value), path, errors)
    try:
        encode(kind, value)
    except InvalidArgumentError as error:
        errors.add(path, error.message)
    return None


def check_fields(
    model: type[Model],
    value: Mapping[str, object],
    path: FieldPath,
    errors: ErrorCollector,
    *,
    optional: bool = False,
) -> None:
    """Check the names of the fields of a model, and their values.

    Args:
        model: The model.
        value: Plain values by the names of the fields in Python.
        path: Where it is.
        errors: Gathers the mistakes.
        optional: Whether no field has to be there.
    """
    fields = _fields_of(model)  # type: ignore[arg-type] # classes are hashable, unlike objects
    for name, item in value.items():
        if name in fields:
            check_value(fields[name].type, item, (*path, name), errors)
        else:
            errors.add((*path, name), unknown(name, fields))
    for name, field in fields.items():
        if field.required and not optional and name not in value:
            errors.add((*path, name), "is required")


@cache
def _fields_of(model: type[Any]) -> Mapping[str, ModelField]:
    """The fields of a model by name; finding them out takes longer than checking a service."""
    return {field.name: field for field in model_fields(model)}


def _check_items(
    kind: Any, items: Iterable[tuple[Any, object]], path: FieldPath, errors: ErrorCollector
) -> None:
    for key, item in items:
        check_value(kind, item, (*path, key), errors)


def check_service(fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
    """Check the values of a service one by one; their types are right.

    Args:
        fields: The fields that are named.
        path: Where the service is.
        errors: Gathers the mistakes.
    """
    if fields.get("state", STATES[0]) not in STATES:
        errors.add((*path, "state"), f"must be {' or '.join(STATES)}")
    _check_words(fields, path, errors)
    if fields.get("name") == "":
        errors.add((*path, "name"), "is empty")
    if FLEET_TAG in fields.get("tags", ()):
        errors.add((*path, "tags", FLEET_TAG), "this tag is set by itself, to the fleet's name")
    _check_addresses(fields.get("ip_access_list", ()), (*path, "ip_access_list"), errors)
    _check_backups(fields.get("backup_configuration", {}), (*path, "backup_configuration"), errors)
    _check_schedule(fields.get("scaling_schedule") or (), (*path, "scaling_schedule"), errors)


def check_together(fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
    """Check that the values of a service do not contradict each other.

    Args:
        fields: The fields that are named, each of them right by itself.
        path: Where the service is.
        errors: Gathers the mistakes.
    """
    _check_scaling(fields, path, errors)
    backups = fields.get("backup_configuration", {})
    period = backups.get("backup_period_in_hours", PERIODS_WITH_START[0])
    if backups.get("backup_start_time") is not None and period not in PERIODS_WITH_START:
        periods = " or ".join(map(str, PERIODS_WITH_START))
        errors.add(
            (*path, "backup_configuration", "backup_period_in_hours"),
            f"is {periods} beside a backup_start_time, not {period}",
        )


def check_fleet_name(name: str, errors: ErrorCollector) -> None:
    """Check that the name of a fleet can be the value of a tag."""
    if not _FLEET_NAME.fullmatch(name):
        errors.add(("fleet",), "is made of 1 to 256 letters, digits, dots, hyphens and underscores")


def _check_words(fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
    for name, known in WORDS.items():
        if name in fields and fields[name] not in list(known):
            reason = f"{fields[name]!r} is none of {', '.join(known)}"
            errors.add((*path, name), reason + did_you_mean(str(fields[name]), known))


def _check_scaling(fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
    """Check how a service is to scale, or does while a schedule entry is in force."""
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
            errors.add((*path, name), "give a number: what the API's default is, it does not say")
    start = fields.get("backup_start_time")
    if start is not None and not _FULL_HOUR.fullmatch(start):
        errors.add((*path, "backup_start_time"), f"{start!r} is no full hour (UTC) such as 02:00")


def _check_schedule(
    entries: Sequence[Mapping[str, Any]], path: FieldPath, errors: ErrorCollector
) -> None:
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        inner = (*path, index)
        if entry["name"] in seen:
            errors.add((*inner, "name"), f"there is another entry {entry['name']!r}")
        seen.add(entry["name"])
        _check_words(entry, inner, errors)
        if entry["start_hour_utc"] == entry["end_hour_utc"]:
            errors.add((*inner, "end_hour_utc"), "is also the hour at which the entry starts")
        _check_scaling(entry, inner, errors)
