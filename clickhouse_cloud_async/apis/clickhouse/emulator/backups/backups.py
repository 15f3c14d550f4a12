"""Backups: their schedule, their content and their retention."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator import data
from clickhouse_cloud_async.apis.clickhouse.emulator.billing import metering, series
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import REGISTRY, on_create, timer
from clickhouse_cloud_async.emulation.clock import DAY, HOUR, START
from clickhouse_cloud_async.emulation.json_values import without_nulls
from clickhouse_cloud_async.emulation.problems import bad_request
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.transitions import Transition

from .copies import add, begin, finish, may_begin, newest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Collection, Path

PERIOD: Final = "backupPeriodInHours"
RETENTION: Final = "backupRetentionPeriodInHours"
START_TIME: Final = "backupStartTime"

DEFAULTS: Mapping[str, object] = {PERIOD: 24, RETENTION: 48}
"""The default configuration of a service, without a start time."""

FULL_EVERY = 7
"""Interval of full backups; the backups between them are incremental."""

_DAY_HOURS = 24
_LIVE_PERIODS = (24, 48)
"""Periods that the live API allows together with a start time."""

_DURATION = 180.0
_DUE = "service.backup"
_EXPIRY = "service.backup_expiry"


def configuration(organization: Organization, service_path: Path) -> JsonObject:
    """The backup configuration of a service."""
    return organization.world.store.document((*service_path, "backupConfiguration"))


def backups(organization: Organization, service_path: Path) -> Collection:
    """The backups of a service, oldest first."""
    return organization.world.store.collection((*service_path, "backups"))


def find(organization: Organization, backup_id: str) -> tuple[JsonObject, JsonObject] | None:
    """The service of a backup, and the backup; None if there is no such backup."""
    services = organization.collection("services")
    for service_id in services:
        backup = organization.collection("services", service_id, "backups").peek(backup_id)
        if backup is not None:
            return services[service_id], backup
    return None


def restore(organization: Organization, service_id: str, backup_id: str) -> None:
    """Create a new service from the data of an existing backup."""
    found = find(organization, backup_id)
    assert found is not None
    source, backup = found
    data.restore(organization.world, (*organization.path, "services", service_id), backup)
    size = metering.data_bytes(organization, source["id"], backup["_started"])
    series.put(
        metering.usages(organization)[service_id]["restored"], organization.world.elapsed, size
    )


def configure(organization: Organization, service_path: Path, changes: JsonObject) -> JsonObject:
    """Change the schedule and the retention of backups.

    Args:
        organization: The organisation of the service.
        service_path: The path of the service.
        changes: The changes; null resets a property to its default.

    Returns:
        The configuration.

    Raises:
        Problem: 400 for an invalid value, or a new period together with an old start time.
    """
    facts = configuration(organization, service_path)
    asked = without_nulls(changes)
    is_live = organization.world.is_live
    _check(asked, is_live=is_live)
    wanted = {name: value for name, value in facts.items() if name not in changes}
    wanted = {**DEFAULTS, **wanted, **asked}
    if START_TIME in asked and not is_live:
        wanted[PERIOD] = _DAY_HOURS
    periods = _LIVE_PERIODS if is_live else (_DAY_HOURS,)
    if START_TIME in wanted and wanted[PERIOD] not in periods:
        allowed = " or ".join(map(str, periods))
        raise bad_request(f"{PERIOD}: must be {allowed} beside a {START_TIME}")
    facts.clear()
    facts.update(wanted)
    _schedule(organization, service_path)
    _watch_expiry(organization, service_path)
    return facts


def _check(changes: JsonObject, *, is_live: bool) -> None:
    if changes.get(PERIOD, 1) < 1:
        raise bad_request(f"{PERIOD}: must be at least 1")
    minutes = "00" if is_live else r"[0-5]\d"
    if not re.fullmatch(rf"([01]\d|2[0-3]):{minutes}", changes.get(START_TIME, "00:00")):
        example = "a full hour such as 02:00" if is_live else "a time of day such as 02:30"
        raise bad_request(f"{START_TIME}: must be {example}")


def _schedule(organization: Organization, service_path: Path) -> None:
    """Set the time of the next backup."""
    facts, now = configuration(organization, service_path), organization.world.elapsed
    if START_TIME in facts:
        hours, minutes = map(int, facts[START_TIME].split(":"))
        # Whole seconds, so that rounding cannot move a start time that is now by a day.
        since_midnight = round(now) + START.hour * HOUR
        due = now + ((hours * HOUR + minutes * 60 - since_midnight) % DAY or DAY)
        if due <= facts["_last"] + facts[PERIOD] * HOUR - DAY:
            due += DAY
    else:
        due = max(now, facts["_last"] + facts[PERIOD] * HOUR)
    organization.world.timers.set(service_path, _DUE, due)


@timer(_DUE)
def _begin(organization: Organization, service_path: Path) -> None:
    facts = configuration(organization, service_path)
    facts["_last"] = organization.world.elapsed
    path = (*service_path, "backups")
    if may_begin(organization, path):
        begin(organization, path, STATES, _kind(organization, service_path))
        facts["_made"] += 1
    _schedule(organization, service_path)


def _kind(organization: Organization, service_path: Path) -> str:
    """Return the type of the next backup; the first one is full."""
    count = configuration(organization, service_path)["_made"]
    base = newest(backups(organization, service_path))
    return "full" if count % FULL_EVERY == 0 or base is None else "incremental"


def _entered(organization: Organization, path: Path, state: str) -> None:
    if state == "in_progress":
        return
    service_path, backup = path[:-2], organization.world.store.document(path)
    finish(backup, organization.world.elapsed)
    if state == "done":
        _measure(organization, service_path, backup)
    else:
        # It may have been recorded as done before copying its data failed.
        backup.pop("sizeInBytes", None)
    _note_stored(organization, service_path, organization.world.elapsed)
    _watch_expiry(organization, service_path)


STATES = StateMachine(
    REGISTRY,
    "backup",
    {"in_progress": Transition("done", _DURATION)},
    field="status",
    entered=_entered,
)


def _measure(organization: Organization, service_path: Path, backup: JsonObject) -> None:
    """Set the size of a backup."""
    size = metering.data_bytes(organization, service_path[-1], backup["_started"])
    base = newest(backups(organization, service_path), besides=backup)
    if backup["type"] == "incremental" and base is not None:
        size -= metering.data_bytes(organization, service_path[-1], base["_started"])
    backup["sizeInBytes"] = max(size, 0)  # there may be less data than before


def _note_stored(organization: Organization, service_path: Path, moment: float) -> None:
    """Record the billed bytes of backups from a time on; a customer's bucket is free."""
    made = backups(organization, service_path)
    stored = sum(
        backup.get("sizeInBytes", 0)
        for backup_id in made
        if (backup := made.peek(backup_id)) is not None and "bucket" not in backup
    )
    series.put(metering.usages(organization)[service_path[-1]]["backups"], moment, stored)


