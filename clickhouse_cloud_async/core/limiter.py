"""The rate limit of a key in this process, shared by all calls: a number of requests per window.

Waiters are served in the order in which they came, by priority: calls that change something go
before reads, but after nine of them the next slot is for a read that waits. A slot counts from the
time of the response, because only then it is certain that the server has counted the request too;
so the server never sees more requests in a window than are counted here.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import OrderedDict, deque

from .applied_limits import AppliedLimits
from .forking import resets_after_fork
from .limits import LimiterStatistics, Priority, RateLimit
from .slot_waiters import LoopTimer, Waiter

CHANGES_BEFORE_A_READ = 9
"""Number of changes that are sent in a row while reads wait."""

PICKUP_WITHIN = 1.0
"""Seconds within which a waiter must take up its slot, before it is granted to the next one.

A waiter whose event loop was stopped and not closed never takes it up.
"""


_Queue = OrderedDict[Waiter, None]
"""Waiters in order; unlike a deque it removes one from its middle in constant time."""


class Limiter:
    """The rate limit of one key in this process, for any number of threads and event loops.

    Args:
        limit: The limit to keep to.
        is_asked_for: Whether a client requested it; if not, it is a default, which any limit that a
            client requests or the server announces replaces.
    """

    def __init__(self, limit: RateLimit, *, is_asked_for: bool) -> None:
        self._limits = AppliedLimits(limit, is_asked_for=is_asked_for)
        self._paused_until = 0.0
        self._is_probing = False
        self._start_counting()
        resets_after_fork(self)

    def _start_counting(self) -> None:
        # Reentrant, because the garbage collector may end a call of a closed loop at any point.
        self._lock = threading.RLock()
        self._in_flight = 0
        self._used: deque[float] = deque()
        self._changes_in_a_row = 0
        self._queues: tuple[_Queue, _Queue] = (OrderedDict(), OrderedDict())
        self._granted: dict[Waiter, float] = {}
        self._timers: dict[asyncio.AbstractEventLoop, LoopTimer] = {}

    def reset_after_fork(self) -> None:
        """Reset the counts: calls in flight and waiters belong to the parent process."""
        self._start_counting()

    @property
    def limit(self) -> RateLimit:
        """The limit that applies at present; if there are several, the one with the lowest rate."""
        return self._limits.lowest

    @property
    def is_idle(self) -> bool:
        """Whether the limiter is idle (no waiters, no calls in flight, empty window)."""
        with self._lock:
            self._forget_old(time.monotonic())
            return not (any(self._queues) or self._in_flight or self._used or self._paused_until)

    def statistics(self) -> LimiterStatistics:
        """Return the current state of the rate limit."""
        with self._lock:
            self._forget_old(time.monotonic())
            changes, reads = self._queues
            return LimiterStatistics(
                self.limit,
                in_flight=self._in_flight,
                used=len(self._used),
                waiting_changes=len(changes),
                waiting_reads=len(reads),
                paused_for=self.paused_for,
            )

    def __repr__(self) -> str:
        return f"<Limiter {self.statistics()}>"

    # --- slots ---------------------------------------------------------------------------------

    def try_acquire(self) -> bool:
        """Acquire a slot if one is free and there are no waiters; it must be released."""
        with self._lock:
            changes, reads = self._queues
            if changes or reads:
                return False
            # As long as all counted requests together leave room, the clock is not needed.
            has_room = self._in_flight + len(self._used) < self._limits.fewest
            is_restricted = self._paused_until or self._is_probing
            if (is_restricted or not has_room) and self._delay(time.monotonic()) > 0:
                return False
            self._in_flight += 1
            return True

    async def acquire(self, priority: Priority, *, can_wait: float = 0.0) -> None:
        """Wait for a slot; it must be released.

        Args:
            priority: The order in which waiters get one.
            can_wait: Seconds by which a read can be delayed. It leaves all slots that open
                meanwhile except the last one to waiting changes.
        """
        if self.try_acquire():
            return
        waiter = Waiter(asyncio.get_running_loop(), priority, time.monotonic() + can_wait)
        with self._lock:
            self._enqueue(waiter)
            self._dispatch()
        # A waiter that was granted a slot may be in one of these states when it wakes up:
        # 1. It runs, and takes the slot up.
        # 2. It was cancelled in the meantime: `_withdraw` passes the slot on.
        # 3. Its loop was stopped for longer than PICKUP_WITHIN: `_reclaim` has passed the slot on,
        #    and the waiter is the first of its queue if the loop runs again.
        # 4. Its loop is closed: `wake` fails, and the slot was never granted.
        try:
            while not await self._take_up(waiter):
                with self._lock:
                    self._enqueue(waiter, is_first=True)
                    self._dispatch()
        except BaseException:
            with self._lock:
                self._withdraw(waiter)
            raise

    def release(self, *, sent: bool) -> None:
        """Release a slot.

        Args:
            sent: Whether a request may have been sent; if not, the slot is free at once.
        """
        with self._lock:
            # A call that was in flight before a fork releases a slot that the child never counted.
            if self._in_flight:
                self._in_flight -= 1
            if sent:
                now = time.monotonic()
                self._used.append(now)
                if self._paused_until or self._used[0] + self._limits.longest <= now:
                    self._forget_old(now)
                if not self._paused_until:
                    self._is_probing = False
            changes, reads = self._queues
            if changes or reads:
                self._dispatch()

    # --- what limits them ----------------------------------------------------------------------

    def ask_for(self, limit: RateLimit) -> None:
        """Apply a limit that another client requests, in addition to those of other clients."""
        with self._lock:
            self._limits.add(limit)
            self._dispatch()

    def replace_limit(self, limit: RateLimit) -> None:
        """Replace all limits that clients requested by one."""
        with self._lock:
            self._limits.replace(limit)
            self._dispatch()

    def apply_server_limit(self, requests: int) -> None:
        """Apply the number of requests per window that the server announces.

        It replaces a default, and applies in addition to limits that clients requested.
        """
        if requests != self._limits.announced:
            with self._lock:
                self._limits.announce(requests)
                self._dispatch()

    @property
    def has_waiting_changes(self) -> bool:
        """Whether requests that change something wait for a slot."""
        return bool(self._queues[Priority.CHANGE])

    @property
    def paused_for(self) -> float:
        """Seconds for which no request is sent, because the server asked for a pause."""
        with self._lock:
            return max(0.0, self._paused_until - time.monotonic())

    def pause_for(self, seconds: float, *, then_probe: bool = False) -> None:
        """Pause requests, because the server asked for it.

        Args:
            seconds: Duration of the pause; a longer pause that is already in effect is not
                shortened.
            then_probe: Whether a single request has to succeed before all others are sent again.
        """
        with self._lock:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)
            self._is_probing |= then_probe

    @property
    def has_unpublished(self) -> bool:
        """False: the limit is not shared outside this process."""
        return False

    async def publish(self) -> None:
        """Do nothing: the limit is not shared outside this process."""

    async def close(self) -> None:
        """Do nothing: there are no connections."""

    def _delay(self, now: float, taken: int = 0) -> float:
        """Return the seconds until a slot is free; infinite if that depends on requests in flight.

        Args:
            now: The time.
            taken: Slots to count in addition to those in flight.
        """
        self._forget_old(now)
        if self._paused_until:
            return self._paused_until - now
        in_flight = self._in_flight + taken
        if self._is_probing and in_flight:
            return math.inf
        delay = 0.0
        for limit in self._limits:
            for_window = limit.requests - in_flight
            if for_window <= 0:
                return math.inf
            if len(self._used) >= for_window:
                delay = max(delay, self._used[-for_window] + limit.per - now)
        return delay

    def _forget_old(self, now: float) -> None:
        while self._used and self._used[0] + self._limits.longest <= now:
            self._used.popleft()
        if self._paused_until <= now:
            self._paused_until = 0.0

    # --- waiters; all of these need the lock -----------------------------------------------------

    def _enqueue(self, waiter: Waiter, *, is_first: bool = False) -> None:
        queue = self._queues[waiter.priority]
        queue[waiter] = None
        if is_first:
            queue.move_to_end(waiter, last=False)
        if waiter.loop not in self._timers:
            self._timers = {loop: t for loop, t in self._timers.items() if not loop.is_closed()}
            self._timers[waiter.loop] = LoopTimer(waiter.loop, self._on_timer)

    async def _take_up(self, waiter: Waiter) -> bool:
        """Wait until a slot is granted; return False if it was reclaimed meanwhile."""
        await waiter.wait()
        with self._lock:
            return self._granted.pop(waiter, None) is not None

    def _withdraw(self, waiter: Waiter) -> None:
        """Remove a waiter that was cancelled; a slot that it was granted is free again."""
        if self._granted.pop(waiter, None) is not None:
            self._in_flight -= 1
            self._dispatch()
        else:
            self._queues[waiter.priority].pop(waiter, None)

    def _next_waiter(self, now: float) -> Waiter:
        changes, reads = self._queues
        waiter = next(iter(changes or reads))
        if not (changes and reads) or self._changes_in_a_row < CHANGES_BEFORE_A_READ:
            return waiter
        # A read leaves this slot to the change if another one opens in time.
        next_slot = now + self._delay(now, taken=1)
        return next((read for read in reads if next_slot > read.by), waiter)

    def _dispatch(self) -> None:
        """Grant free slots to waiters, and set timers for the next slot.

        A freed slot is handed directly to the next waiter. If waiters had to acquire it when they
        wake up, calls that arrive in the meantime would queue up behind them, and the queue would
        never drain: with 50 calls in flight that cost a fifth of a call.
        """
        now = time.monotonic()
        self._reclaim(now)
        while any(self._queues):
            delay = self._delay(now)
            if delay > 0:
                self._arm(now + delay)
                return
            waiter = self._next_waiter(now)
            del self._queues[waiter.priority][waiter]
            if waiter.wake():
                self._granted[waiter] = now
                self._in_flight += 1
                is_change = waiter.priority is Priority.CHANGE
                self._changes_in_a_row = self._changes_in_a_row + 1 if is_change else 0

    def _reclaim(self, now: float) -> None:
        """Reclaim slots that were not taken up in time."""
        for waiter, granted_at in list(self._granted.items()):
            if granted_at + PICKUP_WITHIN > now:
                return
            del self._granted[waiter]
            self._in_flight -= 1

    def _arm(self, when: float) -> None:
        """Set the timer of every loop, since any of them may be blocked."""
        if self._granted:
            when = min(when, next(iter(self._granted.values())) + PICKUP_WITHIN)
        if when < math.inf:
            for timer in list(self._timers.values()):
                timer.arm(when)

    def _on_timer(self, timer: LoopTimer) -> None:
        """Dispatch, when the timer of a loop fires."""
        with self._lock:
            timer.when = math.inf
            self._dispatch()
