"""Carries out a plan."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.apis.clickhouse.resources.fields import Part
from clickhouse_cloud_async.apis.clickhouse.resources.job import ServiceJob
from clickhouse_cloud_async.apis.clickhouse.resources.observe import SEPARATE, look
from clickhouse_cloud_async.fleet.concurrency import run_all
from clickhouse_cloud_async.fleet.deletion_order import DeletionOrder
from clickhouse_cloud_async.fleet.report import Outcome, OutcomeStatus
from clickhouse_cloud_async.fleet.run import Run
from clickhouse_cloud_async.fleet.steps import NOT_THERE, Action

from .creations import Creations
from .plan import Plan, PlanKind, ServicePlan, make_plan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.apis.clickhouse.resources.document import DesiredFleet
    from clickhouse_cloud_async.apis.clickhouse.resources.fields import FieldChange
    from clickhouse_cloud_async.fleet.report import Report
    from clickhouse_cloud_async.fleet.run import Options

_APPLY = Action(name="apply", steps=())


async def plan_fleet(members: Sequence[AsyncClickHouseCloud], desired: DesiredFleet) -> Plan:
    """Compare a fleet as it is wanted with what there is.

    Args:
        members: The clients.
        desired: The fleet as it is wanted.

    Raises:
        InvalidArgumentError: A service is wanted in an organisation of none of the clients.
        CloudError: What there is could not be found out.
    """

    def separate(_organization: str, wanted: Mapping[str, Any]) -> frozenset[str]:
        return SEPARATE & wanted.keys()

    scene = await look(members, desired, separate, None)
    return await asyncio.to_thread(make_plan, desired, scene.wanted, scene.every)


async def apply_plan(
    members: Sequence[AsyncClickHouseCloud], plan: Plan, options: Options, *, allow_delete: bool
) -> Report:
    """Carry out a plan as far as it still holds.

    Args:
        members: The clients.
        plan: What has to happen.
        options: How.
        allow_delete: Whether services are deleted.

    Raises:
        InvalidArgumentError: A service is wanted in an organisation of none of the clients.
        CloudError: What there is could not be found out; nothing was sent.
    """
    report, run = options.report, Run(_APPLY, options)
    report.action = _APPLY.name
    report.outcomes += [_outcome(planned) for planned in plan.services]
    with run.counted():
        try:
            async with asyncio.timeout(options.timeout):
                await _apply(members, plan, run, allow_delete=allow_delete)
            report.is_complete = True
        except TimeoutError:
            for outcome in report.having(*_OPEN):
                outcome.reason = outcome.reason or "the time was up"
    return report


_OPEN = (OutcomeStatus.NOT_SENT, OutcomeStatus.SENT, OutcomeStatus.UNKNOWN)


async def _apply(
    members: Sequence[AsyncClickHouseCloud],
    plan: Plan,
    run: Run,
    *,
    allow_delete: bool,
) -> None:
    planned = {(each.organization_id, each.name): each for each in plan.services}

    def separate(organization: str, wanted: Mapping[str, Any]) -> frozenset[str]:
        shown = planned.get((organization, wanted["name"]))
        if shown is None:
            return frozenset()
        return SEPARATE & {change.field for change in shown.changes}

    scene = await look(members, plan.desired, separate, run.remaining)
    await run.polls.watch(scene.clouds.items())
    now = await asyncio.to_thread(make_plan, plan.desired, scene.wanted, scene.every)
    items = {_identity(item): item for item in now.services}
    there = {(each.found.organization_id, each.found.service.name): each for each in scene.every}
    creations = {
        organization: Creations(
            _lister(cloud, organization, run),
            [shown.name for shown in plan.additions if shown.organization_id == organization],
            cloud._caller.pollers.polling.speed,  # noqa: SLF001 - a client's own part
        )
        for organization, cloud in scene.clouds.items()
    }
    jobs: list[ServiceJob] = []
    over: list[Outcome] = []
    deleted: set[str] = set()
    order = DeletionOrder((present.found.service for present in scene.every), deleted)
    for shown, outcome in zip(plan.services, run.options.report.outcomes, strict=True):
        item = items.get(_identity(shown))
        if item is None and (present := there.get((shown.organization_id, shown.name))):
            outcome.service_id, outcome.after = present.found.service.id, present.state
        if _is_over(shown, item, outcome, allow_delete=allow_delete):
            over.append(outcome)
            continue
        assert item is not None
        cloud = scene.clouds[item.organization_id]
        run.time_left.expect(outcome, item.commands, cloud._caller)  # noqa: SLF001 - its own part
        jobs.append(
            ServiceJob(
                run,
                plan.desired.name,
                cloud,
                item,
                outcome,
                order,
                creations[item.organization_id],
            )
        )
        if item.kind is PlanKind.REMOVE:
            deleted.add(outcome.service_id)
    for outcome in over:
        run.finish(outcome)
    await run_all(job.run() for job in jobs)
    for each in creations.values():
        for outcome in await each.find_namesakes():
            run.tell(outcome)


def _lister(
    cloud: AsyncClickHouseCloud, organization_id: str, run: Run
) -> Callable[[], Awaitable[Iterable[Service]]]:
    return lambda: cloud.services.list(organization_id=organization_id, timeout=run.remaining)


def _identity(item: ServicePlan) -> tuple[object, ...]:
    """What makes two plans be about the same service."""
    if item.kind is PlanKind.REMOVE:
        return item.kind, item.service_id
    return item.organization_id, item.name


def _is_over(
    shown: ServicePlan, item: ServicePlan | None, outcome: Outcome, *, allow_delete: bool
) -> bool:
    """Whether there is nothing to send for a service; its outcome says why."""
    if item is None:
        outcome.status = OutcomeStatus.UNCHANGED
        outcome.reason = "it has become what it should in the meantime"
    elif shown.kind is PlanKind.REFUSED or item.kind is PlanKind.REFUSED:
        outcome.status = OutcomeStatus.FAILED
        outcome.reason = shown.reason or item.reason
    elif item.kind is PlanKind.REMOVE and not allow_delete and item.state not in LIFECYCLE.gone:
        outcome.status = OutcomeStatus.NOT_SENT
        outcome.reason = "it was left: deletion was not allowed"
    elif news := _news(shown, item):
        outcome.status = OutcomeStatus.FAILED
        outcome.reason = f"{news} since the plan was made: plan again"
    else:
        return False
    return True


def _news(shown: ServicePlan, item: ServicePlan) -> str | None:
    """What has happened that the plan does not show; None where the plan still holds."""
    if item.kind is PlanKind.ADD:
        return None if shown.kind is PlanKind.ADD else "it has gone"
    if item.kind is PlanKind.REMOVE:
        return None
    if shown.kind is PlanKind.ADD:
        # Of this fleet it is only where an earlier run has created it.
        return "a service of this name was made elsewhere" if item.adopts else None
    if item.service_id != shown.service_id:
        return "it was replaced by another service of its name"
    known = {_key(change) for change in shown.changes}
    unknown = [change.name for change in item.changes if _key(change) not in known]
    return f"{', '.join(unknown)} changed" if unknown else None


def _key(change: FieldChange) -> tuple[object, ...]:
    # A state may have passed into the next one by itself.
    before = None if change.part is Part.STATE else orjson.dumps(change.to_dict())
    return change.name, before


def _outcome(planned: ServicePlan) -> Outcome:
    return Outcome(
        service_id=planned.service_id or "",
        name=planned.name,
        organization_id=planned.organization_id,
        before=planned.state or NOT_THERE,
        after=planned.state,
    )
