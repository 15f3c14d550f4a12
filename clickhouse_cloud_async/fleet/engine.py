"""Carries out an action on the resources of a selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.core.client import caller_of

from .concurrency import run_all
from .dry_run import predict
from .inventory import find_members
from .job import Job
from .report import Outcome, OutcomeStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clickhouse_cloud_async.core.client import AsyncAPIClient

    from .kind import Criteria, Kind, Member
    from .report import Report
    from .run import Run


async def carry_out(
    run: Run,
    clients: Sequence[AsyncAPIClient],
    criteria: Criteria,
    check: Callable[[int], None] | None = None,
) -> Report:
    """Carry out an action.

    Args:
        run: The running action.
        clients: The clients.
        criteria: Which of their resources are selected.
        check: Called with the number of resources before any request is sent to one.

    Returns: The outcome of each.
    """
    report = run.options.report
    report.action = run.action.name
    with run.counted():
        found = await _find(run, clients, criteria)
        if check is not None:
            check(len(found))
        report.outcomes += [_outcome(run.kind, each) for each in found]
        if run.options.dry_run:
            _predict(run, found)
        else:
            _expect(run, found)
            run.begin()
            await run.polls.watch((each.organization_id, each.cloud) for each in found)
            jobs = zip(found, report.outcomes, strict=True)
            await run_all(Job(run, each, outcome).run() for each, outcome in jobs)
        report.is_complete = True
    return report


async def _find(run: Run, clients: Sequence[AsyncAPIClient], criteria: Criteria) -> list[Member]:
    """List the selected resources; for a deletion, determine the order."""
    failures = run.options.report.failures
    if run.action.order is None:
        found, failures[:] = await find_members(run.kind, clients, criteria, run.remaining)
        return found
    every, failures[:] = await find_members(run.kind, clients, None, run.remaining)
    found = [each for each in every if run.kind.selects(criteria, each)]
    run.order = run.action.order((each.item for each in every), {each.item.id for each in found})
    return found


def _predict(run: Run, found: Sequence[Member]) -> None:
    for each, outcome in zip(found, run.options.report.outcomes, strict=True):
        reason = None if run.order is None else run.order.obstacle(each.item)
        if reason is None:
            predict(run.action, run.kind, each.item, outcome, wait=run.options.wait)
        else:
            outcome.status, outcome.reason = OutcomeStatus.FAILED, reason
        run.finish(outcome)


def _expect(run: Run, found: Sequence[Member]) -> None:
    for each, outcome in zip(found, run.options.report.outcomes, strict=True):
        predicted = attrs.evolve(outcome, commands=[])
        predict(run.action, run.kind, each.item, predicted, wait=run.options.wait)
        run.eta.expect(outcome, predicted.commands, caller_of(each.cloud))


def _outcome(kind: Kind, each: Member) -> Outcome:
    state = kind.state_of(each.item)
    return Outcome(
        id=each.item.id,
        name=getattr(each.item, kind.name),
        organization_id=each.organization_id,
        before=state,
        after=state,
    )
