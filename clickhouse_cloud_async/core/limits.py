"""The request budget of a key: so many requests in any window, shared by all who use the key.

Waiting is first come, first served, in two lanes: calls that change something go before reads, but
while reads wait too, every tenth slot is one of theirs. A slot counts from the moment when the
answer came, because only then it is sure that the server has counted the request too; so no run of
requests can look denser there than it does here.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import deque
from contextlib import suppress
from enum import IntEnum
from typing import Protocol

import attrs

from .errors import ConfigurationError

STORAGES = ("redis://", "rediss://", "unix://")


@attrs.frozen
class RateLimit:
    """How many requests a key may make.

    Attributes:
        requests: The most requests in any window; at least 1.
        per: Length of a window in seconds.
        storage: URL of a Redis server, such as ``redis://localhost:6379``, by which processes and
            machines share the budget; None keeps it to this process.

    Raises:
        ConfigurationError: A number is not positive, or the storage is no URL of Redis.
    """

    requests: int = attrs.field()
    per: float = attrs.field(default=10.0, kw_only=True)
    storage: str | None = attrs.field(default=None, kw_only=True, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.requests < 1 or not self.per > 0:
            raise ConfigurationError("a rate limit needs at least 1 request and a window above 0 s")
        if self.storage is not None and not self.storage.startswith(STORAGES):
            raise ConfigurationError(f"the storage of a rate limit is one of {', '.join(STORAGES)}")


DEFAULT_RATE_LIMIT = RateLimit(10, per=10.0)
"""What the API allows a key."""


CHANGES_BEFORE_A_READ = 9
"""How many changes overtake the reads that wait before one of these gets its turn."""


class Lane(IntEnum):
    """Who waits for a slot; the lower number goes first, but for every tenth slot."""

    CHANGE = 0
    READ = 1


class Limiter:
    """The budget of one key inside this process, for any number of threads and event loops.

    Args:
        limit: How many requests in which time.
        is_asked_for: Whether a client asked for it; the server may raise a mere default.
    """

    def __init__(self, limit: RateLimit, *, is_asked_for: bool) -> None:
        self._requests = limit.requests
        self._per = limit.per
        self._ceiling = limit.requests if is_asked_for else None
        self._lock = threading.Lock()
        self._under_way = 0
        self._used: deque[float] = deque()
        self._closed_until = 0.0
        self._lanes: tuple[deque[_Waiter], deque[_Waiter]] = (deque(), deque())
        self._overtaken = 0

    @property
    def limit(self) -> RateLimit:
        """How many requests go in which time at present."""
        return RateLimit(self._requests, per=self._per)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is waited for, under way or counted, so that a new one would be equal."""
        with self._lock:
            self._forget_old(time.monotonic())
            return not (self._first() or self._under_way or self._used or self._closed_until)

    def acquire_at_once(self) -> bool:
        """Take a slot where one is free and nobody waits for it; it needs a `release` too."""
        with self._lock:
            if self._lanes[0] or self._lanes[1]:
                return False
            # While all that are remembered leave room, there is no need to look at the clock.
            has_room = self._under_way + len(self._used) < self._requests
            if (self._closed_until or not has_room) and self._delay() != 0:
                return False
            self._under_way += 1
            return True

    async def acquire(self, lane: Lane) -> None:
        """Wait for a slot; every `acquire` needs a `release`."""
        if self.acquire_at_once():
            return
        waiter = _Waiter(asyncio.get_running_loop())
        with self._lock:
            self._lanes[lane].append(waiter)
        try:
            while True:
                waiter.rest()
                with self._lock:
                    self._hand_out(looking=waiter)
                    if waiter.has_slot:
                        return
                    delay = self._delay() if self._first() is waiter else None
                await waiter.sleep(delay)
        except BaseException:
            with self._lock:
                if waiter.has_slot:
                    self._under_way -= 1
                else:
                    self._lanes[lane].remove(waiter)
                self._hand_out()
            raise

    def release(self, *, sent: bool) -> None:
        """Give a slot back.

        Args:
            sent: Whether a request may have gone out; if not, the slot is free at once.
        """
        with self._lock:
            self._under_way -= 1
            if sent:
                now = time.monotonic()
                self._used.append(now)
                if self._used[0] + self._per <= now:
                    self._forget_old(now)
            if self._lanes[0] or self._lanes[1]:
                self._hand_out()

    @property
    def closed_for(self) -> float:
        """Seconds for which no request goes, because the server said so."""
        with self._lock:
            return max(0.0, self._closed_until - time.monotonic())

    def close_for(self, seconds: float) -> None:
        """Let no request go for a time, because the server said so."""
        with self._lock:
            self._closed_until = max(self._closed_until, time.monotonic() + seconds)

    def obey(self, requests: int) -> None:
        """Take over the number of requests that the server announces for a window.

        What a client asked for stays the most that is used.
        """
        if requests < 1 or requests == self._requests:
            return
        with self._lock:
            requests = requests if self._ceiling is None else min(requests, self._ceiling)
            if requests != self._requests:
                self._requests = requests
                self._hand_out()

    def tighten(self, limit: RateLimit) -> None:
        """Keep to a limit that a client asked for, where it allows less than the present one."""
        with self._lock:
            if limit.requests / limit.per < self._requests / self._per:
                self._requests, self._per = limit.requests, limit.per
                self._ceiling = limit.requests

    def change(self, limit: RateLimit) -> None:
        """Keep to another limit from now on."""
        with self._lock:
            if (limit.requests, limit.per) != (self._requests, self._per):
                self._requests, self._per = limit.requests, limit.per
                self._hand_out()

    async def close(self) -> None:
        """Do nothing: the budget is shared with nobody outside this process."""

    def _delay(self) -> float | None:
        """Seconds until a slot is free; None where that depends on requests under way."""
        now = time.monotonic()
        self._forget_old(now)
        if self._closed_until:
            return self._closed_until - now
        surplus = self._surplus()
        if surplus < 0:
            return 0
        if surplus >= len(self._used):
            return None
        return self._used[surplus] + self._per - now

    def _surplus(self) -> int:
        """By how much those under way and remembered use up the budget; below 0 there is room."""
        return self._under_way + len(self._used) - self._requests

    def _forget_old(self, now: float) -> None:
        while self._used and self._used[0] + self._per <= now:
            self._used.popleft()
        if self._closed_until <= now:
            self._closed_until = 0.0

    def _next_lane(self) -> Lane | None:
        changes, reads = self._lanes
        if changes and not (reads and self._overtaken >= CHANGES_BEFORE_A_READ):
            return Lane.CHANGE
        return Lane.READ if reads else None

    def _first(self) -> _Waiter | None:
        lane = self._next_lane()
        return None if lane is None else self._lanes[lane][0]

    def _moved_up(self, lane: Lane) -> None:
        """Count who was overtaken by somebody that has got a slot."""
        self._overtaken = self._overtaken + 1 if lane is Lane.CHANGE and self._lanes[1] else 0

    def _hand_out(self, looking: _Waiter | None = None) -> None:
        """Give free slots to those who wait for them, and let the first of the rest look again.

        Args:
            looking: Who looks anyway, and need not be woken for that.
        """
        # Were each to take its slot when it wakes up, those who come in the meantime would line up
        # behind it: with 50 calls at a time the queue never ended, and cost a fifth of a call.
        while (lane := self._next_lane()) is not None:
            first = self._lanes[lane][0]
            has_slot = self._delay() == 0
            if first is looking and not has_slot:
                return
            is_there = first.wake(has_slot=has_slot)
            if is_there and not has_slot:
                return
            self._lanes[lane].popleft()
            if is_there:
                self._under_way += 1
                self._moved_up(lane)


