"""The waits that callers await."""

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
"""Default timeout of a wait in seconds: as a rule no transition in the cloud takes longer."""


LAST_POLL = 2.0
"""Maximum number of seconds between the last poll of a wait and its timeout."""


@attrs.frozen
class Progress(Generic[T]):
    """A poll of a wait.

    Attributes:
        item: The resource.
        state: Its state.
        elapsed: Seconds since the wait began.
        typical: Typical duration of this state in seconds; None if it is not transitional.
        polls: Number of polls of this wait so far.
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
        before: The resource before the change; None for the first poll.
        after: The resource after the change; None if it is gone.
        at: Time of the poll that showed the change.
        elapsed: Seconds since the start of the iteration.
    """

    before: T | None
    after: T | None
    at: datetime
    elapsed: float


class _Waiter(ItemSubscription[T]):
    """Waits for a condition of a resource.

    Args:
        caller: The client's caller.
        lifecycle: The lifecycle of its kind.
        path: Value of each path parameter, including the resource's own.
        goal: The condition; None for the end of the resource.

    Attributes:
        error: The error that ended the wait.
        problem: The error of the last poll; None if it was successful.
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
        """Poll once more shortly before the timeout, so that the error shows the actual state.

        Args:
            seconds: Timeout of the wait in seconds; None for no limit.
        """
        if seconds is not None:
            self.latest: float = self.began + seconds - min(seconds / 10, LAST_POLL)

    def may_be_there(self, result: PollResult) -> bool:
        """Return whether an absence is to be ignored.

        A resource that this client has just created may be absent from a few reads, and one that is
        created by another resource may not be listed yet.
        """
        if self.goal is not None:
            arrival = self.lifecycle.appears_within / self.polling.speed
            is_early = self.snapshot is None and result.now < self.began + arrival
            if is_early or self._created.is_expected(self.key):
                return True
        return super().may_be_there(result)

    def is_over(self, after: Snapshot[T] | None, result: PollResult) -> bool:
        """Return whether the condition holds.

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
        """Handle a failed poll."""
        self.problem = error

    def end(self, error: Exception) -> None:
        """Handle the end of polling."""
        if not (self.goal is None and isinstance(error, NotFoundError)):
            self.error = error
        self.finish()

    def finish(self) -> None:
        """Resume the waiting task."""
        raise NotImplementedError

    def too_late(self, seconds: float, now: float) -> WaitTimeoutError:
        """Return the error for a wait that has timed out."""
        limit = f"{round(seconds, 3):g} s"
        if self.snapshot is None:
            what = f"{self.lifecycle.kind} {self.key} was not seen within {limit}"
        else:
            what = f"{self} after {limit}{self.pending_message}{self._advice}"
        return self._report(WaitTimeoutError, what, now)

    @property
    def pending_message(self) -> str:
        """The end of a message about a resource for which the condition does not hold."""
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
    """Waits until a resource reaches its target or is gone.

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
        """Update whether the wait is over."""
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
        """Return whether the condition holds.

        Raises:
            UnreachableStateError: It cannot happen any more, or a deletion did not succeed.
            NotFoundError: The thing does not exist.
        """
        is_over = super().is_over(after, result)
        if self.goal is None and after is not None and not is_over:
            # Until it is seen being deleted, any state is one from before the deletion.
            if self._was_going and after.state in self.lifecycle.states - self.lifecycle.gone:
                what = f"{self}, and is not being deleted any more"
                raise self._report(UnreachableStateError, what, result.now)
            self._was_going |= after.state in self.lifecycle.gone
        return is_over

    def finish(self) -> None:
        """Resume the waiting task."""
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
    """Waits until a condition holds for a resource or its absence; no state ends the wait.

    Args:
        caller: As in `_Waiter`.
        lifecycle: As in `_Waiter`.
        path: As in `_Waiter`.
        condition: Called with the resource, or with None while it does not exist.
        known: The resource from another recent response; None if there is none.
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
        """The end of a message about a resource for which the condition does not hold."""
        return ", and the condition does not hold"