def _watch_expiry(organization: Organization, service_path: Path) -> None:
    """Set the time at which the next backup expires."""
    expiring = _expiring(organization, service_path)
    if expiring:
        organization.world.timers.set(service_path, _EXPIRY, expiring[0][0])
    else:
        organization.world.timers.cancel(service_path, _EXPIRY)


@timer(_EXPIRY)
def _expire(organization: Organization, service_path: Path) -> None:
    for due, backup_id in _expiring(organization, service_path):
        if due <= organization.world.elapsed:
            del backups(organization, service_path)[backup_id]
    _note_stored(organization, service_path, organization.world.elapsed)
    _watch_expiry(organization, service_path)


def _expiring(organization: Organization, service_path: Path) -> list[tuple[float, str]]:
    """Return the expiry of backups, in order; the newest complete one does not expire."""
    made = backups(organization, service_path)
    kept = newest(made)
    retention = configuration(organization, service_path)[RETENTION] * HOUR
    return sorted(
        (backup["_finished"] + retention, backup_id)
        for backup_id in made
        if (backup := made.peek(backup_id)) is not None
        and backup is not kept
        and "_finished" in backup
    )


@on_create("service")
def _start(organization: Organization, service_path: Path) -> None:
    """Add the configuration of a service, and the backups from before emulated time began."""
    running = metering.usages(organization)[service_path[-1]]["running"]
    created = min([organization.world.elapsed, *(moment for moment, _ in running)])
    facts: JsonObject = {**DEFAULTS, "_last": created, "_made": 0}
    organization.world.store.put((*service_path, "backupConfiguration"), facts)
    if organization.world.store.document(service_path)["isPrimary"]:
        _add_earlier(organization, service_path, facts)
    _schedule(organization, service_path)
    _watch_expiry(organization, service_path)


def _add_earlier(organization: Organization, service_path: Path, facts: JsonObject) -> None:
    """Add the backups that existed when emulated time began."""
    period, retention = facts[PERIOD] * HOUR, facts[RETENTION] * HOUR
    created = facts["_last"]
    passed = int((organization.world.elapsed - _DURATION - created) // period)
    for number in range(max(1, passed - int(retention // period) + 1), passed + 1):
        started = created + number * period
        kind = _kind(organization, service_path)
        backup = add(organization, (*service_path, "backups"), started, kind)
        finish(backup, started + _DURATION)
        _measure(organization, service_path, backup)
        backup["status"] = "done"
        _note_stored(organization, service_path, started + _DURATION)
        facts |= {"_last": started, "_made": facts["_made"] + 1}
