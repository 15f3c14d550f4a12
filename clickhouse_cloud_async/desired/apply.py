"""Carries out a plan as far as it still holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol, TypeVar

from clickhouse_cloud_async.core.codec import json_bytes
from clickhouse_cloud_async.fleet.concurrency import run_all
from clickhouse_cloud_async.fleet.report import Outcome, OutcomeStatus
from clickhouse_cloud_async.fleet.states import NOT_THERE
from clickhouse_cloud_async.fleet.steps import Action

from .plan import PlanKind, ResourcePlan

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine, Sequence

    from clickhouse_cloud_async.fleet.report import Report
    from clickhouse_cloud_async.fleet.run import Run

    from .diff import FieldChange

APPLY = Action(name="apply", steps=())

R = TypeVar("R", bound=ResourcePlan)


class Resources(Protocol[R]):
    """The resources that a plan is about, as far as the engine asks for them."""

    async def compare(self) -> Collection[R]:
        """Find out what has to happen now.

        Raises:
            CloudError: What there is could not be found out.
        """
        ...

    def find(self, item: R) -> tuple[str, str] | None:
        """Return ID and state of the resource that has the name of a planned one, if there is one.

        Args:
            item: What was planned.
        """
        ...

    def bring_about(self, item: R, outcome: Outcome) -> Coroutine[None, None, None]:
        """Make what brings a resource about; nothing runs before all have been made.

        Args:
            item: What is to become of it.
            outcome: What becomes of it; kept up to date.
        """
        ...

    async def verify(self) -> Collection[Outcome]:
        """Check everything once more when all is over.

        Returns:
            The outcomes that have changed by it.
        """
        ...


async def apply(
    plan: Sequence[R], run: Run, resources: Resources[R], *, allow_delete: bool
) -> Report:
    """Carry out a plan as far as it still holds.

    Args:
        plan: What has to happen, as it was shown.
        run: Where the report comes from.
        resources: The resources that it is about.
        allow_delete: Whether resources are deleted.

    Returns:
        What became of each resource.

    Raises:
        CloudError: What there is could not be found out; nothing was sent.
    """
    report = run.options.report
    report.action = APPLY.name
    report.outcomes += [_outcome(item) for item in plan]
    with run.counted():
        try:
            async with asyncio.timeout(run.options.timeout):
                await _apply(plan, run, resources, allow_delete=allow_delete)
            report.is_complete = True
        except TimeoutError:
            for outcome in report.having(*_OPEN):
                outcome.reason = outcome.reason or "the timeout has passed"
    return report


_OPEN = (OutcomeStatus.NOT_SENT, OutcomeStatus.SENT, OutcomeStatus.UNKNOWN)


async def _apply(
    plan: Sequence[R], run: Run, resources: Resources[R], *, allow_delete: bool
) -> None:
    now = {item.identity: item for item in await resources.compare()}
    begun: list[Coroutine[None, None, None]] = []
    over: list[Outcome] = []
    for shown, outcome in zip(plan, run.options.report.outcomes, strict=True):
        item = now.get(shown.identity)
        if item is None:
            outcome.status = OutcomeStatus.UNCHANGED
            outcome.reason = "it has become what it should in the meantime"
            if found := resources.find(shown):
                outcome.service_id, outcome.after = found
            over.append(outcome)
        elif _is_over(shown, item, outcome, allow_delete=allow_delete):
            over.append(outcome)
        else:
            begun.append(resources.bring_about(item, outcome))
    for outcome in over:
        run.finish(outcome)
    await run_all(begun)
    for outcome in await resources.verify():
        run.notify(outcome)


def _is_over(
    shown: ResourcePlan, item: ResourcePlan, outcome: Outcome, *, allow_delete: bool
) -> bool:
    """Return whether there is nothing to send for a resource; its outcome has the reason."""
    if shown.kind is PlanKind.REFUSED or item.kind is PlanKind.REFUSED:
        outcome.status = OutcomeStatus.FAILED
        outcome.reason = shown.reason or item.reason
    elif item.kind is PlanKind.REMOVE and not allow_delete and not item.is_leaving:
        outcome.status = OutcomeStatus.NOT_SENT
        outcome.reason = "it was left: deletion was not allowed"
    elif drift := _drift(shown, item):
        outcome.status = OutcomeStatus.FAILED
        outcome.reason = f"{drift} since the plan was made: plan again"
    else:
        return False
    return True


def _drift(shown: ResourcePlan, item: ResourcePlan) -> str | None:
    """Return what has happened that the plan does not show; None where the plan still holds."""
    if item.kind is PlanKind.ADD:
        return None if shown.kind is PlanKind.ADD else "it has gone"
    if item.kind is PlanKind.REMOVE:
        return None
    if shown.kind is PlanKind.ADD:
        # Of this fleet it is only where an earlier run has created it.
        return "a service of this name was made elsewhere" if item.adopts else None
    if item.resource_id != shown.resource_id:
        return "it was replaced by another service of its name"
    known = {_key(shown, change) for change in shown.changes}
    unknown = [change.name for change in item.changes if _key(item, change) not in known]
    return f"{', '.join(unknown)} changed" if unknown else None


def _key(item: ResourcePlan, change: FieldChange) -> tuple[str, bytes | None]:
    is_volatile = change.field in item.volatile_fields
    return change.name, None if is_volatile else json_bytes(change.to_dict())


def _outcome(item: ResourcePlan) -> Outcome:
    """Return the outcome of a resource to which nothing has happened yet."""
    return Outcome(
        service_id=item.resource_id or "",
        name=item.name,
        organization_id=item.organization_id,
        before=item.state or NOT_THERE,
        after=item.state,
    )
