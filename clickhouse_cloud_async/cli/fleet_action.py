"""Does something to many services, shows how far it is, and reports what became of each."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

from clickhouse_cloud_async.fleet import Report

from .board import Cell, Picture, drawing
from .fleet_connection import open_fleet, pace_of
from .fleet_report import check_listed, check_success, show_report, state_of
from .options import Output
from .output import note, stderr
from .time_left import TimeLeft

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from clickhouse_cloud_async.fleet import AsyncFleet, FleetProgress, Outcome

    from .fleet_options import Selectors, Steering
    from .options import Options

_REQUESTS = {"restart": 2, "delete": 2}
"""The most requests that change a service, where it is not one."""


class Pursuit:
    """An action on its way, as people see it.

    Args:
        report: Filled while the action runs.
        time_left: Estimates when it is over.
    """

    def __init__(self, report: Report, time_left: TimeLeft) -> None:
        self._report = report
        self._time_left = time_left
        self._places: dict[int, int] = {}
        self._over: dict[int, Outcome] = {}

    def on_progress(self, progress: FleetProgress) -> None:
        """Take note of which services are at their end."""
        if not self._places:
            outcomes = enumerate(self._report.outcomes)
            self._places = {id(outcome): place for place, outcome in outcomes}
        if progress.finished > len(self._over):
            self._over[self._places[id(progress.outcome)]] = progress.outcome

    def look(self) -> Picture:
        """How it stands now."""
        outcomes = self._report.outcomes
        return Picture(
            [
                Cell(outcome.name, state_of(outcome), place in self._over)
                for place, outcome in enumerate(outcomes)
            ],
            f"{len(self._over)} of {len(outcomes)} finished",
            remaining=self._time_left.estimate(outcomes, self._over),
        )


class Work(NamedTuple):
    """Something to do to many services.

    Attributes:
        begin: Begins it, with the callback and the report that an action of a fleet takes.
        action: What it is called.
        wait: Whether services are followed.
        needed: How many requests change a service, by its place in the report.
        is_rehearsal: Whether nothing is sent, so that there is nothing to watch.
    """

    begin: Callable[[AsyncFleet, Callable[[FleetProgress], object], Report], Awaitable[Report]]
    action: str
    wait: bool
    needed: Callable[[int], int]
    is_rehearsal: bool = False


def pursue(options: Options, work: Work, report: Report) -> None:
    """Do it, show how far it is, and print the report, after Ctrl-C that of a part.

    Args:
        options: How to reach the API and how to print.
        work: What to do.
        report: An empty report to fill.

    Raises:
        ClickHouseCloudError: Nothing could be done for any service.
        Exit: Some services are not as was wanted.
    """
    try:
        members = asyncio.run(_pursue(options, work, report))
    except BaseException:
        if report.outcomes:
            show_report(options.output, report)
        elif report.action:
            note("nothing was sent")
        raise
    check_listed(report, members)
    show_report(options.output, report)
    check_success(report)


async def _pursue(options: Options, work: Work, report: Report) -> int:
    async with open_fleet(options) as fleet:
        time_left = TimeLeft(
            work.action, wait=work.wait, needed=work.needed, pace=lambda: pace_of(fleet)
        )
        pursuit = Pursuit(report, time_left)
        async with nullcontext() if work.is_rehearsal else _shown(options, pursuit):
            await work.begin(fleet, pursuit.on_progress, report)
        return len(fleet.members)


def _shown(options: Options, pursuit: Pursuit) -> AbstractAsyncContextManager[None]:
    console = stderr()
    if options.output is Output.JSON and not console.is_terminal:
        # Who reads JSON wants no lines beside it.
        return nullcontext()
    return drawing(console, pursuit.look, is_kept=False)


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
        ClickHouseCloudError: Nothing could be done for any service.
        Exit: Some services are not as was wanted.
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

    def needed(_: int) -> int:
        return _REQUESTS.get(action, 1)

    pursue(
        options, Work(begin, action, steering.wait, needed, is_rehearsal=steering.dry_run), Report()
    )
