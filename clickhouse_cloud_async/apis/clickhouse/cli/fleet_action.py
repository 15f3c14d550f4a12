"""Carries out an action on many services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.cli.action import Action, run_and_report
from clickhouse_cloud_async.fleet import Report

from .connection import open_fleet
from .fleet_status import check_matches

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.fleet import AsyncFleet, FleetProgress

    from .fleet_options import Selectors, Steering


def run_action(
    options: Options, selectors: Selectors, steering: Steering, action: str, **arguments: Any
) -> None:
    """Carry out one of the actions of a selection.

    Args:
        options: How to reach the API and how to print.
        selectors: Options that select services.
        steering: Options of the action.
        action: The name of the action.
        **arguments: Further arguments of the action.

    Raises:
        CloudError: The action failed for all services.
        Exit: The action failed for some services, or no service matches.
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
    act = Action(open_fleet, begin)
    run_and_report(options, act, report, kind="services", is_shown=not steering.dry_run)
    check_matches(is_empty=report.is_empty, allow_empty=steering.allow_empty)
