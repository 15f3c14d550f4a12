"""The fields of a service, and the differences between a service and its description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.clickhouse.models.scaling import ScalingScheduleEntryRequest
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.apis.clickhouse.service_fields import (
    FIELDS,
    ChangeGroup,
    ServiceField,
    address_of,
)
from clickhouse_cloud_async.core.codec import model_fields
from clickhouse_cloud_async.core.values import UNSET, Unset
from clickhouse_cloud_async.desired.diff import FieldChange, entry_changes

from .checking import FLEET_TAG, SECRET_TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from clickhouse_cloud_async.apis.clickhouse.fleet.service import AsyncFleetService
    from clickhouse_cloud_async.apis.clickhouse.models.backups import BackupConfiguration
    from clickhouse_cloud_async.apis.clickhouse.models.common import IpAccessListEntry
    from clickhouse_cloud_async.apis.clickhouse.models.scaling import UpgradeWindow


DESCRIBED: Mapping[str, ServiceField] = {
    name: field for name, field in FIELDS.items() if field.in_description
}
"""Every field that can be described, in the order of plans."""


@attrs.frozen(kw_only=True)
class ActualState:
    """An existing service.

    Attributes:
        found: The service and the client that reaches it.
        backups: Its backup configuration; None if it was not fetched.
        window: Its upgrade window; None if there is none, `UNSET` if it was not fetched.
        problem: Why it could not be read completely.
    """

    found: AsyncFleetService
    backups: BackupConfiguration | None = None
    window: UpgradeWindow | Unset | None = UNSET
    problem: str | None = None

    @property
    def state(self) -> str:
        """Its state."""
        return str(self.found.service.state)

    @property
    def fleet(self) -> str | None:
        """The fleet that it belongs to by its tag."""
        tags: Mapping[str, str | None] = self.read("tags")
        return tags.get(FLEET_TAG)

    @property
    def addresses(self) -> dict[str, IpAccessListEntry]:
        """Its access list by normalised address."""
        entries = self.found.service.ip_access_list or ()
        return {address_of(entry.source) or entry.source: entry for entry in entries}

    def read(self, field: str) -> Any:
        """Return the value of a field that the service itself shows, or its entries by key."""
        return FIELDS[field].read(self.found.service, field)


def differences(
    fleet: str | None, wanted: Mapping[str, Any], actual: ActualState
) -> list[FieldChange]:
    """Compare the described fields with a service.

    Args:
        fleet: The name of the fleet; None if the service is in none, and stays so.
        wanted: The described fields.
        actual: The service.
    """
    return [change for field in DESCRIBED for change in _compare(field, fleet, wanted, actual)]


def everything(fleet: str, wanted: Mapping[str, Any]) -> list[FieldChange]:
    """Return all described fields, for a service that does not exist yet."""
    named = {**wanted, "tags": {**wanted.get("tags", {}), FLEET_TAG: fleet}}
    changes: list[FieldChange] = []
    for field in DESCRIBED:
        value = named.get(field, UNSET)
        if field in _ENTRIES and value is not UNSET:
            entries = _ENTRIES[field](value or ()).items()
            after = {key: None if entry is UNSET else entry for key, entry in entries}
            changes += entry_changes(field, {}, after)
        elif value is not UNSET and not (field == "upgrade_window" and value is None):
            changes.append(FieldChange(field, None, UNSET, value))
    return changes


def own_tags(tags: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return the tags of a service without those that contain versions of secrets.

    Args:
        tags: All its tags.
    """
    return {key: text for key, text in tags.items() if not key.startswith(SECRET_TAG)}


