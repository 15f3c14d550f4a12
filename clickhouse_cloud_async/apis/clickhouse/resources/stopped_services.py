"""Services that have to run for changes of their resources.

Stopped ones are started and stopped again; idle ones are woken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
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
"""Actions on a service that leave it as it is, or end it."""

_ASLEEP = DOWN | LIFECYCLE.dormant


def with_starts(
    items: Sequence[ResourcePlan],
    context: Context,
    described: Mapping[tuple[str, str], Wanted],
    every: Sequence[ActualState],
) -> list[ResourcePlan]:
    """Return the plan, with the starts and stops of services that it needs.

    A service that is described as running is started in any case. One that is to stay stopped
    runs only until its children are as described. An idle one wakes up at the first request.

    Args:
        items: The plans of the resources of all kinds.
        context: The state that all kinds share.
        described: The described services, by organisation and name.
        every: The existing services.
    """
    asleep = {each.found.service.id: each for each in every if each.state in _ASLEEP}
    plans = {item.resource_id: item for item in items if isinstance(item, ServicePlan)}
    started: dict[str, ServicePlan] = {}
    result: list[ResourcePlan] = []
    for item in items:
        actual = _service_of(item, context, asleep)
        if actual is None or not isinstance(item, KindPlan):
            result.append(item)
            continue
        service = actual.found.service
        if actual.state not in DOWN:
            woken = f"service {service.name!r} is idle, and is woken for it"
            result.append(attrs.evolve(item, reason=item.reason or woken))
            continue
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
    item: ResourcePlan, context: Context, asleep: Mapping[str, ActualState]
) -> ActualState | None:
    """Return the service that has to run for an item, and does not; None if there is none."""
    if not isinstance(item, KindPlan) or item.parent is None:
        return None
    # What is seen while its service is at rest goes without it, too.
    is_left = item.action in _LEFT and not item.is_unseen
    if is_left or not item.definition.needs_parent_up:
        return None
    try:
        service = context.names.find("services", item.organization_id, item.parent)
    except UnresolvedError:
        return None
    if service is None or (
        service.item.state in LIFECYCLE.dormant and item.definition.would_wake(service)
    ):
        return None  # the look has woken it
    return asleep.get(service.id)


def _obstacle(item: KindPlan, name: str, wanted: Wanted | None, *, wake: bool) -> str | None:
    """Return why a stopped service is not started for an item; None if it is."""
    if wanted is None:
        return f"service {name!r} is stopped, and nothing describes it: start it first"
    is_asked = item.is_unseen and wanted.fields.get("state") != "running"
    if is_asked and not wake:
        return (
            f"service {name!r} is stopped, and has to run to show what is in it; with `wake`, it is"
            " started for that, and stopped again"
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
