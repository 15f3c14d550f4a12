"""Watches over the services of several clients: events from one poll to the next."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import attrs

from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.errors import CloudError, InvalidArgumentError
from clickhouse_cloud_async.core.waiting.policy import jittered
from clickhouse_cloud_async.core.waiting.poller import PASSING, poller_of

from .events import EventKind, differences

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping, Sequence

    from clickhouse_cloud_async.core.client import AsyncAPIClient
    from clickhouse_cloud_async.core.waiting.cycles import PollCycle

    from .events import Event
    from .kind import Criteria, Kind

_LATE_INTERVALS = 3
"""Number of intervals between two polls above which there is a gap."""

_GRACE = timedelta(seconds=1)
"""Extra time before a gap, so that a busy machine does not cause gaps at short intervals."""


class Tracker:
    """The latest known services of an organisation.

    Args:
        kind: Kind of the resources.
        cloud: The client that polls them first.
        criteria: Criteria that select services.
        initial: Whether services found by the first poll are reported as ``appeared``.
        began: When the watch began.

    Attributes:
        organization_id: ID of the organisation; None until it is known.
        watchers: Number of clients that can poll it.
        lock: Held by the client that polls.
    """

    def __init__(
        self,
        kind: Kind,
        cloud: AsyncAPIClient,
        criteria: Criteria,
        *,
        initial: bool,
        began: datetime,
    ) -> None:
        self._kind = kind
        self._cloud = cloud
        self._criteria = criteria
        self._services: Mapping[str, Any] | None = {} if initial else None
        self._is_new = True
        self._seen = began
        self._error: CloudError | None = None
        self.organization_id: str | None = None
        self.watchers = 1
        self.lock: asyncio.Lock = asyncio.Lock()

    def compare(self, cycle: PollCycle[Any], every: float) -> Iterator[Event[Any]]:
        """Compare the result of a poll with the latest known services.

        Args:
            cycle: The poll.
            every: Polling interval in seconds.

        Yields:
            Events of services, and of gaps.
        """
        if cycle.error is not None:
            yield from self.fail(cycle.error, cycle.at)
            return
        if self._error is not None:
            yield from self.recover(cycle.at)
        elif cycle.at - self._seen > timedelta(seconds=_LATE_INTERVALS * every) + _GRACE:
            late = (cycle.at - self._seen).total_seconds()
            reason = f"the last poll was {late:.1f} s ago, the interval is {every:g} s"
            yield self._gap(cycle.at, until=cycle.at, reason=reason)
        before = cycle.items if self._services is None else self._services
        is_initial, self._is_new = self._is_new, False
        self._services, self._seen = cycle.items, cycle.at
        found = differences(
            self._kind, before, cycle.items, at=cycle.at, organization_id=self.organization_id
        )
        for event in found:
            seen = (item for item in (event.before, event.after) if item is not None)
            if any(map(self._is_meant, seen)):
                yield attrs.evolve(event, is_initial=is_initial)

    def _is_meant(self, item: Any) -> bool:
        member = self._kind.member(item, self.organization_id or "", self._cloud)
        return self._kind.selects(self._criteria, member)

    def fail(
        self, error: CloudError, at: datetime, *, is_final: bool = False
    ) -> Iterator[Event[Any]]:
        """Begin a gap, or make it final; a gap is reported once for each."""
        if self._error is None or is_final:
            self._error = error.with_traceback(None)
            yield self._gap(at, reason=error.message, is_final=is_final)

    def recover(self, at: datetime) -> Iterator[Event[Any]]:
        """End a gap, if there is one."""
        if self._error is not None:
            yield self._gap(at, until=at, reason=self._error.message)
            self._error = None

    def _gap(
        self, at: datetime, *, reason: str, until: datetime | None = None, is_final: bool = False
    ) -> Event[Any]:
        event: Event[Any] = self._kind.event(
            kind=EventKind.GAP,
            at=at,
            organization_id=self.organization_id,
            since=self._seen,
            until=until,
            reason=reason,
            error=self._error,
            is_final=is_final,
        )
        return event


class _Watch:
    """A watch over several clients.

    Args:
        kind: Kind of the resources.
        criteria: Criteria that select services.
        every: Polling interval in seconds.
        initial: Whether services found by the first poll are reported as ``appeared``.
        left: Number of clients that have not failed permanently.
    """

    def __init__(
        self, kind: Kind, criteria: Criteria, *, every: float, initial: bool, left: int
    ) -> None:
        self._kind = kind
        self._criteria = criteria
        self._every = every
        self._initial = initial
        self._left = left
        self._trackers: dict[str, Tracker] = {}
        self.events: asyncio.Queue[Event[Any] | Exception] = asyncio.Queue()

    async def run(self, cloud: AsyncAPIClient) -> None:
        """Publish the events of one client's services, as long as it can poll them."""
        tracker = Tracker(
            self._kind, cloud, self._criteria, initial=self._initial, began=datetime.now(UTC)
        )
        try:
            tracker = await self._find_tracker(cloud, tracker)
            async with tracker.lock:
                await self._follow(cloud, tracker)
        except CloudError as error:
            tracker.watchers -= 1
            self._left -= 1
            if self._left:
                self._publish(tracker.fail(error, datetime.now(UTC), is_final=not tracker.watchers))
            else:
                self.events.put_nowait(error)
        except Exception as error:  # noqa: BLE001 - raised by the iterator of the watch
            self.events.put_nowait(error)

    async def _find_tracker(self, cloud: AsyncAPIClient, own: Tracker) -> Tracker:
        """Find the client's organisation; return its tracker, which clients of it share."""
        failures = 0
        caller = caller_of(cloud)
        while True:
            try:
                organization_id = await self._kind.scope_of(cloud)
                break
            except PASSING as error:
                failures += 1
                self._publish(own.fail(error, datetime.now(UTC)))
                await asyncio.sleep(jittered(caller.pollers.polling.backoff(failures)))
        tracker = self._trackers.setdefault(organization_id, own)
        if tracker is own:
            own.organization_id = organization_id
        else:
            self._publish(own.recover(datetime.now(UTC)))
            tracker.watchers += 1
        return tracker

    async def _follow(self, cloud: AsyncAPIClient, tracker: Tracker) -> None:
        assert tracker.organization_id is not None, "it was found before"
        parent = self._kind.parent(tracker.organization_id)
        poller = await poller_of(caller_of(cloud), self._kind.lifecycle, parent)
        every = self._every / poller.polling.speed
        cycles = cast("AsyncGenerator[PollCycle[Any]]", poller.cycles(every=every))
        async with aclosing(cycles):
            async for cycle in cycles:
                if self._kind.prepare is not None:
                    with suppress(*PASSING):
                        await self._kind.prepare(cloud, cycle.items.values())
                self._publish(tracker.compare(cycle, every))

    def _publish(self, events: Iterable[Event[Any]]) -> None:
        for event in events:
            self.events.put_nowait(event)


