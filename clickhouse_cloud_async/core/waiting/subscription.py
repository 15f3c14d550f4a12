"""Subscriptions to the snapshots of a poller."""

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
    """A successful poll.

    Attributes:
        turn: Number of its first request among those of its poller, from 1 on.
        now: Time of its response, by the event loop's clock.
        at: Time of its response.
        answer: Its last request, and the response.
        absence: The response that says that the requested resource does not exist; None if there is
            none.
    """

    turn: int
    now: float
    at: datetime
    answer: tuple[Call, Response] | None
    absence: CloudError | None = None


class Subscription:
    """A subscription to the polls of a poller.

    Attributes:
        begins_after: Number of requests that its poller had sent at its start. Their responses may
            predate a command that the wait follows.
        wants: Time of the event loop at which it requests the next poll.
        tolerates: Time of the event loop until which it tolerates a delay, if polls delay changes.
        latest: Time of the event loop by which it needs a poll in any case; infinite for none.
    """

    __slots__ = ("begins_after", "latest", "tolerates", "wants")

    def __init__(self) -> None:
        self.begins_after: int = 0
        self.wants: float = 0.0
        self.tolerates: float = 0.0
        self.latest: float = math.inf

    def moment(self, *, is_crowded: bool) -> float:
        """Return the time of the event loop at which it requests the next poll.

        Args:
            is_crowded: Whether a poll takes the slot of a waiting change.
        """
        return self.tolerates if is_crowded else self.wants

    def rest(self) -> None:
        """Request no poll for the time being."""
        self.wants = self.tolerates = math.inf

    def failed(self, error: CloudError) -> None:
        """Handle a failed poll; another one follows."""

    def end(self, error: Exception) -> None:
        """Handle the end of polling."""
        raise NotImplementedError


class ItemSubscription(Subscription, Generic[T]):
    """A subscription to one resource.

    Args:
        lifecycle: The lifecycle of its kind.
        key: Its id.
        polling: The polling interval.
        now: Time of the event loop.

    Attributes:
        lifecycle: As the argument.
        key: As the argument.
        polling: As the argument.
        snapshot: Its latest snapshot; None if there was none yet, or it is gone.
        since: Time of the event loop at which its present state was first seen, or the wait began.
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
        """Process the snapshot of a poll."""
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
        """Request the next poll for when a change is likely."""
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
        """Return whether an absence is to be ignored.

        Reads may lag behind, so an absence without a preceding deletion must be seen twice.
        Deletions of other items while pages are read can move an item to a page that was
        already read.
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
        """Process a new snapshot."""
        raise NotImplementedError
