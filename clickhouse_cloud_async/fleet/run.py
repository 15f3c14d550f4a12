"""Options, state and progress of a running action."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, contextmanager
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
from .turn import Turn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from clickhouse_cloud_async.core.client import AsyncAPIClient

    from .kind import Kind, Order
    from .report import Outcome
    from .steps import Action

OnError = Literal["continue", "stop"]

FOLLOW_TIMEOUT = 1800.0
"""Seconds for which a service is followed at most."""

_MOMENT = 0.001
"""Timeout in seconds of calls after the deadline, since it has to be positive."""

_FAILURES = frozenset((OutcomeStatus.FAILED, OutcomeStatus.UNKNOWN))


@attrs.frozen(kw_only=True)
class Options:
    """Validated options of an action.

    Attributes:
        wait: Whether each service is followed until its transition is over.
        timeout: Seconds for the whole action; None for no limit.
        on_error: Whether to ``continue`` with other services after one has failed.
        dry_run: Whether nothing is sent.
        on_progress: Called on each change of a service.
        report: Report that is filled in as the action runs.

    Raises:
        InvalidArgumentError: An option is invalid.
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
            raise InvalidArgumentError(f"on_error must be one of {known}, got {self.on_error!r}")
        if self.on_progress is not None:
            checked_function("on_progress", self.on_progress)
        if not isinstance(self.report, Report) or self.report.action:
            raise InvalidArgumentError("report must be an empty Report that was not used before")


class Run:
    """A running action.

    Args:
        action: The action.
        options: Its options.
        kind: Kind of the resources; None for those that no fleet of their API acts on.

    Attributes:
        action: As the argument.
        options: As the argument.
        is_stopped: Whether no further service is started with.
        polls: Counter of polling requests.
        eta: Estimator of the time left.
        order: Deletion order of services; None for actions that delete none.
    """

    def __init__(self, action: Action, options: Options, kind: Kind | None) -> None:
        self.action = action
        self.options = options
        self._kind = kind
        self.is_stopped: bool = False
        self._began = time.monotonic()
        self._finished = 0
        self._counter = RequestCounter(None)
        self.polls: Polls = Polls(kind)
        self.eta: ETA = ETA(kind, wait=options.wait)
        self.order: Order | None = None
        self._semaphores: dict[int, asyncio.Semaphore] = {}

    @property
    def kind(self) -> Kind:
        """Kind of the resources, where a fleet acts on them."""
        assert self._kind is not None, "no fleet acts on these resources"
        return self._kind

    @asynccontextmanager
    async def turn(self, cloud: AsyncAPIClient) -> AsyncGenerator[Turn]:
        """Wait for the turn of a service, in which its requests are sent.

        It keeps calls from spending their timeout in a long queue of the rate limiter.

        Args:
            cloud: The client of the service.
        """
        turn = Turn(self._semaphores.setdefault(id(cloud), asyncio.Semaphore(self.action.at_once)))
        await turn.take()
        try:
            yield turn
        finally:
            turn.give_back()

    @property
    def remaining(self) -> float | None:
        """Seconds until the deadline, None without one; positive even after the deadline."""
        timeout = self.options.timeout
        return None if timeout is None else max(_MOMENT, timeout - self._elapsed)

    @property
    def is_late(self) -> bool:
        """Whether the deadline has passed."""
        return self.options.timeout is not None and self._elapsed >= self.options.timeout

    @property
    def follow_timeout(self) -> float:
        """Seconds for which a service is followed at most."""
        return min(FOLLOW_TIMEOUT, self.remaining or FOLLOW_TIMEOUT)

    def notify(self, outcome: Outcome) -> None:
        """Report a change of an outcome to `on_progress`."""
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
        """Record that a service is finished."""
        self._finished += 1
        self.eta.finish(outcome)
        if outcome.status in _FAILURES and self.options.on_error == "stop":
            self.is_stopped = True
        self.notify(outcome)

    @contextmanager
    def counted(self) -> Generator[None, None, None]:
        """Record in the report the requests and the time of the block."""
        with count_requests() as self._counter:
            try:
                yield
            finally:
                self._count()

    def begin(self) -> None:
        """Record that the report lists all services of the action."""

    def _count(self) -> None:
        report = self.options.report
        report.requests = self._counter.requests + self.polls.requests
        report.seconds = self._elapsed

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._began
