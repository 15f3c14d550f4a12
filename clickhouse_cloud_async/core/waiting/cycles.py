"""Looks at everything, for who watches it."""

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
    from .subscription import Look

T = TypeVar("T")


@attrs.frozen
class PollCycle(Generic[T]):
    """A look at all things under one parent.

    Attributes:
        items: What there is, by id; the same object as in the round before where nothing has
            changed, and so are single items. Where the look failed, what there was before.
        at: When the answer came.
        error: Why the look failed; None where it did not.
    """

    items: Mapping[str, T]
    at: datetime
    error: CloudError | None


class CycleSubscription(Subscription, Generic[T]):
    """Somebody who watches all things under one parent.

    Args:
        every: Seconds from one look to the next.
    """

    __slots__ = ("_arrived", "_cycles", "_error", "_every", "_items")

    def __init__(self, every: float) -> None:
        super().__init__()
        self._every = every
        self._items: Mapping[str, T] = {}
        self._cycles: deque[PollCycle[T]] = deque()
        self._arrived = asyncio.Event()
        self._error: Exception | None = None

    def look(self, snapshots: SnapshotStore[T], look: Look) -> None:
        """Take in what a look has seen.

        Whoever is too slow to take what there is gets no more looks for the time being.
        """
        items = snapshots.items()
        self.wants: float = math.inf if self._cycles else look.now + self._every
        self.tolerates: float = self.wants
        if self._cycles and self._cycles[-1].items is items and self._cycles[-1].error is None:
            self._cycles.pop()
        self._items = items
        self._add(PollCycle(items, look.at, None))

    def hurry(self) -> None:
        """Want the next look as soon as possible."""
        self.wants = self.tolerates = 0.0

    def failed(self, error: CloudError) -> None:
        """Hear of a look that failed."""
        if not self._cycles or self._cycles[-1].error is None:
            self._add(PollCycle(self._items, datetime.now(UTC), error))

    def end(self, error: Exception) -> None:
        """Hear that there will be no other look."""
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
