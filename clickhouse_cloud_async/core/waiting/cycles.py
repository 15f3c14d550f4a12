"""Poll cycles: everything under one parent, for watches."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from .subscription import Subscription

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.core.errors import CloudError

    from .snapshots import SnapshotStore
    from .subscription import PollResult

T = TypeVar("T")


@attrs.frozen
class PollCycle(Generic[T]):
    """A poll at all things under one parent.

    Attributes:
        items: What there is, by id; the same object as in the round before where nothing has
            changed, and so are single items. Where the poll failed, what there was before.
        at: When the response came.
        error: Why the poll failed; None where it did not.
    """

    items: Mapping[str, T]
    at: datetime
    error: CloudError | None


class CycleSubscription(Subscription, Generic[T]):
    """Somebody who watches all things under one parent.

    Args:
        every: Seconds from one poll to the next.
    """

    __slots__ = ("_arrived", "_cycles", "_error", "_every", "_items")

    def __init__(self, every: float) -> None:
        super().__init__()
        self._every = every
        self._items: Mapping[str, T] = {}
        self._cycles: deque[PollCycle[T]] = deque()
        self._arrived = asyncio.Event()
        self._error: Exception | None = None

    def receive(self, snapshots: SnapshotStore[T], result: PollResult) -> None:
        """Take in what a poll has seen.

        A watch that is too slow to take its poll cycles gets no more for the time being.
        """
        items = snapshots.items()
        self.wants: float = math.inf if self._cycles else result.now + self._every
        self.tolerates: float = self.wants
        if self._cycles and self._cycles[-1].items is items and self._cycles[-1].error is None:
            self._cycles.pop()
        self._items = items
        self._add(PollCycle(items, result.at, None))

    def hurry(self) -> None:
        """Want the next poll as soon as possible."""
        self.wants = self.tolerates = 0.0

    def failed(self, error: CloudError) -> None:
        """Handle a poll that failed."""
        if not self._cycles or self._cycles[-1].error is None:
            self._add(PollCycle(self._items, datetime.now(UTC), error))

    def end(self, error: Exception) -> None:
        """Handle the end of polling."""
        self._error = error
        self._arrived.set()

    async def next(self) -> PollCycle[T]:
        """Wait for the next round.

        Raises:
            CloudError: There will be none.
        """
        while not self._cycles:
            if self._error is not None:
                raise self._error
            self._arrived.clear()
            await self._arrived.wait()
        return self._cycles.popleft()

    def _add(self, one: PollCycle[T]) -> None:
        self._cycles.append(one)
        self._arrived.set()
