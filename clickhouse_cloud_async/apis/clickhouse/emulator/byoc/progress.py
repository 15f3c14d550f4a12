"""Progress of the set-up of infrastructure: stages with sub-stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.byoc.infrastructure import PROVISIONING_SECONDS
from clickhouse_cloud_async.emulation.clock import moment_at, timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_STAGES: Mapping[str, tuple[str, ...]] = {
    "network": ("vpc", "subnets", "routing"),
    "cluster": ("control plane", "node groups"),
    "ingress": ("load balancers", "certificates"),
}
"""The stages in order, with their sub-stages. The names are invented."""

_STEPS = [(stage, step) for stage, steps in _STAGES.items() for step in steps]


def progress(organization: Organization, configuration: JsonObject) -> JsonObject:
    """The stages of the set-up, each with its status.

    Args:
        organization: The organisation of the infrastructure.
        configuration: The infrastructure.
    """
    began, _ = configuration["_history"][0]
    done = _steps_done(organization, configuration, began)
    step_seconds = PROVISIONING_SECONDS / len(_STEPS)
    failed = configuration["state"] == "infra-degraded"
    steps: dict[str, list[JsonObject]] = {stage: [] for stage in _STAGES}
    for number, (stage, name) in enumerate(_STEPS):
        step: JsonObject = {"name": name, "status": _status(number, done, failed=failed)}
        if number <= done:
            step["updatedAt"] = timestamp(moment_at(began + number * step_seconds))
        steps[stage].append(step)
    stages = [_whole({"name": stage, "subStages": steps[stage]}) for stage in _STAGES]
    whole = _whole({"id": configuration["id"], "subStages": stages})
    whole["stages"] = whole.pop("subStages")
    return whole


def _steps_done(organization: Organization, configuration: JsonObject, began: float) -> int:
    """Return the number of completed steps; a failure prevents the last one."""
    if configuration["state"] == "infra-degraded":
        return len(_STEPS) - 1
    if configuration["state"] != "infra-provisioning":
        return len(_STEPS)
    passed = (organization.world.elapsed - began) / PROVISIONING_SECONDS
    return min(int(passed * len(_STEPS)), len(_STEPS) - 1)


def _status(number: int, done: int, *, failed: bool) -> str:
    if number < done:
        return "ready"
    if number > done:
        return "not_started"
    return "failed" if failed else "in_progress"


def _whole(stage: JsonObject) -> JsonObject:
    """Return a stage with the status and time of change that its sub-stages determine."""
    statuses = {step["status"] for step in stage["subStages"]}
    status = statuses.pop() if len(statuses) == 1 else "in_progress"
    changes = [step["updatedAt"] for step in stage["subStages"] if "updatedAt" in step]
    latest = {"updatedAt": max(changes)} if changes else {}
    return stage | {"status": "failed" if "failed" in statuses else status} | latest
