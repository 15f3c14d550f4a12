"""Scaling schedules: the scaling of a service during some hours of the week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.emulator.plans import HORIZONTAL, plan_of
from clickhouse_cloud_async.emulation.problems import bad_request

from .scaling import asked_replicas, baseline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_DAYS = range(7)
_LEAST_IDLE_TIMEOUT = 5


def entries(organization: Organization, service: JsonObject) -> list[JsonObject]:
    """Return the schedule of a service; empty if it has none."""
    path = (*organization.path, "services", service["id"], "scalingSchedule")
    schedule = organization.world.store.peek(path)
    return [] if schedule is None else schedule["entries"]


def current_scaling(organization: Organization, service: JsonObject) -> JsonObject:
    """Return the current scaling of a service, as the API shows it."""
    scaling = baseline(service)
    active = next(_active(organization, service), None)
    if active is not None:
        scaling |= {name: active[name] for name in scaling if name in active}
    effective = {f"effective{name[0].upper()}{name[1:]}": value for name, value in scaling.items()}
    return effective if active is None else effective | {"activeEntryId": active["id"]}


def shown(organization: Organization, service: JsonObject) -> JsonObject:
    """Return the schedule of a service as the API shows it."""
    active = [entry["id"] for entry in _active(organization, service)]
    listed = [
        entry | {"isActiveNow": entry["id"] in active} for entry in entries(organization, service)
    ]
    schedule: JsonObject = {"entries": listed, "baseConfig": baseline(service)}
    return schedule | {"activeEntryId": active[0]} if active else schedule


def entry_of(facts: JsonObject, asked: JsonObject, entry_id: str) -> JsonObject:
    """Return a schedule entry from a request.

    Args:
        facts: The service's properties.
        asked: The entry in the request.
        entry_id: Id of the new entry.

    Raises:
        Problem: 400 if the entry contradicts itself; the message names the field.
    """
    _check_hours(asked)
    if asked.get("idleTimeoutMinutes", _LEAST_IDLE_TIMEOUT) < _LEAST_IDLE_TIMEOUT:
        raise bad_request(f"idleTimeoutMinutes: must be at least {_LEAST_IDLE_TIMEOUT}")
    mode: str = asked.get("autoscalingMode") or facts["autoscalingMode"]
    replicas = asked_replicas(mode, asked)
    _check_memory(mode, asked)
    if mode == "horizontal" and not replicas:
        raise bad_request("minReplicas: is required with maxReplicas for horizontal scaling")
    kept = {key: value for key, value in asked.items() if key != "numReplicas"}
    return {"id": entry_id, **kept, **replicas, "autoscalingMode": mode}


def _check_hours(asked: JsonObject) -> None:
    if asked["startHourUtc"] == asked["endHourUtc"]:
        raise bad_request("endHourUtc: must not equal startHourUtc")
    if not set(asked["weekdays"]) <= set(_DAYS):
        raise bad_request("weekdays: must be from 0 to 6")


def _check_memory(mode: str, asked: JsonObject) -> None:
    low: Any = asked.get("minReplicaMemoryGb")
    high: Any = asked.get("maxReplicaMemoryGb")
    if (low is None) != (high is None):
        raise bad_request("minReplicaMemoryGb: comes together with maxReplicaMemoryGb")
    if mode == "horizontal" and (low is None or low != high):
        raise bad_request("minReplicaMemoryGb: must equal maxReplicaMemoryGb")
    if low is not None and low > high:
        raise bad_request(f"minReplicaMemoryGb: {low} is more than maxReplicaMemoryGb {high}")


def _active(organization: Organization, service: JsonObject) -> Iterator[JsonObject]:
    """Return the entry in force, if any; limits of the plan are checked only here."""
    plan, now = plan_of(organization), organization.now
    for entry in entries(organization, service):
        allowed = (
            entry["autoscalingMode"] == "vertical" or HORIZONTAL in plan.features
        ) and entry.get("maxReplicaMemoryGb", 0) <= plan.replica_memory
        if allowed and _is_in_hours(entry, now):
            yield entry
            return


def _is_in_hours(entry: JsonObject, now: datetime) -> bool:
    today = now.isoweekday() % 7
    begin, end, days = entry["startHourUtc"], entry["endHourUtc"], entry["weekdays"]
    if begin < end:
        return today in days and begin <= now.hour < end
    yesterday = (today - 1) % 7
    return (today in days and now.hour >= begin) or (yesterday in days and now.hour < end)