async def _watch(
    kind: Kind,
    members: Sequence[AsyncAPIClient],
    criteria: Criteria,
    *,
    every: float,
    initial: bool,
) -> AsyncIterator[Any]:
    watch = _Watch(kind, criteria, every=every, initial=initial, left=len(members))
    tasks = [asyncio.create_task(watch.run(cloud)) for cloud in members]
    try:
        while True:
            event = await watch.events.get()
            if isinstance(event, Exception):
                raise event
            yield event
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def watch_members(
    kind: Kind,
    members: Sequence[AsyncAPIClient],
    criteria: Criteria,
    *,
    every: float,
    initial: bool,
) -> AsyncIterator[Any]:
    """Watch services.

    Args:
        kind: Kind of the resources.
        members: The clients of their organisations.
        criteria: Criteria that select services.
        every: Polling interval in seconds.
        initial: Whether services found by the first poll are reported as ``appeared``.

    Returns:
        An endless iterator of events.

    Raises:
        InvalidArgumentError: The interval is not a positive number.
    """
    is_number = isinstance(every, int | float) and not isinstance(every, bool)
    if not is_number or not 0 < every < float("inf"):
        raise InvalidArgumentError(f"every must be a positive number of seconds, got {every!r}")
    return _watch(kind, members, criteria, every=every, initial=initial)
