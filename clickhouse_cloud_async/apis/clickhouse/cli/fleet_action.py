"""Does something to many services, shows how far it is, and reports what became of each."""

from __future__ import annotations

import asyncio
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeAlias

from clickhouse_cloud_async.cli.output import note, stderr
from clickhouse_cloud_async.cli.progress_display import Cell, Frame, display
from clickhouse_cloud_async.core.errors import CloudError
from clickhouse_cloud_async.fleet import Report

from .connection import open_fleet
from .fleet_report import (
    check_listed,
    check_matches,
    check_success,
    show_report,
    state_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.fleet import AsyncFleet, FleetProgress

    from .fleet_options import Selectors, Steering

    Begin: TypeAlias = Callable[
        [AsyncFleet, Callable[[FleetProgress], object], Report], Awaitable[Report]
    ]
    """Begins it, with the callback and the report that an action of a fleet takes."""


class ActionProgress:
    """An action on its way, as people see it.

    Args:
        report: Filled while the action runs.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._over: set[int] = set()
        self._end: float | None = None

    def on_progress(self, progress: FleetProgress) -> None:
        """Take note of which services are at their end, and when all are likely to be."""
        if progress.finished > len(self._over):
            self._over.add(id(progress.outcome))
        left = progress.remaining_seconds
        self._end = None if left is None else time.monotonic() + left

    def frame(self) -> Frame:
        """Return how it stands now."""
        outcomes = self._report.outcomes
        return Frame(
            [
                Cell(outcome.name, state_of(outcome), id(outcome) in self._over)
                for outcome in outcomes
            ],
            f"{len(self._over)} of {len(outcomes)} finished",
            remaining=None if self._end is None else self._end - time.monotonic(),
        )


def run_and_report(
    options: Options, begin: Begin, report: Report, *, is_shown: bool = True
) -> None:
    """Do it, show how far it is, and print the report, after Ctrl-C that of a part.

    Args:
        options: How to reach the API and how to print.
        begin: Begins it.
        report: An empty report to fill.
        is_shown: Whether there is anything to see before the report.

    Raises:
        CloudError: Nothing could be done for any service.
        Exit: Some services are not as was wanted.
    """
    try:
        members = asyncio.run(_run(options, begin, report, is_shown=is_shown))
    except BaseException as end:
        if report.outcomes:
            show_report(options, report)
        elif report.action and not isinstance(end, CloudError):
            note("nothing was sent")
        raise
    check_listed(report, members)
    show_report(options, report)
    check_success(report)


async def _run(options: Options, begin: Begin, report: Report, *, is_shown: bool) -> int:
    async with open_fleet(options) as fleet:
        progress = ActionProgress(report)
        async with _shown(options, progress) if is_shown else nullcontext():
            await begin(fleet, progress.on_progress, report)
        return len(fleet.members)


def _shown(options: Options, progress: ActionProgress) -> AbstractAsyncContextManager[None]:
    console = stderr()
    if options.format.is_json and not console.is_terminal:
        # Who reads JSON wants no lines beside it.
        return nullcontext()
    return display(console, progress.frame, is_kept=False)


def run_action(
    options: Options, selectors: Selectors, steering: Steering, action: str, **arguments: Any
) -> None:
    """Carry out one of the actions of a selection.

    Args:
        options: How to reach the API and how to print.
        selectors: Which services.
        steering: How it is done.
        action: The name of the action.
        **arguments: What else it takes.

    Raises:
        CloudError: Nothing could be done for any service.
        Exit: Some services are not as was wanted, or there are none.
    """

    async def begin(
        fleet: AsyncFleet, on_progress: Callable[[FleetProgress], object], report: Report
    ) -> Report:
        selection = fleet.select(**selectors.criteria)
        carry_out: Callable[..., Awaitable[Report]] = getattr(selection, action)
        return await carry_out(
            wait=steering.wait,
            timeout=options.timeout,
            on_error=steering.on_error.value,
            dry_run=steering.dry_run,
            on_progress=on_progress,
            report=report,
            **arguments,
        )

    report = Report()
    run_and_report(options, begin, report, is_shown=not steering.dry_run)
    check_matches(is_empty=report.is_empty, allow_empty=steering.allow_empty)
