"""Polls resources, once for all waits."""

from __future__ import annotations

import asyncio
import copy
import math
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from contextvars import Context
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary, WeakValueDictionary

from clickhouse_cloud_async.core.errors import (
    APIConnectionError,
    CloudError,
    FailedDependencyError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
)
from clickhouse_cloud_async.core.retry import PASSING_REFUSALS
from clickhouse_cloud_async.core.telemetry import logger

from .budget import PollBudget
from .created import CreatedThings
from .cycles import CycleSubscription
from .reader import PollSender, Reader
from .schedule import PollSchedule
from .snapshots import Snapshot
from .statistics import PollerStatistics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from clickhouse_cloud_async.core.building import Path
    from clickhouse_cloud_async.core.limits import Budget
    from clickhouse_cloud_async.core.operation import PathValue

    from .cycles import PollCycle
    from .lifecycle import Lifecycle
    from .policy import Polling
    from .subscription import ItemSubscription, Subscription

T = TypeVar("T")

Listener = Callable[[Mapping[str, Snapshot[T]]], None]
"""A function that is passed lists which are fetched for others."""

PASSING = (
    APIConnectionError,
    FailedDependencyError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
)
"""Temporary errors, after which waits continue."""


def _passes(error: CloudError) -> bool:
    return isinstance(error, PASSING) or error.status in PASSING_REFUSALS


