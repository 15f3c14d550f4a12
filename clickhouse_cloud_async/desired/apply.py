"""Applies the items of a plan that are still valid."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.codec import json_bytes
from clickhouse_cloud_async.fleet.concurrency import run_all
from clickhouse_cloud_async.fleet.report import OutcomeStatus
from clickhouse_cloud_async.fleet.states import NOT_THERE
from clickhouse_cloud_async.fleet.steps import Action

from .gate import Gate
from .order import dependencies, links
from .outcome import ResourceOutcome
from .plan import PlanAction
from .resource import Phase

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from clickhouse_cloud_async.fleet.report import Outcome
    from clickhouse_cloud_async.fleet.run import Run

    from .comparing import Comparing
    from .diff import FieldChange
    from .plan import Plan, ResourcePlan

APPLY = Action(name="apply", steps=())

Allowed = bool | frozenset[str]
"""Whether resources are deleted, or the kinds of those that are."""


async def apply(plan: Plan, comparing: Comparing, run: Run, *, allow_delete: Allowed) -> None:
    """Apply the items of a plan that are still valid.

    Args:
        plan: The plan, as it was shown.
        comparing: Reads the actual state, and compares it again.
        run: The run, with its report.
        allow_delete: Whether resources are deleted, or the kinds of those that are.

    Raises:
        CloudError: The actual state could not be read; nothing was sent.
    """
    report = run.options.report
    report.action = APPLY.name
    report.outcomes += [_outcome(item) for item in plan.items]
    with run.counted():
        try:
            async with asyncio.timeout(run.options.timeout):
                await _apply(plan.items, comparing, run, allow_delete=allow_delete)
            report.is_complete = True
        except TimeoutError:
            for outcome in report.having(*_OPEN):
                outcome.reason = outcome.reason or "the timeout has passed"


_OPEN = (OutcomeStatus.NOT_SENT, OutcomeStatus.SENT, OutcomeStatus.UNKNOWN)


async def _apply(
    shown: Sequence[ResourcePlan], comparing: Comparing, run: Run, *, allow_delete: Allowed
) -> None:
    now = {item.identity: item for item in await comparing.items()}
    gates = {item.identity: Gate(f"{item.noun} {item.label}".rstrip()) for item in shown}
    begun: list[Coroutine[None, None, None]] = []
    over: list[tuple[Outcome, Gate]] = []
    for item, outcome in zip(shown, run.options.report.outcomes, strict=True):
        gate, current = gates[item.identity], now.get(item.identity)
        handler = comparing.handlers[item.kind]
        if current is None:
            outcome.status = OutcomeStatus.UNCHANGED
            outcome.reason = "it has reached the described state in the meantime"
            if found := handler.find(item):
                outcome.id, outcome.after = found
            over.append((outcome, gate))
        elif _is_over(item, current, outcome, allow_delete=allow_delete):
            over.append((outcome, gate))
        else:
            outcome.id = current.resource_id or outcome.id
            job = handler.create_job(current, outcome, gate)
            begun.append(_in_turn(job, outcome, gate, run))
    _link(shown, now, gates, comparing)
    for outcome, gate in over:
        gate.close(_obstacle(outcome, gate))
        run.finish(outcome)
    await run_all(begun)
    for handler in comparing.handlers.values():
        for outcome in await handler.verify():
            run.notify(outcome)


def _link(
    shown: Sequence[ResourcePlan],
    now: Mapping[tuple[str, ...], ResourcePlan],
    gates: Mapping[tuple[str, ...], Gate],
    comparing: Comparing,
) -> None:
    current = [now.get(item.identity, item) for item in shown]
    for item, others in dependencies(current, comparing.context).items():
        for other in others:
            gates[item].depend_on(gates[other])
    for item, others in links(current).items():
        gates[item].late += [gates[other] for other in others]


async def _in_turn(
    job: Coroutine[None, None, None], outcome: Outcome, gate: Gate, run: Run
) -> None:
    """Run a job once all of its dependencies are ready."""
    try:
        obstacle = await gate.wait_for_turn()
        if obstacle is None:
            await job
            gate.close(_obstacle(outcome, gate))
            return
    finally:
        job.close()
    outcome.reason = obstacle
    gate.close(_obstacle(outcome, gate))
    run.finish(outcome)


def _obstacle(outcome: Outcome, gate: Gate) -> str | None:
    """Return why dependants of a resource cannot start; None if they can."""
    if outcome.status in {OutcomeStatus.DONE, OutcomeStatus.UNCHANGED}:
        return None
    return f"it depends on {gate.name}, which is {outcome.status}"


def _is_over(
    shown: ResourcePlan, item: ResourcePlan, outcome: Outcome, *, allow_delete: Allowed
) -> bool:
    """Return whether nothing is sent for a resource; its outcome has the reason."""
    is_removal = item.action is PlanAction.REMOVE
    is_allowed = allow_delete if isinstance(allow_delete, bool) else item.kind in allow_delete
    if PlanAction.REFUSED in {shown.action, item.action}:
        outcome.status = OutcomeStatus.FAILED
        outcome.reason = shown.reason or item.reason
    elif is_removal and not is_allowed and not item.is_leaving:
        outcome.status = OutcomeStatus.NOT_SENT
        outcome.reason = "it was kept: deletion was not allowed"
    elif drift := _drift(shown, item):
        outcome.status = OutcomeStatus.FAILED
        outcome.reason = f"{drift} since the plan was made: plan again"
    else:
        return False
    return True


def _drift(shown: ResourcePlan, item: ResourcePlan) -> str | None:
    """Return what has changed since the plan was made; None if the plan is still valid."""
    if item.action is PlanAction.ADD:
        return None if shown.action is PlanAction.ADD else "it has gone"
    if item.action is PlanAction.REMOVE:
        return None
    if shown.action is PlanAction.ADD:
        # It belongs to this fleet only if an earlier run created it.
        return f"a {item.noun} of this name was made elsewhere" if item.is_foreign else None
    if item.resource_id != shown.resource_id:
        return f"it was replaced by another {item.noun} of its name"
    known = {_key(shown, change) for change in shown.changes}
    unknown = [change.name for change in item.changes if _key(item, change) not in known]
    return f"{', '.join(unknown)} changed" if unknown else None


def _key(item: ResourcePlan, change: FieldChange) -> tuple[str, bytes | None]:
    is_volatile = change.field in item.volatile_fields
    return change.name, None if is_volatile else json_bytes(change.to_dict())


def _outcome(item: ResourcePlan) -> ResourceOutcome:
    """Return the outcome of a resource before any request."""
    return ResourceOutcome(
        kind=item.kind,
        parent=item.parent,
        id=item.resource_id or "",
        name=item.name,
        organization_id=item.organization_id,
        before=item.state or (NOT_THERE if item.resource_id is None else Phase.READY),
        after=item.state,
    )
