"""The baseline scaling of a service, outside of its schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject

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
"""Every property that determines the size of a service."""

IDLING = ("idleScaling", "idleTimeoutMinutes")

_REPLICAS_IN_TOTAL = 3
"""The deprecated total memory is that of three replicas, regardless of their number."""


def rescale(facts: JsonObject, changes: JsonObject) -> None:
    """Change the scaling of a service; omitted properties do not change.

    Args:
        facts: The service's properties; changed in place.
        changes: Scaling properties of the request.

    Raises:
        Problem: 400 if the properties contradict each other; nothing is changed then.
    """
    asked = _with_replica_memory(changes)
    wanted = facts | asked
    mode = wanted["autoscalingMode"]
    low, high = wanted["minReplicaMemoryGb"], wanted["maxReplicaMemoryGb"]
    if low > high:
        raise bad_request(f"minReplicaMemoryGb: {low} is more than maxReplicaMemoryGb {high}")
    replicas = _replicas(mode, facts, asked)
    sizes = {"minReplicaMemoryGb": low, "maxReplicaMemoryGb": high, **replicas}
    if mode == "vertical":
        sizes["minTotalMemoryGb"] = low * _REPLICAS_IN_TOTAL
        sizes["maxTotalMemoryGb"] = high * _REPLICAS_IN_TOTAL
    else:
        _check_horizontal(changes, low, high)
        sizes["replicaMemoryGb"] = high
    for name in SIZES:
        facts.pop(name, None)
    facts.update(sizes, autoscalingMode=mode)
    facts.update({name: asked[name] for name in IDLING if name in asked})


def baseline(facts: JsonObject) -> JsonObject:
    """Return the baseline scaling of a service."""
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


def _with_replica_memory(changes: JsonObject) -> JsonObject:
    """Return the changes with the deprecated total memory converted to memory per replica."""
    asked = dict(changes)
    for bound in ("min", "max"):
        total = asked.pop(f"{bound}TotalMemoryGb", None)
        if total is not None:
            asked.setdefault(f"{bound}ReplicaMemoryGb", total // _REPLICAS_IN_TOTAL)
    return asked


def _check_horizontal(changes: JsonObject, low: float, high: float) -> None:
    for name in ("minTotalMemoryGb", "maxTotalMemoryGb"):
        if name in changes:
            raise bad_request(f"{name}: horizontal scaling takes the memory of a replica")
    if low != high:
        raise bad_request(
            "minReplicaMemoryGb: must equal maxReplicaMemoryGb for horizontal scaling"
        )


def asked_replicas(mode: str, asked: JsonObject) -> dict[str, int]:
    """Return the range of replicas in a request; empty if it has none.

    Args:
        mode: The scaling mode; vertical scaling has a fixed number.
        asked: The request.

    Raises:
        Problem: 400 if the request contradicts itself.
    """
    low, high = asked.get("minReplicas"), asked.get("maxReplicas")
    if "numReplicas" in asked:
        if low is not None or high is not None:
            raise bad_request("numReplicas: excludes minReplicas and maxReplicas")
        if mode == "horizontal":
            raise bad_request("numReplicas: horizontal scaling takes minReplicas and maxReplicas")
        low = high = asked["numReplicas"]
    if low is None and high is None:
        return {}
    if low is None or high is None:
        missing = "minReplicas" if low is None else "maxReplicas"
        raise bad_request(f"{missing}: minReplicas and maxReplicas come together")
    if low > high:
        raise bad_request(f"minReplicas: {low} is more than maxReplicas {high}")
    if mode == "vertical" and low != high:
        raise bad_request("minReplicas: vertical scaling has a fixed number of replicas")
    return {"minReplicas": low, "maxReplicas": high}


def _replicas(mode: str, facts: JsonObject, asked: JsonObject) -> dict[str, int]:
    """Return the replica properties of a service in a mode."""
    stored = baseline(facts)
    bounds = ("minReplicas", "maxReplicas")
    wanted = asked_replicas(mode, asked) or {name: stored[name] for name in bounds}
    return wanted if mode == "horizontal" else {"numReplicas": wanted["minReplicas"]}
