"""An action on its way: how far it is, and what it may still use."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, get_args

import attrs

from clickhouse_cloud_async.core.arguments import checked_timeout
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.functions import checked_function
from clickhouse_cloud_async.core.request_counter import RequestCounter, count_requests

from .eta import ETA
from .polls import Polls
from .progress import FleetProgress
from .report import OutcomeStatus, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from clickhouse_cloud_async.core.client import AsyncAPIClient

    from .kind import Kind, Order
    from .report import Outcome
    from .steps import Action

OnError = Literal["continue", "stop"]

FOLLOW_TIMEOUT = 1800.0
"""Seconds after which a service is given up that does not get where it should."""

_MOMENT = 0.001
"""Seconds for a call that comes too late: less than none cannot be asked for."""

_FAILURES = frozenset((OutcomeStatus.FAILED, OutcomeStatus.UNKNOWN))


@attrs.frozen(kw_only=True)
class Options:
    """How an action is carried out; the arguments of all actions, checked.

    Attributes:
        wait: Whether each service is followed to its end.
        timeout: Seconds for all of it; None for no limit.
        on_error: Whether services are still begun with after one has failed.
        dry_run: Whether nothing is sent.
        on_progress: Told of news.
        report: Filled while the action runs.

    Raises:
        InvalidArgumentError: Something makes no sense.
    """

    wait: bool = False
    timeout: float | None = None
    on_error: OnError = "continue"
    dry_run: bool = False
    on_progress: Callable[[FleetProgress], object] | None = None
    report: Report = attrs.Factory(Report)

    def __attrs_post_init__(self) -> None:
        checked_timeout(self.timeout)
        if self.on_error not in get_args(OnError):
            known = ", ".join(get_args(OnError))
            raise InvalidArgumentError(f"on_error: {self.on_error!r} is none of {known}")
        if self.on_progress is not None:
            checked_function("on_progress", self.on_progress)
        if not isinstance(self.report, Report) or self.report.action:
            raise InvalidArgumentError("report: has to be a report that was not used before")


class Run:
    """An action on its way.

    Args:
        action: What is done.
        options: How.
        kind: What it is done to.

    Attributes:
        action: As the argument.
        options: As the argument.
        kind: As the argument.
        is_stopped: Whether no further service is begun with.
        polls: Counts what is sent to see how services are.
        eta: Estimates when it is over.
        order: Which services are deleted before others; None where none are deleted.
    """

    def __init__(self, action: Action, options: Options, kind: Kind) -> None:
        self.action = action
        self.options = options
        self.kind = kind
        self.is_stopped: bool = False
        self._began = time.monotonic()
        self._finished = 0
        self._counter = RequestCounter(None)
        self.polls: Polls = Polls(kind)
        self.eta: ETA = ETA(kind, wait=options.wait)
        self.order: Order | None = None
        self._turns: dict[int, asyncio.Semaphore] = {}

    def turn(self, cloud: AsyncAPIClient) -> asyncio.Semaphore:
        """What is held while requests for a service of a client are under way.

        So calls do not spend their time limit in a long line before the rate budget.
        """
        return self._turns.setdefault(id(cloud), asyncio.Semaphore(self.action.at_once))

    @property
    def remaining(self) -> float | None:
        """Seconds until the time is up, None for no end; once it is, no more than a moment."""
        timeout = self.options.timeout
        return None if timeout is None else max(_MOMENT, timeout - self._elapsed)

    @property
    def is_late(self) -> bool:
        """Whether the time is up."""
        return self.options.timeout is not None and self._elapsed >= self.options.timeout

    @property
    def follow_timeout(self) -> float:
        """Seconds for which a service is followed at most."""
        return min(FOLLOW_TIMEOUT, self.remaining or FOLLOW_TIMEOUT)

    def tell(self, outcome: Outcome) -> None:
        """Tell of news of a service."""
        self.eta.see(outcome)
        if self.options.on_progress is not None:
            self._count()
            self.options.on_progress(
                FleetProgress(
                    report=self.options.report,
                    outcome=outcome,
                    finished=self._finished,
                    seconds=self._elapsed,
                    remaining_seconds=self.eta.seconds,
                )
            )

    def finish(self, outcome: Outcome) -> None:
        """Take note that a service is at its end."""
        self._finished += 1
        self.eta.finish(outcome)
        if outcome.status in _FAILURES and self.options.on_error == "stop":
            self.is_stopped = True
        self.tell(outcome)

    @contextmanager
    def counted(self) -> Generator[None, None, None]:
        """Count in the report what is sent within, and the time that it takes."""
        with count_requests() as self._counter:
            try:
                yield
            finally:
                self._count()

    def begin(self) -> None:
        """Take note that the report names all that the action is about."""

    def _count(self) -> None:
        report = self.options.report
        report.requests = self._counter.requests + self.polls.requests
        report.seconds = self._elapsed

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._began