class _Waiter:
    """Somebody who waits for a slot, woken from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.has_slot = False
        self._loop = loop
        self._event = asyncio.Event()

    def rest(self) -> None:
        """Forget wake-ups so far, before looking whether the turn has come."""
        self._event.clear()

    async def sleep(self, seconds: float | None) -> None:
        """Wait until woken, or for some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()

    def wake(self, *, has_slot: bool) -> bool:
        """End the wait; false where the loop is closed, and its waiter gone with it."""
        try:
            self._loop.call_soon_threadsafe(self._event.set)
        except RuntimeError:
            return False
        self.has_slot = has_slot
        return True


class Budget(Protocol):
    """What a client needs of a limiter."""

    def acquire_at_once(self) -> bool:
        """Take a slot where that needs no wait; it needs a `release` too."""
        raise NotImplementedError

    async def acquire(self, lane: Lane) -> None:
        """Wait for a slot; every `acquire` needs a `release`."""

    @property
    def limit(self) -> RateLimit:
        """How many requests go in which time at present."""
        raise NotImplementedError

    @property
    def closed_for(self) -> float:
        """Seconds for which no request goes, because the server said so."""
        raise NotImplementedError

    def release(self, *, sent: bool) -> None:
        """Give a slot back; it is free at once where no request went out."""

    def close_for(self, seconds: float) -> None:
        """Let no request go for a time."""

    def obey(self, requests: int) -> None:
        """Take over the number of requests that the server announces for a window."""

    async def close(self) -> None:
        """Close connections to whom the budget is shared with."""


_limiters: dict[tuple[str, str], Limiter] = {}
_registry_lock = threading.Lock()


def limiter_for(base_url: str, identity: str, limit: RateLimit | None) -> Limiter:
    """The limiter that all clients of this process share for a key.

    Where clients ask for different limits, the strictest holds.

    Args:
        base_url: Where the key is used.
        identity: What tells the key from others, not a secret.
        limit: What the calling client asks for; None for the default.
    """
    with _registry_lock:
        limiter = _limiters.get((base_url, identity))
        if limiter is not None:
            if limit is not None:
                limiter.tighten(limit)
            return limiter
        for name in [name for name, other in _limiters.items() if other.is_idle]:
            del _limiters[name]
        made = Limiter(limit or DEFAULT_RATE_LIMIT, is_asked_for=limit is not None)
        return _limiters.setdefault((base_url, identity), made)


def _forget_after_fork() -> None:
    """What waits or is counted here belongs to the parent's threads."""
    global _limiters, _registry_lock  # one registry per process is the point
    _limiters, _registry_lock = {}, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
