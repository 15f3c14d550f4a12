"""Snapshots of instances: taken periodically, and kept for the retention of the resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.ids import new_id, now
from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import REGISTRY, timer
from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import (
    content_of_instance,
    part_of,
)
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import peek
from clickhouse_cloud_async.emulation.clock import DAY, HOUR, moment_at, timestamp
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.transitions import Transition

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

KEPT: Final = 100
"""Maximum number of stored snapshots of an instance."""

_TIMER: Final = "backup"


def _entered(place: Place, path: Path, state: str) -> None:
    if state == "COMPLETE":
        snapshot = place.world.store.document(path)
        snapshot |= {"progress": 100, "completeTime": timestamp(moment_at(place.world.elapsed))}


COPIES: StateMachine[Any] = StateMachine(
    REGISTRY,
    "snapshot",
    {"COPYING_SNAPSHOT": Transition("COMPLETE", 300.0)},
    field="status",
    entered=_entered,
)
"""Copies of snapshots to other regions."""


def begin(world: World, instance: JsonObject) -> None:
    """Start to take snapshots of an instance, if its resource has backups."""
    path = ("instances", instance["id"])
    if _configuration(world, instance) is not None and world.timers.due_at(path, _TIMER) is None:
        _back_up(Place(world), path)


def take(
    world: World, instance: JsonObject, *, region: str, kind: str = "AutomatedSnapshot"
) -> JsonObject:
    """Add a snapshot of an instance, which completes after a while."""
    configuration = _configuration(world, instance) or {}
    days = min(max(configuration.get("backupRetentionInDays", 7), 1), 3650)
    snapshot: JsonObject = {
        "snapshotId": new_id(world, "instance-ss-"),
        "status": "COMPLETE",
        "progress": 100,
        "createdTime": now(world),
        "completeTime": now(world),
        "encrypted": True,
        "region": region,
        "snapshotType": kind,
        "_instanceId": instance["id"],
        "_resourceId": instance["resourceID"],
        "_values": instance["result_params"],
    }
    path = ("snapshots", snapshot["snapshotId"])
    world.store.put(path, snapshot)
    world.timers.set(path, "snapshot ends", world.elapsed + days * DAY)
    own = instance.setdefault("_snapshots", [])
    own.append(snapshot["snapshotId"])
    for old in own[:-KEPT]:
        world.store.remove(("snapshots", old))
    del own[:-KEPT]
    return snapshot


def of_instance(world: World, instance: JsonObject) -> list[JsonObject]:
    """Return the snapshots of an instance, oldest first."""
    return [peek(world, "snapshots", key) for key in instance.get("_snapshots", ())]


def status(world: World, instance: JsonObject) -> JsonObject | None:
    """Return the backup status of an instance; None if its resource has no backups."""
    configuration = _configuration(world, instance)
    if configuration is None:
        return None
    names = ("backupPeriodInHours", "backupRetentionInDays")
    result = {name: configuration[name] for name in names}
    own = of_instance(world, instance)
    if own:
        result["earliestRestoreTime"] = own[0]["createdTime"]
        result["lastBackupTime"] = own[-1]["createdTime"]
    return result


@timer(_TIMER)
def _back_up(place: Place, path: Path) -> None:
    """Take a snapshot, and schedule the next one."""
    world = place.world
    instance = world.store.document(path)
    configuration = _configuration(world, instance)
    if configuration is not None:
        if instance["status"] == "RUNNING":
            take(world, instance, region=instance["region"])
        hours = min(max(configuration["backupPeriodInHours"], 1), 8760)
        world.timers.set(path, _TIMER, world.elapsed + hours * HOUR)


@timer("snapshot ends")
def _end(place: Place, path: Path) -> None:
    store = place.world.store
    instance = store.find(("instances", store.document(path)["_instanceId"]))
    if instance is not None:  # otherwise it was the last snapshot of one that is gone
        instance["_snapshots"].remove(path[-1])
    store.remove(path)


def _configuration(world: World, instance: JsonObject) -> JsonObject | None:
    content = content_of_instance(world, instance)
    resource = part_of(content, "resources", instance["resourceID"])
    found: JsonObject | None = resource.get("backupConfiguration")
    return found