def _compare(
    field: str, fleet: str | None, wanted: Mapping[str, Any], actual: ActualState
) -> Iterator[FieldChange]:
    value = wanted.get(field, UNSET)
    if field == "tags":
        before = own_tags(actual.read(field))
        own = before if value is UNSET else _ENTRIES[field](value)
        mark = {} if fleet is None else {FLEET_TAG: fleet}
        yield from entry_changes(field, before, {**own, **mark})
    elif value is UNSET or FIELDS[field].group is ChangeGroup.ONCE:
        return
    elif field == "state":
        reached = LIFECYCLE.up if value == "running" else {value}
        if actual.state not in reached:
            yield FieldChange(field, None, actual.state, value)
    elif field == "upgrade_window":
        before = window_shown(actual.window)
        if before is not UNSET and before != value:
            yield FieldChange(field, None, before, value)
    elif field in _ENTRIES:
        yield from _compare_entries(field, value, actual)
    else:
        before = actual.read(field)
        if before != value:
            yield FieldChange(field, None, UNSET if before is None else before, value)


def _compare_entries(field: str, value: Any, actual: ActualState) -> Iterator[FieldChange]:
    after = _ENTRIES[field](value or ())
    if field == "ip_access_list":
        before = actual.read(field)
        # An entry without a description keeps the current one.
        after = {key: before.get(key) if text is UNSET else text for key, text in after.items()}
        yield from entry_changes(field, before, after)
    elif field == "private_endpoint_ids":
        yield from entry_changes(field, actual.read(field), after)
    elif field == "endpoints":
        # Protocols that are not described do not change.
        on = actual.read(field)
        yield from entry_changes(field, {key: key in on for key in after}, after)
    elif field == "backup_configuration":
        if actual.backups is not None:
            known = {key: getattr(actual.backups, key, None) for key in after}
            yield from entry_changes(field, known, after)
    else:
        yield from _schedule_changes(after, actual)


def _schedule_changes(after: Mapping[str, Any], actual: ActualState) -> list[FieldChange]:
    schedule = actual.found.service.scaling_schedule
    before: dict[str, Any] = {}
    for entry in schedule.entries if schedule else ():
        values = {name: getattr(entry, name, None) for name in SCHEDULE_FIELDS}
        # Entries that were made elsewhere may share a name.
        key = entry.name if entry.name not in before else f"{entry.name} ({entry.id})"
        before[key] = _schedule_entry({k: v for k, v in values.items() if v is not None})
    for key, entry in after.items():
        known = before.get(key, {})
        if "autoscaling_mode" not in entry:
            # An entry without a mode has that of the service.
            before[key] = {k: v for k, v in known.items() if k != "autoscaling_mode"}
    before = {key: entry for key, entry in before.items() if entry}
    return entry_changes("scaling_schedule", before, after)


SCHEDULE_FIELDS = tuple(field.name for field in model_fields(ScalingScheduleEntryRequest))
"""The fields of an entry of a scaling schedule."""


def _schedule_entry(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a normalised entry: a fixed number of replicas becomes a range."""
    entry = {name: fields[name] for name in SCHEDULE_FIELDS if name in fields and name != "name"}
    entry["weekdays"] = sorted(set(entry["weekdays"]))
    if "num_replicas" in entry:
        number = entry.pop("num_replicas")
        entry |= {"min_replicas": number, "max_replicas": number}
    return entry


def _address_entries(entries: Sequence[Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for entry in entries:
        plain = {"source": entry} if isinstance(entry, str) else entry
        description = plain.get("description", UNSET)
        address = address_of(plain["source"]) or plain["source"]
        result[address] = description if description is UNSET else description or None
    return result


_ENTRIES: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "tags": lambda value: {key: text or None for key, text in value.items()},
    "ip_access_list": _address_entries,
    "private_endpoint_ids": lambda value: dict.fromkeys(value, True),
    "endpoints": dict,
    "backup_configuration": dict,
    "scaling_schedule": lambda value: {entry["name"]: _schedule_entry(entry) for entry in value},
}
"""Fields that are compared entry by entry, each with the function that returns its entries."""


def window_shown(window: UpgradeWindow | Unset | None) -> Any:
    """Return an upgrade window in the form of a document.

    Args:
        window: The window; None for none, `UNSET` if it was not fetched.
    """
    if window is None or isinstance(window, Unset):
        return window
    return {"weekday": window.weekday, "start_hour_utc": window.start_hour_utc}
