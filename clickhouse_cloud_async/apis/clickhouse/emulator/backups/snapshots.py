"""Snapshots: frequent full copies of a service's data, if they are enabled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.billing import metering
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import REGISTRY, on_create, timer
from clickhouse_cloud_async.emulation.problems import bad_request
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.transitions import Transition

from .copies import begin, finish, may_begin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

DEFAULTS: Mapping[str, object] = {"enabled": False, "gap": 30, "timeFrame": 1440}
"""The default configuration of a service."""

PAIRS = ((30, 1440), (60, 2880))
"""Minutes between two snapshots, and minutes for which each is kept."""

_DUE = "service.snapshot"


def configuration(organization: Organization, service_path: Path) -> JsonObject:
    """The snapshot configuration of a service."""
    return organization.world.store.document((*service_path, "snapshotConfiguration"))


def configure(organization: Organization, service_path: Path, changes: JsonObject) -> JsonObject:
    """Change whether and when snapshots are created.

    Args:
        organization: The organisation of the service.
        service_path: The path of the service.
        changes: The changes.

    Returns:
        The configuration.

    Raises:
        Problem: 400 for an invalid pair of times.
    """
    facts = configuration(organization, service_path)
    wanted = facts | changes
    if wanted["enabled"] and (wanted["gap"], wanted["timeFrame"]) not in PAIRS:
        pairs = " or ".join(f"{gap} and {time_frame}" for gap, time_frame in PAIRS)
        raise bad_request(f"gap: with timeFrame must be {pairs}")
    facts.update(wanted)
    if facts["enabled"]:
        due = organization.world.elapsed + facts["gap"] * 60
        organization.world.timers.set(service_path, _DUE, due)
    return facts


@timer(_DUE)
def _begin(organization: Organization, service_path: Path) -> None:
    """Delete old snapshots and create the next one, until snapshots are off and none is left."""
    facts, path = configuration(organization, service_path), (*service_path, "snapshots")
    snapshots = organization.world.store.collection(path)
    kept_from = organization.world.elapsed - facts["timeFrame"] * 60
    for snapshot_id, snapshot in list(snapshots.items()):
        if snapshot.get("_finished", organization.world.elapsed) <= kept_from:
            del snapshots[snapshot_id]
    if facts["enabled"] and may_begin(organization, path):
        begin(organization, path, STATES, "full")
    if facts["enabled"] or snapshots:
        due = organization.world.elapsed + facts["gap"] * 60
        organization.world.timers.set(service_path, _DUE, due)


def _entered(organization: Organization, path: Path, state: str) -> None:
    if state in {"in_progress", "throttled"}:
        return
    snapshot = organization.world.store.document(path)
    finish(snapshot, organization.world.elapsed)
    if state == "done":
        started = snapshot["_started"]
        snapshot["sizeInBytes"] = metering.data_bytes(organization, path[-3], started)


STATES = StateMachine(
    REGISTRY,
    "snapshot",
    {"in_progress": Transition("done", 20.0), "throttled": Transition("in_progress", 60.0)},
    field="status",
    entered=_entered,
)


@on_create("service")
def _start(organization: Organization, service_path: Path) -> None:
    """Turn snapshots off for a new service."""
    organization.world.store.put((*service_path, "snapshotConfiguration"), dict(DEFAULTS))
