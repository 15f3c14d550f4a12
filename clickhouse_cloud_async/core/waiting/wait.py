"""One wait, as its caller sees it."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from clickhouse_cloud_async.core.arguments import checked_timeout
from clickhouse_cloud_async.core.errors import (
    CloudError,
    NotFoundError,
    ResponseDecodeError,
    UnreachableStateError,
    WaitError,
    WaitTimeoutError,
)
from clickhouse_cloud_async.core.functions import checked_function
from clickhouse_cloud_async.core.paths import segment
from clickhouse_cloud_async.core.recording import record

from .poller import poller_of
from .snapshots import Snapshot
from .subscription import ItemSubscription
from .target import WaitCondition

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator
    from datetime import datetime

    from clickhouse_cloud_async.core.building import Path
    from clickhouse_cloud_async.core.call import Call
    from clickhouse_cloud_async.core.caller import Caller
    from clickhouse_cloud_async.core.messages import Response

    from .lifecycle import Lifecycle
    from .subscription import PollResult
    from .target import Target

T = TypeVar("T")
E = TypeVar("E", bound=WaitError)

DEFAULT_TIMEOUT = 1800.0
"""Seconds for a wait that does not say: as a rule no transition of the cloud takes longer."""


LAST_POLL = 2.0
"""Most seconds between the last poll of a wait and its time limit."""


@attrs.frozen
class Progress(Generic[T]):
    """A poll at what is waited for.

    Attributes:
        item: What was seen.
        state: Its state.
        elapsed: Seconds since the wait began.
        typical: Seconds that this state usually takes; None where it does not pass by itself.
        polls: How often this wait has polled.
    """

    item: T
    state: str | None
    elapsed: float
    typical: float | None
    polls: int


@attrs.frozen
class Change(Generic[T]):
    """A change of state.

    Attributes:
        before: What was seen before; None for the first poll.
        after: What was seen now; None where it is gone.
        at: When it was seen.
        elapsed: Seconds since the following began.
    """

    before: T | None
    after: T | None
    at: datetime
    elapsed: float


class _Waiter(ItemSubscription[T]):
    """Waits for something to happen to a thing.

    Args:
        caller: The client's way to its API.
        lifecycle: What kind of thing it is.
        path: Value of each path parameter, the thing's own included.
        goal: What is waited for; None for its end.

    Attributes:
        error: Why the wait ended without success.
        problem: Why the last poll has shown nothing.
    """

    __slots__ = ("_created", "began", "error", "goal", "problem")

    def __init__(
        self, caller: Caller, lifecycle: Lifecycle[T], path: Path, goal: WaitCondition[T] | None
    ) -> None:
        now = asyncio.get_running_loop().time()
        key = path[lifecycle.item]
        segment(lifecycle.item, key)
        for operation in (lifecycle.get, lifecycle.list):
            if operation is not None:
                caller.check_path(operation, path)
        super().__init__(lifecycle, str(key), caller.pollers.polling, now)
        self.began = now
        self.goal = goal
        self._created = caller.pollers.created
        self.error: Exception | None = None
        self.problem: CloudError | None = None

    def limit(self, seconds: float | None) -> None:
        """Poll a last time shortly before a time limit, so that the error says what is true.

        Args:
            seconds: Seconds from the beginning of the wait to its time limit; None for no limit.
        """
        if seconds is not None:
            self.latest: float = self.began + seconds - min(seconds / 10, LAST_POLL)

    def may_be_there(self, result: PollResult) -> bool:
        """Return whether it is too early to believe that it is gone.

        What this client has just created may be absent from a few reads, and what comes to be
        listed by itself may do so yet.
        """
        if self.goal is not None:
            arrival = self.lifecycle.appears_within / self.polling.speed
            is_early = self.snapshot is None and result.now < self.began + arrival
            if is_early or self._created.is_expected(self.key):
                return True
        return super().may_be_there(result)

    def is_over(self, after: Snapshot[T] | None, result: PollResult) -> bool:
        """Return whether what is waited for has happened.

        Raises:
            UnreachableStateError: It cannot happen any more.
            NotFoundError: The thing does not exist.
        """
        if after is None:
            if self.goal is None:
                return True
            raise result.absence or self._absence()
        if self.goal is None:
            return after.state in self.lifecycle.ends
        if self.goal.is_reached(after):
            return True
        if self.goal.is_out_of_reach(after.state):
            what = f"{self}{self.goal.unreachable_message}{self._advice}"
            raise self._report(UnreachableStateError, what, result.now)
        return False

    def failed(self, error: CloudError) -> None:
        """Handle a poll that failed."""
        self.problem = error

    def end(self, error: Exception) -> None:
        """Handle the end of polling."""
        if not (self.goal is None and isinstance(error, NotFoundError)):
            self.error = error
        self.finish()

    def finish(self) -> None:
        """Let the waiting task go on."""
        raise NotImplementedError

    def too_late(self, seconds: float, now: float) -> WaitTimeoutError:
        """The error for a wait whose time is up."""
        limit = f"{round(seconds, 3):g} s"
        if self.snapshot is None:
            what = f"{self.lifecycle.kind} {self.key} was not seen within {limit}"
        else:
            what = f"{self} after {limit}{self.pending_message}{self._advice}"
        return self._report(WaitTimeoutError, what, now)

    @property
    def pending_message(self) -> str:
        """What to say of a thing to which it has not come."""
        return ", not gone" if self.goal is None else self.goal.pending_message

    def __str__(self) -> str:
        state = None if self.snapshot is None else self.snapshot.state
        return f"{self.lifecycle.kind} {self.key} is {state or 'in no known state'}"

    def _absence(self) -> NotFoundError:
        message = f"there is no {self.lifecycle.kind} {self.key}"
        operation = self.lifecycle.list
        return NotFoundError(message, operation=None if operation is None else operation.id)

    @property
    def _advice(self) -> str:
        state = None if self.snapshot is None else self.snapshot.state
        advice = self.lifecycle.advice.get(state or "")
        return f": {advice}" if advice and self.goal is not None else ""

    def _report(self, kind: type[E], message: str, now: float) -> E:
        return kind(
            message,
            kind=self.lifecycle.kind,
            id=self.key,
            state=None if self.snapshot is None else self.snapshot.state,
            elapsed=now - self.began,
        )


class _Wait(_Waiter[T]):
    """Waits for one thing to happen.

    Args:
        caller: As in `_Waiter`.
        lifecycle: As in `_Waiter`.
        path: As in `_Waiter`.
        goal: As in `_Waiter`.
        on_progress: Called with every poll.

    Attributes:
        over: Done once the wait is over.
        answer: The request and the response that ended it.
    """

    __slots__ = ("_on_progress", "_polls", "_was_going", "answer", "over")

    def __init__(
        self,
        caller: Caller,
        lifecycle: Lifecycle[T],
        path: Path,
        goal: WaitCondition[T] | None,
        on_progress: Callable[[Progress[T]], object] | None,
    ) -> None:
        super().__init__(caller, lifecycle, path, goal)
        if on_progress is not None:
            checked_function("on_progress", on_progress)
        self._on_progress = on_progress
        self._polls = 0
        self._was_going = False
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answer: tuple[Call, Response] | None = None

    def seen(self, after: Snapshot[T] | None, result: PollResult) -> None:
        """Find out whether the wait is over."""
        if self.over.done():
            return
        self._polls += 1
        try:
            if after is not None and self._on_progress is not None:
                self._on_progress(self._progress(after, result))
            is_over = self.is_over(after, result)
            if is_over and after is not None:
                _ = after.item
        except ResponseDecodeError as error:
            self.problem = error
            return
        except Exception as error:  # noqa: BLE001  # that of a callback ends its wait and no other
            self.error, is_over = error, True
        self.problem = None
        if is_over:
            self.answer = result.answer
            self.finish()

    def is_over(self, after: Snapshot[T] | None, result: PollResult) -> bool:
        """Return whether what is waited for has happened.

        Raises:
            UnreachableStateError: It cannot happen any more, or a deletion did not succeed.
            NotFoundError: The thing does not exist.
        """
        is_over = super().is_over(after, result)
        if self.goal is None and after is not None and not is_over:
            # Before it is seen being deleted, any state is one from before the deletion.
            if self._was_going and after.state in self.lifecycle.states - self.lifecycle.gone:
                what = f"{self}, and is not being deleted any more"
                raise self._report(UnreachableStateError, what, result.now)
            self._was_going |= after.state in self.lifecycle.gone
        return is_over

    def finish(self) -> None:
        """Let the waiting task go on."""
        self.rest()
        if not self.over.done():
            self.over.set_result(None)

    def _progress(self, seen: Snapshot[T], result: PollResult) -> Progress[T]:
        typical = self.lifecycle.transitional.get(seen.state or "")
        return Progress(
            seen.item,
            seen.state,
            result.now - self.began,
            None if typical is None else typical / self.polling.speed,
            self._polls,
        )


class _ConditionWait(_Wait[T]):
    """Waits until a condition holds of a thing or of its absence; no state ends it.

    Args:
        caller: As in `_Waiter`.
        lifecycle: As in `_Waiter`.
        path: As in `_Waiter`.
        condition: Called with the thing, or with None while it does not exist.
        known: The thing as another response has just shown it; None where none has.
        on_progress: As in `_Wait`.
    """

    __slots__ = ("_condition",)

    def __init__(
        self,
        caller: Caller,
        lifecycle: Lifecycle[T],
        path: Path,
        condition: Callable[[T | None], bool],
        known: T | None,
        on_progress: Callable[[Progress[T]], object] | None,
    ) -> None:
        super().__init__(caller, lifecycle, path, None, on_progress)
        self._condition = condition
        if known is not None:
            state = str(getattr(known, lifecycle.state)) if lifecycle.state else None
            self.snapshot = Snapshot.of_item(self.key, known, state)
            self.expect(self.began)

    def is_over(self, after: Snapshot[T] | None, result: PollResult) -> bool:  # noqa: ARG002 - as any wait
        """Return whether the condition holds."""
        return bool(self._condition(None if after is None else after.item))

    @property
    def pending_message(self) -> str:
        """What to say of a thing to which it has not come."""
        return ", and the condition does not hold"


class _Follower(_Waiter[T]):
    """Collects the changes of one thing.

    Args:
        caller: As in `_Waiter`.
        lifecycle: As in `_Waiter`.
        path: As in `_Waiter`.
        goal: As in `_Waiter`.

    Attributes:
        changes: Those that nobody has taken yet.
        is_at_end: Whether there will be no others.
        arrived: Set with every change, and at the end.
    """

    __slots__ = ("_told", "arrived", "changes", "is_at_end")

    def __init__(
        self, caller: Caller, lifecycle: Lifecycle[T], path: Path, goal: WaitCondition[T] | None
    ) -> None:
        super().__init__(caller, lifecycle, path, goal)
        self._told: Snapshot[T] | None = None
        self.changes: deque[Change[T]] = deque()
        self.is_at_end = False
        self.arrived = asyncio.Event()

    def seen(self, after: Snapshot[T] | None, result: PollResult) -> None:
        """Keep what has changed."""
        if self.is_at_end:
            return
        told = self._told
        try:
            is_over = self._is_over(after, result)
            is_told = told is after or (told and after and told.state == after.state)
            # What meets a condition is given though its state has been given before.
            if not is_told or (is_over and self.error is None):
                before = None if told is None else told.item
                now = None if after is None else after.item
                self.changes.append(Change(before, now, result.at, result.now - self.began))
                self._told = after
                self.arrived.set()
        except ResponseDecodeError as error:
            self.problem = error
            return
        self.problem = None
        if is_over:
            self.finish()

    def _is_over(self, after: Snapshot[T] | None, result: PollResult) -> bool:
        """As `is_over`, but keep an error until what was seen is taken."""
        try:
            return self.is_over(after, result)
        except ResponseDecodeError:
            raise
        except Exception as error:  # noqa: BLE001  # that of a condition ends its wait and no other
            self.error = error
            return True

    def finish(self) -> None:
        """Let the waiting task go on."""
        self.rest()
        self.is_at_end = True
        self.arrived.set()


async def wait_until(
    caller: Caller,
    lifecycle: Lifecycle[T],
    path: Path,
    target: Target[T],
    *,
    timeout: float | None = DEFAULT_TIMEOUT,
    on_progress: Callable[[Progress[T]], object] | None = None,
) -> T:
    """Wait until a thing is in a state, or fulfils a condition.

    Args:
        caller: The client's way to its API.
        lifecycle: What kind of thing it is.
        path: Value of each path parameter, the thing's own included; the scope may be None.
        target: A state, several states, or a condition that is called with what was seen.
        timeout: Seconds for the whole wait; None for no limit.
        on_progress: Called with every poll; what it raises ends the wait.

    Returns:
        The thing as it was seen last.

    Raises:
        WaitTimeoutError: The timeout has passed.
        UnreachableStateError: From its state the target cannot be reached.
        NotFoundError: It does not exist, or not any more.
        InvalidArgumentError: An argument is invalid.
        CloudError: Anything else that went wrong and does not pass by itself.
    """
    wait = _Wait(caller, lifecycle, path, WaitCondition(lifecycle, target), on_progress)
    await _end_of(wait, caller, path, timeout)
    assert wait.snapshot is not None, "what is reached is there"
    return wait.snapshot.item


async def wait_until_gone(
    caller: Caller,
    lifecycle: Lifecycle[T],
    path: Path,
    *,
    timeout: float | None = DEFAULT_TIMEOUT,
    on_progress: Callable[[Progress[T]], object] | None = None,
) -> None:
    """Wait until a thing is deleted.

    Args:
        caller: The client's way to its API.
        lifecycle: What kind of thing it is.
        path: As in `wait_until`.
        timeout: Seconds for the whole wait; None for no limit.
        on_progress: As in `wait_until`.

    Raises:
        WaitTimeoutError: The timeout has passed.
        UnreachableStateError: It was being deleted, and is not any more.
        CloudError: Anything else that went wrong and does not pass by itself.
    """
    wait = _Wait(caller, lifecycle, path, None, on_progress)
    await _end_of(wait, caller, path, timeout)


async def poll_until(
    caller: Caller,
    lifecycle: Lifecycle[T],
    path: Path,
    condition: Callable[[T | None], bool],
    *,
    known: T | None = None,
    timeout: float | None = DEFAULT_TIMEOUT,
    on_progress: Callable[[Progress[T]], object] | None = None,
) -> T | None:
    """Wait until a condition holds of a thing, or of its absence.

    In contrast to `wait_until` neither a state nor an absence ends it early: an older state may be
    seen for a while after a command.

    Args:
        caller: As in `wait_until`.
        lifecycle: As in `wait_until`.
        path: As in `wait_until`.
        condition: Called with the thing, or with None while it does not exist.
        known: The thing as another response has just shown it. The first poll then waits until
            something may have changed.
        timeout: Seconds for the whole wait; None for no limit.
        on_progress: Called with every poll; what it raises ends the wait.

    Returns:
        The thing as it was seen last, or None if it does not exist.

    Raises:
        WaitTimeoutError: The timeout has passed.
        CloudError: Anything else that went wrong and does not pass by itself.
    """
    wait = _ConditionWait(caller, lifecycle, path, condition, known, on_progress)
    await _end_of(wait, caller, path, timeout)
    return None if wait.snapshot is None else wait.snapshot.item


async def follow(
    caller: Caller,
    lifecycle: Lifecycle[T],
    path: Path,
    *,
    until: Target[T] | None = None,
    timeout: float | None = None,
) -> AsyncIterator[Change[T]]:
    """Yield the present state of a thing, and then every change of it.

    Args:
        caller: The client's way to its API.
        lifecycle: What kind of thing it is.
        path: As in `wait_until`.
        until: The state or condition that ends the following; None goes on until it is gone.
        timeout: Seconds for the whole following; None for no limit.

    Raises:
        CloudError: As `wait_until`, where it says until when.
    """
    seconds = checked_timeout(timeout)
    goal = None if until is None else WaitCondition(lifecycle, until)
    following = _Follower(caller, lifecycle, path, goal)
    following.limit(seconds)
    deadline = None if seconds is None else following.began + seconds
    with _in_time(following, caller, seconds):
        async with asyncio.timeout_at(deadline):
            poller = await poller_of(caller, lifecycle, path)
    poller.subscribe(following)
    try:
        while following.changes or not following.is_at_end:
            if not following.changes:
                following.arrived.clear()
                with _in_time(following, caller, seconds):
                    async with asyncio.timeout_at(deadline):
                        await following.arrived.wait()
            while following.changes:
                yield following.changes.popleft()
    finally:
        poller.unsubscribe(following)
    if following.error is not None:
        raise _named(following.error, caller)


async def _end_of(wait: _Wait[T], caller: Caller, path: Path, timeout: float | None) -> None:
    """Let a wait come to its end, whichever that is."""
    seconds = checked_timeout(timeout)
    wait.limit(seconds)
    with _in_time(wait, caller, seconds), caller.time_limit(seconds):
        poller = await poller_of(caller, wait.lifecycle, path)
        poller.subscribe(wait)
        try:
            await wait.over
        finally:
            poller.unsubscribe(wait)
    if wait.answer is not None:
        record(*wait.answer)
    if wait.error is not None:
        raise _named(wait.error, caller)


def _named(error: Exception, caller: Caller) -> Exception:
    """Write on an error which API it comes from."""
    if isinstance(error, CloudError):
        error.api = caller.api.name
    return error


@contextmanager
def _in_time(
    waiter: _Waiter[T], caller: Caller, seconds: float | None
) -> Generator[None, None, None]:
    """Translate the timeout of the block into the error of the waiter."""
    try:
        yield
    except TimeoutError as error:
        assert seconds is not None, "only a limit can have passed"
        now = asyncio.get_running_loop().time()
        raise _named(waiter.too_late(seconds, now), caller) from waiter.problem or error
