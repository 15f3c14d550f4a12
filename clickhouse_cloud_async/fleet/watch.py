"""Tells what happens to the services of several clients, for as long as somebody listens."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

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

_LATE = 3
"""How many intervals may pass from one look to the next without being called a gap."""

_GRACE = timedelta(seconds=1)
"""How much more may, so that short intervals do not make gaps of what is only a busy machine."""


class Track:
    """What is known of the services of one organisation.

    Args:
        kind: What kind of things they are.
        criteria: Which services are meant.
        initial: Whether those that are there at the first look are told to have appeared.
        began: When somebody began to listen.

    Attributes:
        organization_id: ID of the organisation; None until it is known.
        watchers: How many clients can look.
        turn: Held by the one that does.
    """

    def __init__(self, kind: Kind, criteria: Criteria, *, initial: bool, began: datetime) -> None:
        self._kind = kind
        self._criteria = criteria
        self._services: Mapping[str, Any] | None = {} if initial else None
        self._seen = began
        self._error: CloudError | None = None
        self.organization_id: str | None = None
        self.watchers = 1
        self.turn: asyncio.Lock = asyncio.Lock()

    def take_in(self, one: PollCycle[Any], every: float) -> Iterator[Event[Any]]:
        """What a look has shown.

        Args:
            one: The look.
            every: Seconds from one look to the next, as they should be.
        """
        if one.error is not None:
            yield from self.fail(one.error, one.at)
            return
        if self._error is not None:
            yield from self.recover(one.at)
        elif one.at - self._seen > timedelta(seconds=_LATE * every) + _GRACE:
            late = (one.at - self._seen).total_seconds()
            reason = f"there was a look after {late:.1f} s and not after {every:g} s"
            yield self._gap(one.at, until=one.at, reason=reason)
        before = one.items if self._services is None else self._services
        self._services, self._seen = one.items, one.at
        found = differences(
            self._kind.event, before, one.items, at=one.at, organization_id=self.organization_id
        )
        for event in found:
            if any(s and self._criteria.match(s) for s in (event.before, event.after)):
                yield event

    def fail(
        self, error: CloudError, at: datetime, *, is_final: bool = False
    ) -> Iterator[Event[Any]]:
        """Nobody can look now: told when it begins, and when it turns out to have no end."""
        if self._error is None or is_final:
            self._error = error.with_traceback(None)
            yield self._gap(at, reason=error.message, is_final=is_final)

    def recover(self, at: datetime) -> Iterator[Event[Any]]:
        """Somebody can look again."""
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
    """Somebody who listens to several clients.

    Args:
        kind: What kind of things they are.
        criteria: Which services are meant.
        every: Seconds from one look to the next.
        initial: Whether those that are there at the first look are told to have appeared.
        left: How many clients there are.
    """

    def __init__(
        self, kind: Kind, criteria: Criteria, *, every: float, initial: bool, left: int
    ) -> None:
        self._kind = kind
        self._criteria = criteria
        self._every = every
        self._initial = initial
        self._left = left
        self._tracks: dict[str, Track] = {}
        self.news: asyncio.Queue[Event[Any] | Exception] = asyncio.Queue()

    async def listen(self, cloud: AsyncAPIClient) -> None:
        """Tell what happens to the services of one client, as long as it can look."""
        track = Track(self._kind, self._criteria, initial=self._initial, began=datetime.now(UTC))
        try:
            track = await self._join(cloud, track)
            async with track.turn:
                await self._follow(cloud, track)
        except CloudError as error:
            track.watchers -= 1
            self._left -= 1
            if self._left:
                self._tell(track.fail(error, datetime.now(UTC), is_final=not track.watchers))
            else:
                self.news.put_nowait(error)
        except Exception as error:  # noqa: BLE001 - whoever listens has to hear of it
            self.news.put_nowait(error)

    async def _join(self, cloud: AsyncAPIClient, own: Track) -> Track:
        """Find out what there is to watch; where another client watches it, wait for its end."""
        failures = 0
        caller = caller_of(cloud)
        while True:
            try:
                organization_id = await caller.default_scope()
                break
            except PASSING as error:
                failures += 1
                self._tell(own.fail(error, datetime.now(UTC)))
                await asyncio.sleep(jittered(caller.pollers.polling.backoff(failures)))
        track = self._tracks.setdefault(organization_id, own)
        if track is own:
            own.organization_id = organization_id
        else:
            self._tell(own.recover(datetime.now(UTC)))
            track.watchers += 1
        return track

    async def _follow(self, cloud: AsyncAPIClient, track: Track) -> None:
        poller = await poller_of(
            caller_of(cloud), self._kind.lifecycle, {self._kind.scope: track.organization_id}
        )
        every = self._every / poller.polling.speed
        cycles = cast("AsyncGenerator[PollCycle[Any]]", poller.cycles(every=every))
        async with aclosing(cycles):
            async for one in cycles:
                self._tell(track.take_in(one, every))

    def _tell(self, events: Iterable[Event[Any]]) -> None:
        for event in events:
            self.news.put_nowait(event)


async def _watch(
    kind: Kind,
    members: Sequence[AsyncAPIClient],
    criteria: Criteria,
    *,
    every: float,
    initial: bool,
) -> AsyncIterator[Any]:
    watch = _Watch(kind, criteria, every=every, initial=initial, left=len(members))
    tasks = [asyncio.create_task(watch.listen(cloud)) for cloud in members]
    try:
        while True:
            news = await watch.news.get()
            if isinstance(news, Exception):
                raise news
            yield news
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
    """Tell what happens to services.

    Args:
        kind: What kind of things they are.
        members: The clients that reach them.
        criteria: Which of their services are meant.
        every: Seconds from one look to the next.
        initial: Whether those that are there at the first look are told to have appeared.

    Raises:
        InvalidArgumentError: The interval is none.
    """
    is_number = isinstance(every, int | float) and not isinstance(every, bool)
    if not is_number or not 0 < every < float("inf"):
        raise InvalidArgumentError(f"every: {every!r} is not a positive number of seconds")
    return _watch(kind, members, criteria, every=every, initial=initial)