class _Follower(_Waiter[T]):
    """Collects the changes of one resource.

    Args:
        caller: As in `_Waiter`.
        lifecycle: As in `_Waiter`.
        path: As in `_Waiter`.
        goal: As in `_Waiter`.

    Attributes:
        changes: Changes that have not been consumed yet.
        is_at_end: Whether no further ones follow.
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
        """Store a change."""
        if self.is_at_end:
            return
        told = self._told
        try:
            is_over = self._is_over(after, result)
            is_told = told is after or (told and after and told.state == after.state)
            # A resource that meets the condition is yielded even if its state has not changed.
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
        """As `is_over`, but keep an error until all changes are consumed."""
        try:
            return self.is_over(after, result)
        except ResponseDecodeError:
            raise
        except Exception as error:  # noqa: BLE001  # that of a condition ends its wait and no other
            self.error = error
            return True

    def finish(self) -> None:
        """Resume the waiting task."""
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
    """Wait until a resource is in a state, or meets a condition.

    Args:
        caller: The client's caller.
        lifecycle: The lifecycle of its kind.
        path: Value of each path parameter, including the resource's own; the scope may be None.
        target: A state, several states, or a condition that is called with the resource.
        timeout: Seconds for the whole wait; None for no limit.
        on_progress: Called at every poll; an exception that it raises ends the wait.

    Returns:
        The resource as of the last poll.

    Raises:
        WaitTimeoutError: The timeout has expired.
        UnreachableStateError: The target cannot be reached from the state of the resource.
        NotFoundError: The resource does not exist, or no longer exists.
        InvalidArgumentError: An argument is invalid.
        CloudError: Any other error that is not temporary.
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
    """Wait until a resource is deleted.

    Args:
        caller: The client's caller.
        lifecycle: The lifecycle of its kind.
        path: As in `wait_until`.
        timeout: Seconds for the whole wait; None for no limit.
        on_progress: As in `wait_until`.

    Raises:
        WaitTimeoutError: The timeout has expired.
        UnreachableStateError: The resource was being deleted, and no longer is.
        CloudError: Any other error that is not temporary.
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
    """Wait until a condition holds for a resource, or its absence.

    Unlike in `wait_until`, neither a state nor an absence ends it early: an older state may be seen
    for a while after a command.

    Args:
        caller: As in `wait_until`.
        lifecycle: As in `wait_until`.
        path: As in `wait_until`.
        condition: Called with the resource, or with None while it does not exist.
        known: The resource from another recent response. The first poll is then delayed until a
            change is likely.
        timeout: Seconds for the whole wait; None for no limit.
        on_progress: Called at every poll; an exception that it raises ends the wait.

    Returns:
        The resource as it was seen last, or None if it does not exist.

    Raises:
        WaitTimeoutError: The timeout has expired.
        CloudError: Any other error that is not temporary.
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
    """Yield the current state of a resource, and then every change of state.

    Args:
        caller: The client's caller.
        lifecycle: The lifecycle of its kind.
        path: As in `wait_until`.
        until: The state or condition at which to stop; None to continue until it is gone.
        timeout: Timeout of the whole iteration in seconds; None for no limit.

    Raises:
        CloudError: As in `wait_until`.
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
    """Await the end of a wait, and raise its error."""
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
    """Set the API of an error."""
    if isinstance(error, CloudError):
        error.api = caller.api.name
    return error


@contextmanager
def _in_time(
    waiter: _Waiter[T], caller: Caller, seconds: float | None
) -> Generator[None, None, None]:
    """Translate a timeout of the block to the error of the waiter."""
    try:
        yield
    except TimeoutError as error:
        assert seconds is not None, "a timeout was set"
        now = asyncio.get_running_loop().time()
        raise _named(waiter.too_late(seconds, now), caller) from waiter.problem or error
