"""Time limits of many waits at once, with a single timer of the event loop.

`asyncio.timeout` makes a timer for each wait, which hardly ever rings. Making it, and dragging it
along in the loop's heap once it is cancelled, took 10 us of a call's 190.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Alarms:
    """Rings for every time limit of one event loop.

    Args:
        loop: The loop, in which all is done.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        # Limits of the same length are over in the order in which they began: no queue needs
        # sorting, and a limit that ends early leaves nothing behind.
        self._queues: dict[float, dict[Limit, float]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = math.inf

    def add(self, limit: Limit, seconds: float) -> dict[Limit, float]:
        """Ring for a limit after some time, unless it is removed from the queue that is given."""
        limit.when = when = self.loop.time() + seconds
        queue = self._queues.get(seconds)
        if queue is None:
            queue = self._queues[seconds] = {}
        queue[limit] = when
        if when < self._rings_at:
            self._set_timer(when)
        return queue

    def is_empty(self) -> bool:
        """Whether there is no limit that may still be over."""
        return not any(self._queues.values())

    def _set_timer(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = when
        self._timer = self.loop.call_at(when, self._ring)

    def _ring(self) -> None:
        now = max(self._rings_at, self.loop.time())
        due: list[Limit] = []
        ahead: list[float] = []
        for queue in self._queues.values():
            for limit, when in queue.items():
                if when > now:
                    ahead.append(when)
                    break
                due.append(limit)
        self._queues = {seconds: queue for seconds, queue in self._queues.items() if queue}
        self._timer, self._rings_at = None, math.inf
        if ahead:
            self._set_timer(min(ahead))
        # What has come while the loop was busy elsewhere is in time: it is looked at before.
        self.loop.call_soon(_expire, due)


def _expire(due: list[Limit]) -> None:
    for limit in due:
        limit.expire()


class Limit:
    """A time limit for what is done within it.

    Ends what takes longer with `TimeoutError`, by the rules of `asyncio.timeout`: a task that
    is cancelled from elsewhere stays cancelled.

    Args:
        alarms: Those of the running loop.
        seconds: How long it may take.

    Attributes:
        when: Time of the loop at which it is over.
    """

    __slots__ = ("_cancelling", "_is_up", "_queue", "_task", "when")

    def __init__(self, alarms: Alarms, seconds: float) -> None:
        task = asyncio.current_task(alarms.loop)
        assert task is not None, "only tasks wait"
        self._task = task
        self._cancelling = task.cancelling()
        self._is_up = False
        self.when: float
        self._queue = alarms.add(self, seconds)

    def expire(self) -> None:
        """End what is waited for, unless it has ended."""
        if self._queue.pop(self, None) is not None:
            self._is_up = True
            self._task.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._queue.pop(self, None)
        if (
            self._is_up
            and self._task.uncancel() <= self._cancelling
            and kind is asyncio.CancelledError
        ):
            raise TimeoutError from error
