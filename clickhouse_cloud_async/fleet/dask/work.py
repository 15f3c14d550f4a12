"""What the workers of a cluster do.

A task that changes things must not run twice, but Dask gives a task out again when its worker or
its result is lost. So a task is meant for one process and begins there once; given out again it
does nothing, which tells that the first run is lost.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import attrs
from distributed import get_worker, secede

from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.http_options import HTTPOptions
from clickhouse_cloud_async.core.request_counter import count_requests
from clickhouse_cloud_async.core.sync import run
from clickhouse_cloud_async.fleet import engine
from clickhouse_cloud_async.fleet.inventory import find_members
from clickhouse_cloud_async.fleet.report import Report
from clickhouse_cloud_async.fleet.run import Options, Run

from .news import TOPIC, News
from .portable import make_portable, portable_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from distributed import Worker

    from clickhouse_cloud_async.core.client import AsyncAPIClient
    from clickhouse_cloud_async.fleet.kind import Criteria, Kind, Member
    from clickhouse_cloud_async.fleet.report import Outcome
    from clickhouse_cloud_async.fleet.run import OnError
    from clickhouse_cloud_async.fleet.steps import Action

    from .keys import Key

PACE = 0.5
"""Seconds between two looks whether anybody wants the task any more."""

CONNECTIONS = 4
"""The most connections of a client that nothing else is said of: there may be hundreds of them."""

MEMORY = 10_000
"""How many tasks a process remembers."""

_PROCESS = uuid4().hex


@attrs.frozen(kw_only=True, repr=False)
class Assignment:
    """What a task has to do.

    Attributes:
        part: Key of the task.
        process: The process that it is meant for.
        keys: The keys.
        options: How their clients are set up.
        kind: What kind of things they are.
        criteria: Which of them are meant.
        action: What is done to them; None to list them.
        wait: As for an action of a selection.
        timeout: Likewise.
        on_error: Likewise.
        dry_run: Likewise.
        expected: How many services have to be found; None for any number.
    """

    part: str
    process: str
    keys: tuple[Key, ...]
    options: Mapping[str, Any]
    kind: Kind
    criteria: Criteria
    action: Action | None
    wait: bool
    timeout: float | None
    on_error: OnError
    dry_run: bool
    expected: int | None

    def __repr__(self) -> str:
        return f"<Assignment {self.part}>"


@attrs.frozen(kw_only=True)
class Ended:
    """What came of a task.

    Attributes:
        report: What became of the services.
        found: The services that were listed, each with the id of its organisation.
        error: What broke it off.
    """

    report: Report
    found: list[tuple[Any, str]]
    error: Exception | None


def this_process() -> str:
    """What tells this process from all others."""
    return f"{_PROCESS}-{os.getpid()}"


def carry_out(assignment: Assignment) -> Ended | None:
    """Do what has to be done, once; None where that was begun before, or elsewhere.

    The thread is none of the worker's own meanwhile: nearly all the time it waits, and any number
    of keys can be at work at the same time.
    """
    task = Task(assignment, get_worker())
    if assignment.process != this_process() or not _register.enter(task):
        return None
    secede()
    try:
        return run(task.carry_out)
    finally:
        _register.leave(task)


def call_off(parts: Mapping[str, str]) -> list[str]:
    """Cancel tasks of this process; those that come later do not begin.

    Args:
        parts: Keys of the tasks, and the process that each was meant for.

    Returns:
        Those that had not begun.
    """
    here = this_process()
    return [
        part for part, process in parts.items() if process == here and not _register.call_off(part)
    ]


def begin_no_more(parts: Iterable[str]) -> None:
    """Let tasks of this process begin with no further service.

    Args:
        parts: Keys of the tasks.
    """
    for part in parts:
        _register.stop(part)


class Task:
    """A task on its way.

    Args:
        assignment: What it has to do.
        worker: The worker that it runs on.
    """

    def __init__(self, assignment: Assignment, worker: Worker) -> None:
        self.assignment = assignment
        self._worker = worker
        self._report = Report()
        self._found: list[Member] = []
        self._run: _TellingRun | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[None] | None = None
        self._is_called_off = False
        self._is_stopped = False

    async def carry_out(self) -> Ended:
        """Do what has to be done."""
        self._loop = asyncio.get_running_loop()
        self._work = asyncio.create_task(self._carry_out())
        if self._is_called_off:
            self._work.cancel()
        watching = asyncio.create_task(self._watch())
        error = None
        try:
            await asyncio.wait([self._work])
            if not self._work.cancelled():
                error = self._work.exception()
        finally:
            watching.cancel()
        assert error is None or isinstance(error, Exception)
        return Ended(
            report=make_portable(self._report),
            found=[(each.service, each.organization_id) for each in self._found],
            error=None if error is None else portable_error(error),
        )

    def call_off(self) -> None:
        """Cancel it, from any thread; a second time changes nothing."""
        if self._is_called_off:
            return
        self._is_called_off = True
        if self._loop is not None and self._work is not None:
            self._loop.call_soon_threadsafe(self._work.cancel)

    def stop(self) -> None:
        """Begin with no further service."""
        self._is_stopped = True
        if self._run is not None:
            self._run.is_stopped = True

    async def _carry_out(self) -> None:
        assignment = self.assignment
        options: dict[str, Any] = {"http": HTTPOptions(max_connections=CONNECTIONS)}
        options |= assignment.options
        async with AsyncExitStack() as stack:
            members = [
                await stack.enter_async_context(key.open(**options)) for key in assignment.keys
            ]
            if assignment.action is None:
                await self._list(members)
            else:
                await self._act(members, assignment.action)

    async def _list(self, members: list[AsyncAPIClient]) -> None:
        criteria, timeout = self.assignment.criteria, self.assignment.timeout
        with count_requests() as counter:
            try:
                found = await find_members(self.assignment.kind, members, criteria, timeout)
            finally:
                self._report.requests = counter.requests
        self._found, self._report.failures = found
        self._report.is_complete = True

    async def _act(self, members: list[AsyncAPIClient], action: Action) -> None:
        assignment = self.assignment
        options = Options(
            wait=assignment.wait,
            timeout=assignment.timeout,
            on_error=assignment.on_error,
            dry_run=assignment.dry_run,
            report=self._report,
        )
        news = News(assignment.part, lambda message: self._worker.log_event(TOPIC, message))
        self._run = _TellingRun(action, options, assignment.kind, news)
        self._run.is_stopped = self._is_stopped
        try:
            await engine.carry_out(self._run, members, assignment.criteria, self._check)
        finally:
            news.stop()

    def _check(self, found: int) -> None:
        expected = self.assignment.expected
        if expected not in {None, found}:
            raise InvalidArgumentError(
                f"{found} services were found where {expected} had been: nothing was sent to them"
            )

    async def _watch(self) -> None:
        """Cancel the task once nobody wants it any more, because who waited for it is gone."""
        while True:
            await asyncio.sleep(PACE)
            task = self._worker.state.tasks.get(self.assignment.part)
            if task is None or task.state == "cancelled":
                self.call_off()


class _TellingRun(Run):
    """An action that tells of each service as it goes."""

    def __init__(self, action: Action, options: Options, kind: Kind, news: News) -> None:
        super().__init__(action, options, kind)
        self._news = news

    def begin(self) -> None:
        self._news.announce(self.options.report.outcomes, self.eta.seconds)

    def tell(self, outcome: Outcome) -> None:
        self.eta.see(outcome)
        self._news.add(outcome, self.eta.seconds)

    def finish(self, outcome: Outcome) -> None:
        self._news.finish(outcome)
        super().finish(outcome)


class _Register:
    """The tasks of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: dict[str, Task] = {}
        self._known: deque[str] = deque(maxlen=MEMORY)
        self._stopped: deque[str] = deque(maxlen=MEMORY)

    def enter(self, task: Task) -> bool:
        """Take up a task, unless it has begun before or was called off."""
        with self._lock:
            part = task.assignment.part
            if part in self._known:
                return False
            self._known.append(part)
            self._tasks[part] = task
            if part in self._stopped:
                task.stop()
            return True

    def leave(self, task: Task) -> None:
        """Let go of a task that is at its end."""
        with self._lock:
            del self._tasks[task.assignment.part]

    def call_off(self, part: str) -> bool:
        """Cancel a task or keep it from beginning; whether it had begun."""
        with self._lock:
            if part not in self._known:
                self._known.append(part)
                return False
            if (task := self._tasks.get(part)) is not None:
                task.call_off()
            return True

    def stop(self, part: str) -> None:
        """Let a task begin with no further service, also one that is still to come."""
        with self._lock:
            self._stopped.append(part)
            if (task := self._tasks.get(part)) is not None:
                task.stop()


_register = _Register()
