"""How a service scales: its baseline, and what a schedule makes of it for some hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.emulator.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from clickhouse_cloud_async.emulator.json_values import JsonObject

SIZES = (
    "numReplicas",
    "minReplicas",
    "maxReplicas",
    "minReplicaMemoryGb",
    "maxReplicaMemoryGb",
    "replicaMemoryGb",
    "minTotalMemoryGb",
    "maxTotalMemoryGb",
)
"""Every property that says how large a service is."""

IDLING = ("idleScaling", "idleTimeoutMinutes")

_REPLICAS_IN_TOTAL = 3
"""The deprecated total memory is that of three replicas, however many there are."""


def rescale(facts: JsonObject, changes: JsonObject) -> None:
    """Change how a service scales; what is not mentioned stays.

    Args:
        facts: The service's properties; changed in place.
        changes: Scaling properties as a request has them.

    Raises:
        Problem: 400 where the properties contradict each other; nothing is changed then.
    """
    asked = _with_replica_memory(changes)
    wanted = facts | asked
    mode = wanted["autoscalingMode"]
    low, high = wanted["minReplicaMemoryGb"], wanted["maxReplicaMemoryGb"]
    if low > high:
        raise bad_request(f"minReplicaMemoryGb {low} is more than maxReplicaMemoryGb {high}")
    replicas = _replicas(mode, facts, asked)
    sizes = {"minReplicaMemoryGb": low, "maxReplicaMemoryGb": high, **replicas}
    if mode == "vertical":
        sizes["minTotalMemoryGb"] = low * _REPLICAS_IN_TOTAL
        sizes["maxTotalMemoryGb"] = high * _REPLICAS_IN_TOTAL
    elif low != high:
        raise bad_request("horizontal scaling needs minReplicaMemoryGb equal to maxReplicaMemoryGb")
    else:
        sizes["replicaMemoryGb"] = high
    for name in SIZES:
        facts.pop(name, None)
    facts.update(sizes, autoscalingMode=mode)
    facts.update({name: asked[name] for name in IDLING if name in asked})


def baseline(facts: JsonObject) -> JsonObject:
    """The scaling of a service outside of any schedule."""
    fixed = facts.get("numReplicas")
    return {
        "autoscalingMode": facts["autoscalingMode"],
        "minReplicaMemoryGb": facts["minReplicaMemoryGb"],
        "maxReplicaMemoryGb": facts["maxReplicaMemoryGb"],
        "minReplicas": facts.get("minReplicas", fixed),
        "maxReplicas": facts.get("maxReplicas", fixed),
        "idleScaling": facts["idleScaling"],
        "idleTimeoutMinutes": int(facts["idleTimeoutMinutes"]),
    }


def current_scaling(facts: JsonObject, entries: Sequence[JsonObject], now: datetime) -> JsonObject:
    """The scaling that a service runs with now.

    Args:
        facts: The service's properties.
        entries: Its schedule.
        now: Emulated moment.
    """
    scaling = baseline(facts)
    active = next((entry for entry in entries if is_active(entry, now)), None)
    if active is not None:
        scaling |= {name: active[name] for name in scaling if name in active}
    effective = {f"effective{name[0].upper()}{name[1:]}": value for name, value in scaling.items()}
    return effective if active is None else effective | {"activeEntryId": active["id"]}


def is_active(entry: JsonObject, now: datetime) -> bool:
    """Whether a moment lies in the hours of a schedule entry."""
    today = now.isoweekday() % 7
    begin, end, days = entry["startHourUtc"], entry["endHourUtc"], entry["weekdays"]
    if begin < end:
        return today in days and begin <= now.hour < end
    yesterday = (today - 1) % 7
    return (today in days and now.hour >= begin) or (yesterday in days and now.hour < end)


def schedule_entry(facts: JsonObject, asked: JsonObject, entry_id: str) -> JsonObject:
    """Make a schedule entry out of a request.

    Args:
        facts: The service's properties.
        asked: The entry as it was asked for.
        entry_id: Id of the new entry.

    Raises:
        Problem: 400 where the entry contradicts itself.
    """
    name = asked["name"]
    if asked["startHourUtc"] == asked["endHourUtc"]:
        raise bad_request(f"entry {name}: endHourUtc must not equal startHourUtc")
    if not set(asked["weekdays"]) <= set(range(7)):
        raise bad_request(f"entry {name}: weekdays go from 0 to 6")
    mode = asked.get("autoscalingMode", facts["autoscalingMode"])
    memory: list[Any] = [asked.get("minReplicaMemoryGb"), asked.get("maxReplicaMemoryGb")]
    if memory.count(None) == 1:
        raise bad_request(f"entry {name}: minReplicaMemoryGb and maxReplicaMemoryGb come together")
    replicas = _asked_replicas(asked)
    if mode == "horizontal":
        if None in memory or memory[0] != memory[1]:
            raise bad_request(f"entry {name}: horizontal scaling needs equal memory bounds")
        if not replicas:
            raise bad_request(f"entry {name}: horizontal scaling needs minReplicas and maxReplicas")
    elif None not in memory and memory[0] > memory[1]:
        raise bad_request(f"entry {name}: minReplicaMemoryGb is more than maxReplicaMemoryGb")
    kept = {key: value for key, value in asked.items() if key != "numReplicas"}
    return {"id": entry_id, **kept, **replicas, "autoscalingMode": mode}


def _with_replica_memory(changes: JsonObject) -> JsonObject:
    """The changes with the deprecated total memory told per replica."""
    asked = dict(changes)
    for bound in ("min", "max"):
        total = asked.pop(f"{bound}TotalMemoryGb", None)
        if total is not None:
            asked.setdefault(f"{bound}ReplicaMemoryGb", total / _REPLICAS_IN_TOTAL)
    return asked


def _asked_replicas(asked: JsonObject) -> dict[str, int]:
    """The replica range that a request asks for; empty where it asks for none."""
    low, high = asked.get("minReplicas"), asked.get("maxReplicas")
    if "numReplicas" in asked:
        if low is not None or high is not None:
            raise bad_request("numReplicas excludes minReplicas and maxReplicas")
        low = high = asked["numReplicas"]
    if low is None and high is None:
        return {}
    if low is None or high is None:
        raise bad_request("minReplicas and maxReplicas come together")
    if low > high:
        raise bad_request(f"minReplicas {low} is more than maxReplicas {high}")
    return {"minReplicas": low, "maxReplicas": high}


def _replicas(mode: str, facts: JsonObject, asked: JsonObject) -> dict[str, int]:
    """The replica properties that a service has in a mode."""
    if mode == "horizontal" and "numReplicas" in asked:
        raise bad_request("horizontal scaling takes minReplicas and maxReplicas, not numReplicas")
    stored = baseline(facts)
    wanted = _asked_replicas(asked) or {
        name: stored[name] for name in ("minReplicas", "maxReplicas")
    }
    if mode == "horizontal":
        return wanted
    if "minReplicas" in asked and wanted["minReplicas"] != wanted["maxReplicas"]:
        raise bad_request("vertical scaling has a fixed number of replicas")
    return {"numReplicas": wanted["minReplicas"]}
