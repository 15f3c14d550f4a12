"""Blocks of code that keep services of a fleet running for as long as they last."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.telemetry import logger

from .actions import START_STEP

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from clickhouse_cloud_async.fleet.report import Report

STOP_TIME = 1800.0
"""Seconds within which services that a block has started are stopped again."""


@asynccontextmanager
async def keep_awake(
    report: Report,
    start: Callable[[], Awaitable[object]],
    stop: Callable[[frozenset[str]], Awaitable[Report]] | None,
) -> AsyncGenerator[Report]:
    """Start or wake services, and at the end stop those that were stopped before.

    Args:
        report: The report of the start, which it fills in as it runs.
        start: Starts or wakes all services, and follows them.
        stop: Stops the services with some IDs, and follows them; None to leave them running.

    Raises:
        FleetError: Not all services run; or not all could be stopped again.
    """
    try:
        await start()
        report.raise_for_failures()
        yield report
    except BaseException as error:
        stopped = await _stop(report, stop)
        if stopped is not None and not stopped.is_success:
            # The error of the block is the one that its caller handles.
            error.add_note(f"services could not be stopped again: {stopped!r}")
        raise
    stopped = await _stop(report, stop)
    if stopped is not None:
        stopped.raise_for_failures()


async def _stop(
    report: Report, stop: Callable[[frozenset[str]], Awaitable[Report]] | None
) -> Report | None:
    """Stop the started services; surrounding cancel scopes do not end this."""
    from anyio import CancelScope

    # Also services that were perhaps started: nothing is sent to a service that is stopped.
    started = {each.id for each in report.outcomes if START_STEP.name in each.commands}
    if stop is None or not started:
        return None
    stopped: Report | None = None
    try:
        with CancelScope(shield=True):
            stopped = await stop(frozenset(started))
    finally:
        if stopped is None or not stopped.is_success:
            logger.warning("%d services were started, and not all stopped again", len(started))
    return stopped
