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
    """A poll of all resources under one parent.

    Attributes:
        items: All resources by ID; the same object as in the cycle before if nothing has changed,
            and likewise each item. If the poll failed, those of the cycle before.
        at: Time of the response.
        error: The error of a failed poll; None for a successful one.
    """

    items: Mapping[str, T]
    at: datetime
    error: CloudError | None


class CycleSubscription(Subscription, Generic[T]):
    """The subscription of a watch to all resources under one parent.

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
        """Process the snapshots of a poll.

        A watch that does not consume its poll cycles gets no more until it does.
        """
        items = snapshots.items()
        self.wants: float = math.inf if self._cycles else result.now + self._every
        self.tolerates: float = self.wants
        if self._cycles and self._cycles[-1].items is items and self._cycles[-1].error is None:
            self._cycles.pop()
        self._items = items
        self._add(PollCycle(items, result.at, None))

    def hurry(self) -> None:
        """Request the next poll as soon as possible."""
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
        """Wait for the next cycle.

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
