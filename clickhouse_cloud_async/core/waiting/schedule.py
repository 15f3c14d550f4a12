"""Schedules the polls of a poller."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import TYPE_CHECKING

from .policy import jittered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .budget import PollBudget
    from .policy import Polling
    from .subscription import Subscription


class PollSchedule:
    """The time of the next poll, computed from all subscriptions.

    While changes wait for the rate limit, a poll takes the slot of one of them. It is then delayed
    for as long as every subscription tolerates: until after the usual end of the transitions in
    progress. Slots open in bursts once in a window, so the slot for such a poll is requested a
    window ahead: it gets the last one that opens in time, which is held until then.

    Args:
        polling: The polling interval.
        budget: What polling may use of the rate limit.
        subscriptions: Returns the subscriptions.
    """

    def __init__(
        self,
        polling: Polling,
        budget: PollBudget,
        subscriptions: Callable[[], Iterable[Subscription]],
    ) -> None:
        self._polling = polling
        self._budget = budget
        self._subscriptions = subscriptions
        self._sooner = asyncio.Event()
        self._is_crowded = False
        self._due = math.inf
        self._earliest = -math.inf
        self._failures = 0

    @property
    def due_in(self) -> float | None:
        """Seconds until the next poll; None while none is scheduled."""
        if self._due == math.inf:
            return None
        return max(0.0, self._due - asyncio.get_running_loop().time())

    @property
    def failures(self) -> int:
        """Number of failed polls since the last successful one."""
        return self._failures

    def clear(self) -> None:
        """Cancel the next poll."""
        self._due = math.inf

    def add(self, subscription: Subscription) -> None:
        """Bring the next poll forward to the time that a subscription requests."""
        now = asyncio.get_running_loop().time()
        due = max(now, subscription.moment(is_crowded=self._budget.is_crowded), self._earliest)
        if due < self._due:
            self._due = due
            self._sooner.set()

    async def wait(self) -> float | None:
        """Wait until the next poll is due, or its slot has to be requested.

        Returns:
            Time of the event loop at which to send it, or None if it is no longer needed.
        """
        loop = asyncio.get_running_loop()
        while True:
            if self._is_crowded is not self._budget.is_crowded:
                self.plan()
            ahead = self._budget.window if self._is_crowded else 0.0
            seconds = self._due - ahead - loop.time()
            if seconds <= 0:
                break
            if self._is_crowded:
                # There is no notification when the rate limit has room again.
                seconds = min(seconds, self._polling.pause)
            self._sooner.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if seconds == math.inf else seconds):
                    await self._sooner.wait()
        due = max(self._due, loop.time())
        moments = (each.moment(is_crowded=self._is_crowded) for each in self._subscriptions())
        if not any(moment <= due for moment in moments):
            self.plan()
            return None
        self._earliest = due + self._polling.pause
        return due

    def plan(self) -> None:
        """Compute the time of the next poll."""
        now = asyncio.get_running_loop().time()
        self._is_crowded = is_crowded = self._budget.is_crowded
        wanted = latest = math.inf
        for subscription in self._subscriptions():
            wanted = min(wanted, subscription.moment(is_crowded=is_crowded))
            if subscription.latest > now:
                latest = min(latest, subscription.latest)
        if not is_crowded:
            wanted = now + jittered(max(0.0, wanted - now))
        self._due = max(min(wanted, latest), now, self._earliest)

    def succeed(self) -> None:
        """Record a successful poll."""
        self._failures = 0

    def fail(self) -> float:
        """Record a failed poll; the following intervals grow.

        Returns:
            Seconds until the next poll.
        """
        self._failures += 1
        wait = jittered(self._polling.backoff(self._failures))
        self._earliest = asyncio.get_running_loop().time() + wait
        return wait
