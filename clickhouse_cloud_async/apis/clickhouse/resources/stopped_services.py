"""Stopped services that are started for changes of their resources, and stopped again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.desired.diff import FieldChange
from clickhouse_cloud_async.desired.kind_plan import KindPlan
from clickhouse_cloud_async.desired.names import UnresolvedError
from clickhouse_cloud_async.desired.plan import PlanAction

from .in_service import DOWN
from .plan import ServicePlan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.desired.handler import Context
    from clickhouse_cloud_async.desired.plan import ResourcePlan
    from clickhouse_cloud_async.desired.wanted import Wanted

    from .fields import ActualState

_LEFT = frozenset({PlanAction.REFUSED, PlanAction.REMOVE})


def with_starts(
    items: Sequence[ResourcePlan],
    context: Context,
    described: Mapping[tuple[str, str], Wanted],
    every: Sequence[ActualState],
) -> list[ResourcePlan]:
    """Return the plan, with the starts and stops of services that it needs.

    A service that is to run is started anyway. One that is stopped and stays so is up only until
    all that lives in it is as described.

    Args:
        items: What has to happen to the resources of all kinds.
        context: What all kinds share.
        described: The services that are described, by organisation and name.
        every: The services that there are.
    """
    stopped = {each.found.service.id: each for each in every if each.state in DOWN}
    plans = {item.resource_id: item for item in items if isinstance(item, ServicePlan)}
    started: dict[str, ServicePlan] = {}
    result: list[ResourcePlan] = []
    for item in items:
        actual = _service_of(item, context, stopped)
        if actual is None or not isinstance(item, KindPlan):
            result.append(item)
            continue
        service = actual.found.service
        wanted, plan = described.get((item.organization_id, service.name)), plans.get(service.id)
        obstacle = _obstacle(item, service.name, wanted, wake=context.options.wake)
        if wanted is None or obstacle is not None:
            refused = PlanAction.REFUSED
            result.append(attrs.evolve(item, action=refused, reason=obstacle, changes=()))
            continue
        result.append(item)
        is_left = plan is not None and plan.action in _LEFT
        if not is_left and wanted.fields.get("state") != "running":
            started[service.id] = _started(plan, wanted, actual)
    result = [started.pop(f"{item.resource_id}", item) for item in result]
    return [*result, *started.values()]


def _service_of(
    item: ResourcePlan, context: Context, stopped: Mapping[str, ActualState]
) -> ActualState | None:
    """Return the stopped service that has to run for an item; None if none has to."""
    needs_it = isinstance(item, KindPlan) and item.definition.needs_parent_up
    if not needs_it or item.action in _LEFT or item.parent is None:
        return None
    try:
        service = context.names.find("services", item.organization_id, item.parent)
    except UnresolvedError:
        return None
    return None if service is None else stopped.get(service.id)


def _obstacle(item: KindPlan, name: str, wanted: Wanted | None, *, wake: bool) -> str | None:
    """Return why a stopped service is not started for an item; None where it is."""
    if wanted is None:
        return f"service {name!r} is stopped, and nothing describes it: start it first"
    is_asked = item.is_unseen and wanted.fields.get("state") != "running"
    if is_asked and not wake:
        return (
            f"service {name!r} is stopped, and a look takes its start; where waking is allowed, it"
            " is started and stopped again"
        )
    return None


def _started(plan: ServicePlan | None, wanted: Wanted, actual: ActualState) -> ServicePlan:
    service = actual.found.service
    known = plan or ServicePlan(
        action=PlanAction.CHANGE,
        name=service.name,
        organization_id=actual.found.organization_id,
        resource_id=service.id,
        state=actual.state,
        wanted=wanted.fields,
        actual=actual,
        references=tuple(wanted.references()),
    )
    other = (change for change in known.changes if change.field != "state")
    up = FieldChange("state", None, actual.state, "running")
    down = FieldChange("state", None, "running", "stopped")
    return attrs.evolve(known, changes=(*other, up, down), is_up_meanwhile=True)
