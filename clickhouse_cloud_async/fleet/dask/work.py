"""The work of the workers of a cluster.

A task that changes services must not run twice, but Dask reschedules a task when its worker or its
result is lost. So a task is bound to one process and begins there once. A rescheduled task does
nothing and returns None, from which the caller learns that the first run is lost.
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

from .picklable import make_picklable, picklable_error
from .updates import TOPIC, Updates

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from distributed import Worker

    from clickhouse_cloud_async.core.client import AsyncAPIClient
    from clickhouse_cloud_async.fleet.kind import Criteria, Kind, Member
    from clickhouse_cloud_async.fleet.report import Outcome
    from clickhouse_cloud_async.fleet.run import OnError
    from clickhouse_cloud_async.fleet.steps import Action

    from .keys import Key

CHECK_INTERVAL = 0.5
"""Seconds between two checks that the task has not been released or cancelled."""

CONNECTIONS = 4
"""Default connection limit of a client: a process may have hundreds of clients."""

REMEMBERED_TASKS = 10_000
"""Number of tasks that a process remembers."""

_PROCESS = uuid4().hex


@attrs.frozen(kw_only=True, repr=False)
class Assignment:
    """The work of a task.

    Attributes:
        shard: Key of the task.
        process: The process that may run it.
        keys: The keys.
        options: Settings of their clients.
        kind: Kind of the resources.
        criteria: Which of them are selected.
        action: The action; None to list the services.
        wait: As for an action of a selection.
        timeout: Likewise.
        on_error: Likewise.
        dry_run: Likewise.
        expected: Expected number of services; None for any number.
    """

    shard: str
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
        return f"<Assignment {self.shard}>"


@attrs.frozen(kw_only=True)
class TaskResult:
    """Result of a task.

    Attributes:
        report: Outcomes of the services.
        found: The services that were listed, each with the id of its organisation.
        error: The error that ended it early, if any.
    """

    report: Report
    found: list[tuple[Any, str]]
    error: Exception | None


def this_process() -> str:
    """Return an identifier of this process that is unique in the cluster."""
    return f"{_PROCESS}-{os.getpid()}"


def carry_out(assignment: Assignment) -> TaskResult | None:
    """Carry out an assignment once.

    The thread leaves the worker's pool meanwhile: it waits nearly all the time, and any number of
    keys can be in use at the same time.

    Returns:
        The result; None if the task has begun before, or belongs to another process.
    """
    task = Task(assignment, get_worker())
    if assignment.process != this_process() or not _register.enter(task):
        return None
    secede()
    try:
        return run(task.carry_out)
    finally:
        _register.leave(task)


def cancel(shards: Mapping[str, str]) -> list[str]:
    """Cancel tasks of this process; those that come later do not begin.

    Args:
        shards: Keys of the tasks, and the process that each was meant for.

    Returns:
        Keys of the tasks that had not begun.
    """
    here = this_process()
    return [
        shard
        for shard, process in shards.items()
        if process == here and not _register.cancel(shard)
    ]


def stop_starting(shards: Iterable[str]) -> None:
    """Keep tasks of this process from starting with further services.

    Args:
        shards: Keys of the tasks.
    """
    for shard in shards:
        _register.stop(shard)


class Task:
    """A running task.

    Args:
        assignment: Its work.
        worker: The worker that it runs on.
    """

    def __init__(self, assignment: Assignment, worker: Worker) -> None:
        self.assignment = assignment
        self._worker = worker
        self._report = Report()
        self._found: list[Member] = []
        self._run: _ReportingRun | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[None] | None = None
        self._is_cancelled = False
        self._is_stopped = False

    async def carry_out(self) -> TaskResult:
        """Carry out the assignment."""
        self._loop = asyncio.get_running_loop()
        self._work = asyncio.create_task(self._carry_out())
        if self._is_cancelled:
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
        return TaskResult(
            report=make_picklable(self._report),
            found=[(each.item, each.organization_id) for each in self._found],
            error=None if error is None else picklable_error(error),
        )

    def cancel(self) -> None:
        """Cancel it, from any thread; a second time changes nothing."""
        if self._is_cancelled:
            return
        self._is_cancelled = True
        if self._loop is not None and self._work is not None:
            self._loop.call_soon_threadsafe(self._work.cancel)

    def stop(self) -> None:
        """Start with no further service."""
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
        updates = Updates(assignment.shard, lambda message: self._worker.log_event(TOPIC, message))
        self._run = _ReportingRun(action, options, assignment.kind, updates)
        self._run.is_stopped = self._is_stopped
        try:
            await engine.carry_out(self._run, members, assignment.criteria, self._check)
        finally:
            updates.stop()

    def _check(self, found: int) -> None:
        expected = self.assignment.expected
        if expected not in {None, found}:
            raise InvalidArgumentError(
                f"{found} services were found where {expected} had been: nothing was sent to them"
            )

    async def _watch(self) -> None:
        """Cancel the task once it is released because its client is gone."""
        while True:
            await asyncio.sleep(CHECK_INTERVAL)
            task = self._worker.state.tasks.get(self.assignment.shard)
            if task is None or task.state == "cancelled":
                self.cancel()


class _ReportingRun(Run):
    """An action that publishes an update of each service."""

    def __init__(self, action: Action, options: Options, kind: Kind, updates: Updates) -> None:
        super().__init__(action, options, kind)
        self._updates = updates

    def begin(self) -> None:
        self._updates.publish_all(self.options.report.outcomes, self.eta.seconds)

    def notify(self, outcome: Outcome) -> None:
        self.eta.see(outcome)
        self._updates.add(outcome, self.eta.seconds)

    def finish(self, outcome: Outcome) -> None:
        self._updates.finish(outcome)
        super().finish(outcome)


class _Register:
    """The tasks of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: dict[str, Task] = {}
        self._known: deque[str] = deque(maxlen=REMEMBERED_TASKS)
        self._stopped: deque[str] = deque(maxlen=REMEMBERED_TASKS)

    def enter(self, task: Task) -> bool:
        """Register a task, unless it has begun before or was cancelled."""
        with self._lock:
            shard = task.assignment.shard
            if shard in self._known:
                return False
            self._known.append(shard)
            self._tasks[shard] = task
            if shard in self._stopped:
                task.stop()
            return True

    def leave(self, task: Task) -> None:
        """Remove a finished task."""
        with self._lock:
            del self._tasks[task.assignment.shard]

    def cancel(self, shard: str) -> bool:
        """Cancel a task or keep it from beginning; return whether it had begun."""
        with self._lock:
            if shard not in self._known:
                self._known.append(shard)
                return False
            if (task := self._tasks.get(shard)) is not None:
                task.cancel()
            return True

    def stop(self, shard: str) -> None:
        """Keep a task, which may still be queued, from starting with further services."""
        with self._lock:
            self._stopped.append(shard)
            if (task := self._tasks.get(shard)) is not None:
                task.stop()


_register = _Register()
