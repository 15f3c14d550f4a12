"""Carries out an action on many resources, with its progress and a report."""

from __future__ import annotations

import asyncio
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import attrs

from clickhouse_cloud_async.core.errors import CloudError

from .action_report import check_listed, check_success, show_report, state_of
from .output import note, stderr
from .progress_display import Cell, Frame, display

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sized
    from contextlib import AbstractAsyncContextManager

    from clickhouse_cloud_async.fleet.progress import FleetProgress
    from clickhouse_cloud_async.fleet.report import Report

    from .options import Options


class _Members(Protocol):
    """An object that acts on the resources of several clients."""

    @property
    def members(self) -> Sized:
        """The clients."""
        ...


F = TypeVar("F", bound=_Members)


@attrs.frozen
class Action(Generic[F]):
    """An action on many resources.

    Attributes:
        open: Opens the clients, which the options lead to.
        begin: Begins it, with the callback and the report that actions take.
    """

    open: Callable[[Options], AbstractAsyncContextManager[F]]
    begin: Callable[[F, Callable[[FleetProgress], object], Report], Awaitable[Report]]


class ActionProgress:
    """The display of a running action.

    Args:
        report: Filled while the action runs.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._over: set[int] = set()
        self._end: float | None = None

    def on_progress(self, progress: FleetProgress) -> None:
        """Update the finished resources and the estimated end."""
        if progress.finished > len(self._over):
            self._over.add(id(progress.outcome))
        left = progress.remaining_seconds
        self._end = None if left is None else time.monotonic() + left

    def frame(self) -> Frame:
        """Return the current frame."""
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
    options: Options, action: Action[F], report: Report, *, kind: str, is_shown: bool = True
) -> None:
    """Carry it out, show its progress, and print the report, after Ctrl-C a partial one.

    Args:
        options: How to reach the API and how to print.
        action: What is done.
        report: An empty report to fill.
        kind: The kind of resources that it is about unless the report says another.
        is_shown: Whether there is anything to see before the report.

    Raises:
        CloudError: Nothing could be done for any resource.
        Exit: Some resources are not as was wanted.
    """
    try:
        members = asyncio.run(_run(options, action, report, is_shown=is_shown))
    except BaseException as end:
        if report.outcomes:
            show_report(options, report, kind)
        elif report.action and not isinstance(end, CloudError):
            note("nothing was sent")
        raise
    check_listed(report, members)
    show_report(options, report, kind)
    check_success(report)


async def _run(options: Options, action: Action[F], report: Report, *, is_shown: bool) -> int:
    async with action.open(options) as fleet:
        progress = ActionProgress(report)
        async with _shown(options, progress) if is_shown else nullcontext():
            await action.begin(fleet, progress.on_progress, report)
        return len(fleet.members)


def _shown(options: Options, progress: ActionProgress) -> AbstractAsyncContextManager[None]:
    console = stderr()
    if options.format.is_json and not console.is_terminal:
        # JSON is printed without additional lines.
        return nullcontext()
    return display(console, progress.frame, is_kept=False)
