"""Subscriptions to what a poller sees."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from .policy import EARLIEST_END

if TYPE_CHECKING:
    from datetime import datetime

    from clickhouse_cloud_async.core.call import Call
    from clickhouse_cloud_async.core.errors import CloudError
    from clickhouse_cloud_async.core.messages import Response

    from .lifecycle import Lifecycle
    from .policy import Polling
    from .snapshots import Snapshot

T = TypeVar("T")


@attrs.frozen
class PollResult:
    """A poll that was successful.

    Attributes:
        turn: Which one of its poller's requests it began with, from 1 on.
        now: Time of the event loop when its answer came.
        at: The same by the clock.
        answer: Its last request, and the response.
        absence: The response to a request for one thing that says that it does not exist.
    """

    turn: int
    now: float
    at: datetime
    answer: tuple[Call, Response] | None
    absence: CloudError | None = None


class Subscription:
    """Somebody who waits to see something.

    Attributes:
        begins_after: How many requests its poller had sent when it came. What those saw was
            perhaps seen before a command that this wait comes after.
        wants: Time of the event loop at which it wants the next poll.
        tolerates: Time of the event loop until which it can do without, where polls cost changes.
        latest: Time of the event loop by which it wants a poll in any case; infinite for none.
    """

    __slots__ = ("begins_after", "latest", "tolerates", "wants")

    def __init__(self) -> None:
        self.begins_after: int = 0
        self.wants: float = 0.0
        self.tolerates: float = 0.0
        self.latest: float = math.inf

    def moment(self, *, is_crowded: bool) -> float:
        """Return the time of the event loop at which it wants the next poll.

        Args:
            is_crowded: Whether a poll takes the slot of a request that changes something.
        """
        return self.tolerates if is_crowded else self.wants

    def rest(self) -> None:
        """Want no poll for the time being."""
        self.wants = self.tolerates = math.inf

    def failed(self, error: CloudError) -> None:
        """Handle a poll that failed; there will be another one."""

    def end(self, error: Exception) -> None:
        """Handle the end of polling."""
        raise NotImplementedError


class ItemSubscription(Subscription, Generic[T]):
    """Somebody who waits to see one thing.

    Args:
        lifecycle: What kind of thing it is.
        key: Its id.
        polling: How often it wants a poll.
        now: Time of the event loop.

    Attributes:
        lifecycle: As the argument.
        key: As the argument.
        polling: As the argument.
        snapshot: What was seen last; None where nothing was, or where it is gone.
        since: Time of the event loop when its present state was first seen, or the wait began.
    """

    __slots__ = ("_was_missed", "key", "lifecycle", "polling", "since", "snapshot")

    def __init__(self, lifecycle: Lifecycle[T], key: str, polling: Polling, now: float) -> None:
        super().__init__()
        self.lifecycle: Lifecycle[T] = lifecycle
        self.polling: Polling = polling
        self.key: str = key
        self.snapshot: Snapshot[T] | None = None
        self._was_missed = False
        self.since: float = now

    def receive(self, snapshot: Snapshot[T] | None, result: PollResult) -> None:
        """Take in what a poll has seen of the thing."""
        if snapshot is None and self.may_be_there(result):
            self._want(result.now, 0.0)
            return
        self._was_missed = False
        before, self.snapshot = self.snapshot, snapshot
        state = None if snapshot is None else snapshot.state
        if before is not None and before.state != state:
            self.since = result.now
        self.expect(result.now)
        self.seen(snapshot, result)

    def expect(self, now: float) -> None:
        """Want the next poll when something may have changed."""
        state = None if self.snapshot is None else self.snapshot.state
        self._want(now, 0.0 if state is None else self.lifecycle.transitional.get(state, 0.0))

    def _want(self, now: float, typical: float) -> None:
        """Request the next poll after an interval, and one just before the deadline."""
        interval = self.polling.interval(now - self.since, typical)
        ends = self.since + EARLIEST_END * typical / self.polling.speed
        self.wants: float = now + interval
        self.tolerates: float = max(ends, now) + max(interval, self.polling.staleness)
        if now < self.latest:
            self.wants = min(self.wants, self.latest)
            self.tolerates = min(self.tolerates, self.latest)

    def may_be_there(self, result: PollResult) -> bool:
        """Return whether it is too early to believe that it is gone.

        Reads may lag behind, so an absence that no deletion has announced has to be seen twice.
        Where others are deleted while pages are turned, an item can slip between two of them.
        """
        operation, seen = self.lifecycle.list, self.snapshot
        if result.absence is None and operation is not None and operation.paging is not None:
            is_doubtful = True
        elif seen is None:
            is_doubtful = False
        else:
            is_doubtful = seen.state not in self.lifecycle.gone
        self._was_missed = is_doubtful and not self._was_missed
        return self._was_missed

    def seen(self, after: Snapshot[T] | None, result: PollResult) -> None:
        """Make something of it."""
        raise NotImplementedError