class Poller(Generic[T]):
    """Polls the resources of one kind under one parent while there are subscriptions.

    Args:
        reader: Sends the requests.
        lifecycle: The lifecycle of their kind.
        polling: The polling interval.
        budget: The share of the rate limit for polling.

    Attributes:
        polling: As the argument.
    """

    def __init__(
        self, reader: Reader[T], lifecycle: Lifecycle[T], polling: Polling, budget: PollBudget
    ) -> None:
        self._reader = reader
        self._lifecycle = lifecycle
        self._things: dict[str, dict[ItemSubscription[T], None]] = {}
        self._watchers: dict[CycleSubscription[T], None] = {}
        self._listeners: list[Listener[T]] = []
        self._task: asyncio.Task[None] | None = None
        self._schedule = PollSchedule(polling, budget, self._subscriptions)
        self.polling = polling

    @property
    def requests(self) -> int:
        """Number of requests that it has sent."""
        return self._reader.requests

    def statistics(self) -> PollerStatistics:
        """Return the current state of the poller; called in its event loop."""
        return PollerStatistics(
            kind=self._lifecycle.kind,
            parent={name: str(value) for name, value in self._reader.path.items()},
            waits=sum(map(len, self._things.values())),
            watches=len(self._watchers),
            requests=self.requests,
            failures=self._schedule.failures,
            next_poll_in=self._schedule.due_in,
        )

    def __repr__(self) -> str:
        waits = sum(map(len, self._things.values()))
        return (
            f"<{type(self).__name__} of each {self._lifecycle.kind}: {waits} waits,"
            f" {len(self._watchers)} watches, {self.requests} requests>"
        )

    async def cycles(self, *, every: float) -> AsyncIterator[PollCycle[T]]:
        """Yield poll cycles, from the first one that starts after this call.

        Args:
            every: Seconds from one poll to the next; other subscriptions may shorten them, and the
                rate limit may lengthen them.

        Raises:
            CloudError: Polling has ended with an error, such as a missing permission.
        """
        watcher = CycleSubscription[T](every)
        self._watchers[watcher] = None
        self._welcome(watcher)
        try:
            while True:
                one = await watcher.next()
                if watcher.wants == math.inf:
                    watcher.hurry()
                    self._schedule.add(watcher)
                yield one
        finally:
            self._watchers.pop(watcher, None)
            self._stop_unless_wanted()

    def subscribe(self, subscription: ItemSubscription[T]) -> None:
        """Subscribe to the snapshots of a resource for the duration of the block."""
        self._things.setdefault(subscription.key, {})[subscription] = None
        self._welcome(subscription)

    @contextmanager
    def listening(self, listener: Listener[T]) -> Generator[None, None, None]:
        """Pass each list that is fetched for others during the block to a listener.

        A listener does not cause polls.

        Args:
            listener: Called with the snapshots by ID.
        """
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def unsubscribe(self, subscription: ItemSubscription[T]) -> None:
        """Remove a subscription."""
        group = self._things.get(subscription.key, {})
        group.pop(subscription, None)
        if not group:
            self._things.pop(subscription.key, None)
        self._stop_unless_wanted()

    async def close(self) -> None:
        """End all waits, because the client is closed."""
        task = self._task
        self._end(CloudError("the client was closed during the wait"))
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _welcome(self, subscription: Subscription) -> None:
        subscription.begins_after = self.requests
        self._schedule.add(subscription)
        if self._task is None:
            # Recording and counting of the first waiter must not apply to requests for others.
            self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())

    def _stop_unless_wanted(self) -> None:
        if self._task is not None and next(self._subscriptions(), None) is None:
            self._task.cancel()
            self._rest_for_good()

    def _rest_for_good(self) -> None:
        self._task = None
        self._schedule.clear()
        self._reader.forget()

    def _subscriptions(self) -> Iterator[Subscription]:
        for group in self._things.values():
            yield from group
        yield from self._watchers

    async def _run(self) -> None:
        try:
            while True:
                due = await self._schedule.wait()
                if due is None:
                    continue
                try:
                    await self._poll(due)
                    self._schedule.succeed()
                except CloudError as error:
                    if not _passes(error):
                        raise
                    self._failed(error)
                self._schedule.plan()
        except asyncio.CancelledError:
            # A poller drops its task before cancelling it: this came from outside.
            if self._task is asyncio.current_task():
                kind = self._lifecycle.kind
                self._end(CloudError(f"the task that polls each {kind} was cancelled"))
            raise
        except Exception as error:  # noqa: BLE001  # any error has to end the waits
            self._end(error)

    async def _poll(self, due: float) -> None:
        """Poll the resources that are due at a time of the event loop."""
        is_one = len(self._things) == 1 and not self._watchers
        if self._lifecycle.get is None or (self._lifecycle.list is not None and not is_one):
            await self._poll_all(due)
            return
        keys = [
            key
            for key, group in self._things.items()
            if any(subscription.wants <= due for subscription in group)
        ]
        polls = (self._poll_one(key, due) for key in keys)
        ended = await asyncio.gather(*polls, return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error

    async def _poll_all(self, due: float) -> None:
        result = await self._reader.poll_all(due)
        seen = self._reader.snapshots.seen
        for key, group in self._things.items():
            for subscription in group:
                if subscription.begins_after < result.turn:
                    subscription.receive(seen.get(key), result)
        for watcher in self._watchers:
            if watcher.begins_after < result.turn:
                watcher.receive(self._reader.snapshots, result)
        for listener in tuple(self._listeners):
            listener(seen)

    async def _poll_one(self, key: str, due: float) -> None:
        snapshot, result = await self._reader.poll_one(key, due)
        for subscription in self._things.get(key, ()):
            if subscription.begins_after < result.turn:
                subscription.receive(snapshot, result)

    def _failed(self, error: CloudError) -> None:
        wait = self._schedule.fail()
        logger.info(
            "a poll at every %s failed: %s; next in %.1f s", self._lifecycle.kind, error, wait
        )
        for subscription in self._subscriptions():
            subscription.failed(error)

    def _end(self, error: Exception) -> None:
        """Stop polling, and pass the reason to all subscriptions."""
        everybody = list(self._subscriptions())
        self._things.clear()
        self._watchers.clear()
        self._rest_for_good()
        for subscription in everybody:
            # Copied, because each raises it with a traceback of its own.
            own = copy.copy(error)
            own.__cause__ = error.__cause__
            subscription.end(own)


class Pollers:
    """The pollers of one client, each created when it is first needed.

    Args:
        polling: The polling interval.
        limiter: The rate limit of all calls; None for no limit.

    Attributes:
        polling: As the argument.
        created: Resources that the client has just created.
    """

    def __init__(self, polling: Polling, limiter: Budget | None) -> None:
        self._limiter = limiter
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _OfLoop] = WeakKeyDictionary()
        self.polling = polling
        self.created: CreatedThings = CreatedThings(polling.speed)

    def get(self, caller: PollSender, lifecycle: Lifecycle[T], path: Path) -> Poller[T]:
        """Return the poller of one kind under one parent, for the running event loop."""
        loop = asyncio.get_running_loop()
        here = self._loops.get(loop)
        if here is None:
            here = self._loops[loop] = _OfLoop(PollBudget(self._limiter, self.polling.share))
        key = (lifecycle, *sorted((name, str(value)) for name, value in path.items()))
        poller = here.pollers.get(key)
        if poller is None:
            reader = Reader(caller, lifecycle, path, here.budget)
            poller = here.pollers[key] = Poller(reader, lifecycle, self.polling, here.budget)
        return poller

    def statistics(self) -> list[PollerStatistics]:
        """Return the state of each poller of the running event loop."""
        here = self._loops.get(asyncio.get_running_loop())
        return [] if here is None else [poller.statistics() for poller in here.pollers.values()]

    def __repr__(self) -> str:
        count = sum(len(here.pollers) for here in self._loops.values())
        return f"<{type(self).__name__}: {count} in {len(self._loops)} event loops>"

    async def close(self) -> None:
        """End all waits in the running event loop."""
        here = self._loops.pop(asyncio.get_running_loop(), None)
        if here is not None:
            for poller in list(here.pollers.values()):
                await poller.close()


class _OfLoop:
    """The pollers of one event loop."""

    def __init__(self, budget: PollBudget) -> None:
        self.budget = budget
        self.pollers: WeakValueDictionary[object, Poller[Any]] = WeakValueDictionary()


class PollingClient(PollSender, Protocol):
    """The part of a client's caller that pollers need."""

    pollers: Pollers

    async def with_scopes(self, template: str, path: Path) -> dict[str, PathValue | None]:
        """Return path parameters with the client's scopes in place of omitted ones."""
        ...


async def poller_of(caller: PollingClient, lifecycle: Lifecycle[T], path: Path) -> Poller[T]:
    """Return the poller of a client for the resources of one kind under one parent.

    Args:
        caller: The client's caller.
        lifecycle: The lifecycle of their kind.
        path: Value of each path parameter of the list, and of query parameters that belong to it;
            the scope may be None.
    """
    operation = lifecycle.list or lifecycle.get
    assert operation is not None, "each kind can be read or listed"
    parent = {name: value for name, value in path.items() if name != lifecycle.item}
    parent = await caller.with_scopes(operation.path, parent)
    return caller.pollers.get(caller, lifecycle, parent)
