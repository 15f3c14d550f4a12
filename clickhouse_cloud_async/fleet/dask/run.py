"""An action on a cluster, as seen by the process that started it."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec
from uuid import uuid4

import attrs

from clickhouse_cloud_async.fleet.progress import FleetProgress
from clickhouse_cloud_async.fleet.report import OutcomeStatus

from .cluster import Cluster, assign_worker
from .keys import group_keys
from .picklable import check_picklable
from .shard import Shard
from .work import Assignment

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from distributed import Client

    from clickhouse_cloud_async.fleet.kind import Criteria, Kind
    from clickhouse_cloud_async.fleet.report import Outcome
    from clickhouse_cloud_async.fleet.run import Options
    from clickhouse_cloud_async.fleet.steps import Action

    from .updates import Message
    from .work import TaskResult

P = ParamSpec("P")

CHECK_INTERVAL = 1.0
"""Seconds between two checks that the workers are connected."""

SHUTDOWN_GRACE = 10.0
"""Seconds for tasks to stop when cancelled, or at the timeout that they keep themselves."""

_BAD = frozenset((OutcomeStatus.FAILED, OutcomeStatus.UNKNOWN))


@attrs.frozen(kw_only=True)
class Setup:
    """A fleet on a cluster.

    Attributes:
        kind: Kind of the resources.
        client: The client of the cluster.
        keys: The keys.
        options: Settings of the clients.
    """

    kind: Kind
    client: Client
    keys: tuple[Any, ...]
    options: Mapping[str, Any]


class DaskRun:
    """A running action.

    All events are put into one inbox and handled one at a time.

    Args:
        setup: The fleet.
        criteria: Criteria that select services.
        action: The action; None to list the services.
        options: Options of the action.
    """

    def __init__(
        self, setup: Setup, criteria: Criteria, action: Action | None, options: Options
    ) -> None:
        self._setup = setup
        self._cluster = Cluster(setup.client)
        self._criteria = criteria
        self._action = action
        self._options = options
        self._name = "list" if action is None else action.name
        self._began = time.monotonic()
        self._inbox: asyncio.Queue[Callable[[], None]] = asyncio.Queue()
        self._shards: dict[str, Shard] = {}
        self._helpers: set[asyncio.Task[None]] = set()
        self._found_before: dict[int, int] | None = None
        self._requests_before = 0
        self._is_submitted = False
        self._is_stopped = False
        self._is_cancelled = False

    async def carry_out(self, check: Callable[[int], None] | None = None) -> None:
        """Carry out the action; the report is complete however the action ends.

        Args:
            check: Called with the number of services before any command is sent.
        """
        report = self._options.report
        report.action = self._name
        check_picklable((self._criteria, self._action))
        try:
            if check is not None:
                await self._list_first(check)
            await self._submit()
            await self._process_inbox()
        except BaseException:
            self._is_cancelled = True
            await self._cancel()
            raise
        finally:
            for helper in self._helpers:
                helper.cancel()
            self._cluster.unsubscribe(self._shards)
            self._complete_report()

    @property
    def found(self) -> list[tuple[Any, str]]:
        """The services that were listed, each with the id of its organisation."""
        return [each for shard in self._shards.values() for each in shard.found]

    async def _list_first(self, check: Callable[[int], None]) -> None:
        options = attrs.evolve(self._options, report=type(self._options.report)())
        listing = DaskRun(self._setup, self._criteria, None, options)
        await listing.carry_out()
        self._requests_before = options.report.requests
        self._options.report.failures = options.report.failures
        shards = listing._shards.values()
        self._found_before = {shard.members[0]: len(shard.found) for shard in shards}
        check(len(listing.found))

    async def _submit(self) -> None:
        """Submit each shard to its worker, and follow all of them."""
        processes = await self._cluster.processes()
        run, keys = uuid4().hex, self._setup.keys
        for number, members in enumerate(group_keys(keys)):
            used = tuple(keys[member] for member in members)
            name = f"cloud-fleet-{self._name}-{run}-{number}"
            address = assign_worker(min(key.identity for key in used), processes)
            shard = Shard(
                name=name,
                members=members,
                keys=used,
                address=address,
                process=processes[address],
            )
            if self._expected(shard) != 0:
                self._shards[name] = shard
        await self._cluster.subscribe(
            self._shards, lambda message: self._put(self._dispatch, message)
        )
        for shard in self._shards.values():
            shard.future = self._cluster.submit(shard.address, self._assignment(shard))
            self._start_helper(self._follow(shard))
        self._start_helper(self._watch_workers())
        self._is_submitted = True

    def _expected(self, shard: Shard) -> int | None:
        """Return the number of services listed before the action; None if none were listed."""
        return None if self._found_before is None else self._found_before[shard.members[0]]

    def _assignment(self, shard: Shard) -> Assignment:
        return Assignment(
            shard=shard.name,
            process=shard.process,
            keys=shard.keys,
            options=self._setup.options,
            kind=self._setup.kind,
            criteria=self._criteria,
            action=self._action,
            wait=self._options.wait,
            timeout=self._remaining,
            on_error=self._options.on_error,
            dry_run=self._options.dry_run,
            expected=self._expected(shard),
        )

    async def _process_inbox(self) -> None:
        """Handle events until all shards are over, or do not stop at the timeout."""
        remaining = self._remaining
        try:
            async with asyncio.timeout(None if remaining is None else remaining + SHUTDOWN_GRACE):
                while self._open_shards():
                    (await self._inbox.get())()
        except TimeoutError:
            await self._cancel()

    async def _cancel(self) -> None:
        """Cancel running tasks, and collect their results."""
        with suppress(Exception):
            async with asyncio.timeout(SHUTDOWN_GRACE):
                for name in await self._cluster.cancel(self._open_shards()):
                    self._shards[name].fail("nothing was sent: no worker had begun with it")
                while self._open_shards():
                    with suppress(Exception):
                        (await self._inbox.get())()
        for shard in self._open_shards():
            self._lose(shard, "its task did not stop in time")

    def _open_shards(self) -> list[Shard]:
        return [shard for shard in self._shards.values() if not shard.is_over]

    async def _follow(self, shard: Shard) -> None:
        assert shard.future is not None, "it was submitted"
        try:
            ended = await self._cluster.result(shard.future)
        except Exception as error:  # noqa: BLE001 - Dask raises what it likes
            self._put(self._lose, shard, f"Dask lost its task ({error})")
        else:
            self._put(self._end, shard, ended)

    async def _watch_workers(self) -> None:
        """Give up the shards of workers that are no longer connected."""
        while True:
            await asyncio.sleep(CHECK_INTERVAL)
            with suppress(Exception):
                shards = self._open_shards()
                connected = await self._cluster.connected({shard.address for shard in shards})
                for shard in shards:
                    if shard.address not in connected:
                        self._put(self._lose, shard, f"its worker {shard.address} was lost")

    def _dispatch(self, message: Message) -> None:
        shard = self._shards[message["shard"]]
        if not shard.is_over:
            self._report(shard.update(message))

    def _end(self, shard: Shard, ended: TaskResult | None) -> None:
        if shard.is_over:
            return
        if ended is None:
            self._lose(shard, f"its worker {shard.address} was lost")
            return
        self._report(shard.end(ended))
        if ended.error is not None:
            raise ended.error

    def _lose(self, shard: Shard, why: str) -> None:
        if not shard.is_over:
            self._report(shard.lose(why))

    def _report(self, updates: list[Outcome]) -> None:
        """Report changed outcomes, and stop after a failure if `on_error` is ``stop``."""
        self._update_report()
        is_bad = any(outcome.status in _BAD for outcome in updates)
        if is_bad and self._options.on_error == "stop" and not self._is_stopped:
            self._is_stopped = True
            self._start_helper(self._stop())
        if self._options.on_progress is not None and not self._is_cancelled:
            finished = sum(len(shard.finished) for shard in self._shards.values())
            now = time.monotonic()
            remaining = self._remaining_at(now)
            for outcome in updates:
                self._options.on_progress(
                    FleetProgress(
                        report=self._options.report,
                        outcome=outcome,
                        finished=finished,
                        seconds=now - self._began,
                        remaining_seconds=remaining,
                    )
                )

    def _remaining_at(self, now: float) -> float | None:
        """Estimated seconds left, from the latest estimates of the workers."""
        shards = [shard for shard in self._shards.values() if not shard.is_over]
        if not shards:
            return 0.0
        ends = [shard.likely_end for shard in shards if shard.likely_end is not None]
        return max(0.0, max(ends) - now) if ends else None

    async def _stop(self) -> None:
        with suppress(Exception):
            await self._cluster.stop_starting(self._open_shards())

    def _update_report(self) -> None:
        """Bring the report up to date."""
        report, shards = self._options.report, self._shards.values()
        report.outcomes = [each for shard in shards for each in shard.outcomes.values()]
        report.requests = self._requests_before + sum(shard.requests for shard in shards)
        report.seconds = time.monotonic() - self._began

    def _complete_report(self) -> None:
        report, shards = self._options.report, self._shards.values()
        self._update_report()
        report.failures += [failure for shard in shards for failure in shard.failures]
        report.failures.sort(key=lambda failure: failure.member)
        report.is_complete = self._is_submitted and all(shard.is_complete for shard in shards)

    @property
    def _remaining(self) -> float | None:
        """Seconds until the timeout, None for no limit."""
        timeout = self._options.timeout
        if timeout is None:
            return None
        return max(timeout - (time.monotonic() - self._began), 0.001)

    def _put(self, function: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        self._inbox.put_nowait(partial(function, *args, **kwargs))

    def _start_helper(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine until the action is over."""
        self._helpers.add(asyncio.create_task(coroutine))
