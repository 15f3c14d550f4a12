"""An action on a cluster, as who waits for it sees it."""

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

from .cluster import Cluster, place
from .keys import group_keys
from .part import Part
from .portable import check_portable
from .work import Assignment

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from distributed import Client

    from clickhouse_cloud_async.fleet.kind import Criteria, Kind
    from clickhouse_cloud_async.fleet.report import Outcome
    from clickhouse_cloud_async.fleet.run import Options
    from clickhouse_cloud_async.fleet.steps import Action

    from .news import Message
    from .work import Ended

P = ParamSpec("P")

PACE = 1.0
"""Seconds between two looks whether the workers are there."""

GRACE = 10.0
"""Seconds for tasks to stop, and beyond a time limit to keep to it themselves."""

_BAD = frozenset((OutcomeStatus.FAILED, OutcomeStatus.UNKNOWN))


@attrs.frozen(kw_only=True)
class Setup:
    """A fleet on a cluster.

    Attributes:
        kind: What kind of things they are.
        client: The client of the cluster.
        keys: The keys.
        options: How clients are set up.
    """

    kind: Kind
    client: Client
    keys: tuple[Any, ...]
    options: Mapping[str, Any]


class DaskRun:
    """An action on its way.

    Whatever happens comes into one inbox, and is dealt with in turn.

    Args:
        setup: The fleet.
        criteria: Which services are meant.
        action: What is done to them; None to list them.
        options: How.
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
        self._parts: dict[str, Part] = {}
        self._helpers: set[asyncio.Task[None]] = set()
        self._looked: dict[int, int] | None = None
        self._requests_before = 0
        self._is_handed_out = False
        self._is_stopped = False
        self._is_quiet = False

    async def carry_out(self, check: Callable[[int], None] | None = None) -> None:
        """Do it; the report tells of it, however it ends.

        Args:
            check: Called with the number of services before anything is sent to one.
        """
        report = self._options.report
        report.action = self._name
        check_portable((self._criteria, self._action))
        try:
            if check is not None:
                await self._look(check)
            await self._hand_out()
            await self._settle()
        except BaseException:
            self._is_quiet = True
            await self._call_off()
            raise
        finally:
            for helper in self._helpers:
                helper.cancel()
            self._cluster.listen_no_more(self._parts)
            self._sum_up()

    @property
    def found(self) -> list[tuple[Any, str]]:
        """The services that were listed, each with the id of its organisation."""
        return [each for part in self._parts.values() for each in part.found]

    async def _look(self, check: Callable[[int], None]) -> None:
        options = attrs.evolve(self._options, report=type(self._options.report)())
        look = DaskRun(self._setup, self._criteria, None, options)
        await look.carry_out()
        self._requests_before = options.report.requests
        self._options.report.failures = options.report.failures
        self._looked = {part.members[0]: len(part.found) for part in look._parts.values()}
        check(len(look.found))

    async def _hand_out(self) -> None:
        """Give each part to a worker, and follow all of them."""
        processes = await self._cluster.processes()
        run, keys = uuid4().hex, self._setup.keys
        for number, members in enumerate(group_keys(keys)):
            used = tuple(keys[member] for member in members)
            name = f"cloud-fleet-{self._name}-{run}-{number}"
            address = place(min(key.identity for key in used), processes)
            part = Part(
                name=name,
                members=members,
                keys=used,
                address=address,
                process=processes[address],
            )
            if self._expected(part) != 0:
                self._parts[name] = part
        await self._cluster.listen(self._parts, lambda message: self._put(self._hear, message))
        for part in self._parts.values():
            part.future = self._cluster.submit(part.address, self._assignment(part))
            self._help(self._follow(part))
        self._help(self._guard())
        self._is_handed_out = True

    def _expected(self, part: Part) -> int | None:
        """How many services were found by its first key, where somebody looked."""
        return None if self._looked is None else self._looked[part.members[0]]

    def _assignment(self, part: Part) -> Assignment:
        return Assignment(
            part=part.name,
            process=part.process,
            keys=part.keys,
            options=self._setup.options,
            kind=self._setup.kind,
            criteria=self._criteria,
            action=self._action,
            wait=self._options.wait,
            timeout=self._remaining,
            on_error=self._options.on_error,
            dry_run=self._options.dry_run,
            expected=self._expected(part),
        )

    async def _settle(self) -> None:
        """Deal with what comes until all parts are over, or the time is long up."""
        remaining = self._remaining
        try:
            async with asyncio.timeout(None if remaining is None else remaining + GRACE):
                while self._open_parts():
                    (await self._inbox.get())()
        except TimeoutError:
            await self._call_off()

    async def _call_off(self) -> None:
        """Stop what still runs, and take in what came of it."""
        with suppress(Exception):
            async with asyncio.timeout(GRACE):
                for name in await self._cluster.call_off(self._open_parts()):
                    self._parts[name].fail("nothing was sent: no worker had begun with it")
                while self._open_parts():
                    with suppress(Exception):
                        (await self._inbox.get())()
        for part in self._open_parts():
            self._lose(part, "its task did not stop in time")

    def _open_parts(self) -> list[Part]:
        return [part for part in self._parts.values() if not part.is_over]

    async def _follow(self, part: Part) -> None:
        assert part.future is not None, "it was handed out"
        try:
            ended = await self._cluster.result(part.future)
        except Exception as error:  # noqa: BLE001 - Dask raises what it likes
            self._put(self._lose, part, f"Dask lost its task ({error})")
        else:
            self._put(self._end, part, ended)

    async def _guard(self) -> None:
        """Look whether the workers are there."""
        while True:
            await asyncio.sleep(PACE)
            with suppress(Exception):
                parts = self._open_parts()
                present = await self._cluster.present({part.address for part in parts})
                for part in parts:
                    if part.address not in present:
                        self._put(self._lose, part, f"its worker {part.address} was lost")

    def _hear(self, message: Message) -> None:
        part = self._parts[message["part"]]
        if not part.is_over:
            self._tell(part.hear(message))

    def _end(self, part: Part, ended: Ended | None) -> None:
        if part.is_over:
            return
        if ended is None:
            self._lose(part, f"its worker {part.address} was lost")
            return
        self._tell(part.end(ended))
        if ended.error is not None:
            raise ended.error

    def _lose(self, part: Part, why: str) -> None:
        if not part.is_over:
            self._tell(part.lose(why))

    def _tell(self, news: list[Outcome]) -> None:
        """Tell of news, and stop after a failure where that is wanted."""
        self._bring_up_to_date()
        is_bad = any(outcome.status in _BAD for outcome in news)
        if is_bad and self._options.on_error == "stop" and not self._is_stopped:
            self._is_stopped = True
            self._help(self._stop())
        if self._options.on_progress is not None and not self._is_quiet:
            finished = sum(len(part.finished) for part in self._parts.values())
            now = time.monotonic()
            remaining = self._remaining_at(now)
            for outcome in news:
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
        """About how many seconds are left, as far as the workers tell."""
        parts = [part for part in self._parts.values() if not part.is_over]
        if not parts:
            return 0.0
        ends = [part.likely_end for part in parts if part.likely_end is not None]
        return max(0.0, max(ends) - now) if ends else None

    async def _stop(self) -> None:
        with suppress(Exception):
            await self._cluster.begin_no_more(self._open_parts())

    def _bring_up_to_date(self) -> None:
        """Let the report say what is known."""
        report, parts = self._options.report, self._parts.values()
        report.outcomes = [each for part in parts for each in part.outcomes.values()]
        report.requests = self._requests_before + sum(part.requests for part in parts)
        report.seconds = time.monotonic() - self._began

    def _sum_up(self) -> None:
        report, parts = self._options.report, self._parts.values()
        self._bring_up_to_date()
        report.failures += [failure for part in parts for failure in part.failures]
        report.failures.sort(key=lambda failure: failure.member)
        report.is_complete = self._is_handed_out and all(part.is_complete for part in parts)

    @property
    def _remaining(self) -> float | None:
        """Seconds until the time is up, None for no limit."""
        timeout = self._options.timeout
        if timeout is None:
            return None
        return max(timeout - (time.monotonic() - self._began), 0.001)

    def _put(self, function: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        self._inbox.put_nowait(partial(function, *args, **kwargs))

    def _help(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run something beside."""
        self._helpers.add(asyncio.create_task(coroutine))
