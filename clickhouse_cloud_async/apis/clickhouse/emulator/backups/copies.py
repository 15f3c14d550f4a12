"""Common parts of backups and snapshots, which are copies of a service's data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.clock import moment_at, timestamp
from clickhouse_cloud_async.emulation.randomness import random_uuid
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.state_machines import StateMachine
    from clickhouse_cloud_async.emulation.store import Collection, Path

COPIED = frozenset({"running", "idle", "degraded", "partially_running"})
"""States of a service in which copies are created."""


def may_begin(organization: Organization, path: Path) -> bool:
    """Return whether a copy can start: one at a time, of a service that is not stopped.

    A secondary service has no separate data.

    Args:
        organization: The organisation of the service.
        path: The service's collection of backups or snapshots.
    """
    service = organization.world.store.document(path[:-1])
    copies = organization.world.store.collection(path)
    unfinished = any("_finished" not in (copies.peek(copy_id) or {}) for copy_id in copies)
    return service["isPrimary"] and service["state"] in COPIED and not unfinished


_UNNAMED = frozenset({"iamRoleExternalId", "id"})
"""Properties of a bucket that its backups do not show."""


def begin(
    organization: Organization, path: Path, machine: StateMachine[Organization], kind: str
) -> None:
    """Start a copy, to the customer's bucket if the service has one.

    Args:
        organization: The organisation of the service.
        path: The service's collection of backups or snapshots.
        machine: The states of the copy.
        kind: ``full`` or ``incremental``.
    """
    copy = add(organization, path, organization.world.elapsed, kind)
    bucket = organization.world.store.find((*path[:-1], "backupBucket"))
    if bucket is not None:
        copy["bucket"] = {k: v for k, v in public(bucket).items() if k not in _UNNAMED}
    machine.enter(organization, (*path, copy["id"]), "in_progress")


def add(organization: Organization, path: Path, started: float, kind: str) -> JsonObject:
    """Append a copy to a collection.

    Args:
        organization: The organisation of the service.
        path: The service's collection of backups or snapshots.
        started: When the copy began, in emulated seconds.
        kind: ``full`` or ``incremental``.
    """
    moment = moment_at(started)
    copy_id = random_uuid(organization.world.draw(*path, f"{started:.3f}"))
    copy: JsonObject = {
        "id": copy_id,
        "status": "in_progress",
        "serviceId": path[-2],
        "startedAt": timestamp(moment),
        "type": kind,
        "backupName": f"{path[-1].removesuffix('s')}-{moment:%Y%m%d-%H%M%S}",
        "_started": started,
    }
    return organization.world.store.put((*path, copy_id), copy)


def finish(copy: JsonObject, moment: float) -> None:
    """Record the end of a copy, successful or not.

    Args:
        copy: A backup or snapshot.
        moment: The time, in emulated seconds.
    """
    copy["_finished"] = moment
    copy["finishedAt"] = timestamp(moment_at(moment))
    copy["durationInSeconds"] = int(moment - copy["_started"])


def newest(copies: Collection, *, besides: JsonObject | None = None) -> JsonObject | None:
    """The newest completed copy.

    Args:
        copies: The backups or snapshots of a service.
        besides: A copy to ignore.
    """
    for copy_id in reversed(list(copies)):
        copy = copies.peek(copy_id)
        if copy is not None and copy["status"] == "done" and copy is not besides:
            return copy
    return None


def shown(organization: Organization, copy: JsonObject) -> JsonObject:
    """A backup or snapshot as the API shows it; the duration of an unfinished one is until now."""
    if "_finished" in copy:
        return public(copy)
    return public(copy) | {"durationInSeconds": int(organization.world.elapsed - copy["_started"])}
