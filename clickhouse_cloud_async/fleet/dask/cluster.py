"""Access to a Dask cluster for the actions of fleets."""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakKeyDictionary

from clickhouse_cloud_async.core.errors import ConfigurationError

from . import work
from .updates import TOPIC

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

    from distributed import Client, Future

    from .shard import Shard
    from .updates import Message
    from .work import Assignment, TaskResult

T = TypeVar("T")

_listeners: WeakKeyDictionary[Client, dict[str, Callable[[Message], object]]] = WeakKeyDictionary()
"""Listener of each task; a Dask client has only one handler per topic."""


class Cluster:
    """The workers of a Dask client.

    A Dask client has its own event loop, which may be the caller's. It is used only in that loop.

    Args:
        client: The client, with or without ``asynchronous=True``.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def processes(self) -> dict[str, str]:
        """The processes of all workers, by the workers' addresses.

        Raises:
            ConfigurationError: There is no worker, or none on which this package works.
        """
        responses = await self._run_on(work.this_process)
        found = {
            address: response
            for address, response in responses.items()
            if isinstance(response, str)
        }
        if found:
            return found
        for response in responses.values():
            raise ConfigurationError(f"no worker can load this package: {response!r}")
        raise ConfigurationError("the cluster has no workers")

    def submit(self, address: str, assignment: Assignment) -> Future[TaskResult | None]:
        """Submit a task.

        Args:
            address: The only worker that may run it.
            assignment: The task.
        """
        return self._client.submit(
            work.carry_out,
            assignment,
            key=assignment.shard,
            workers=[address],
            allow_other_workers=False,
            retries=0,
            pure=False,
        )

    async def result(self, future: Future[TaskResult | None]) -> TaskResult | None:
        """Wait for the result of a task.

        Raises:
            Exception: Dask lost the task.
        """
        return await self._in_client_loop(lambda: future)

    async def connected(self, addresses: Collection[str]) -> Collection[str]:
        """Return the addresses of connected workers among the given ones."""
        threads: Mapping[str, int] = await self._in_client_loop(
            lambda: self._client.nthreads(workers=list(addresses))
        )
        return threads.keys()

    async def cancel(self, shards: Iterable[Shard]) -> list[str]:
        """Cancel tasks.

        Args:
            shards: Their shards.

        Returns:
            The keys of the tasks that had not begun and will not.
        """
        responses = await self._run_on_each(
            shards, lambda own: partial(work.cancel, {shard.name: shard.process for shard in own})
        )
        return [shard for response in responses if isinstance(response, list) for shard in response]

    async def stop_starting(self, shards: Iterable[Shard]) -> None:
        """Keep tasks from starting with further services.

        Args:
            shards: Their shards.
        """
        await self._run_on_each(
            shards, lambda own: partial(work.stop_starting, [shard.name for shard in own])
        )

    async def subscribe(self, shards: Collection[str], listener: Callable[[Message], None]) -> None:
        """Receive the updates of tasks in the current event loop.

        Args:
            shards: Keys of the tasks.
            listener: Called with each message.
        """
        here = asyncio.get_running_loop()

        def forward(message: Message) -> None:
            here.call_soon_threadsafe(listener, message)

        async def subscribe() -> None:
            listeners = _listeners.get(self._client)
            if listeners is None:
                listeners = _listeners[self._client] = {}
                self._client.subscribe_topic(TOPIC, partial(_dispatch, listeners))
            for shard in shards:
                listeners[shard] = forward

        await self._in_client_loop(subscribe)

    def unsubscribe(self, shards: Iterable[str]) -> None:
        """Stop receiving the updates of tasks.

        Args:
            shards: Keys of the tasks.
        """
        listeners = _listeners.get(self._client, {})
        for shard in shards:
            listeners.pop(shard, None)

    async def _run_on_each(
        self, shards: Iterable[Shard], make: Callable[[list[Shard]], Callable[[], object]]
    ) -> list[object]:
        """Call on each worker a function made for its shards."""
        by_address: dict[str, list[Shard]] = {}
        for shard in shards:
            by_address.setdefault(shard.address, []).append(shard)
        responses = await asyncio.gather(
            *(self._run_on(make(own), [address]) for address, own in by_address.items())
        )
        return [response for by_worker in responses for response in by_worker.values()]

    async def _run_on(
        self, function: Callable[[], object], addresses: list[str] | None = None
    ) -> dict[str, object]:
        """Call a function on workers even if they are busy; on all workers by default."""
        return await self._in_client_loop(
            lambda: self._client.run(function, workers=addresses, on_error="return")
        )

    async def _in_client_loop(self, function: Callable[[], Awaitable[T]]) -> T:
        """Call a function in the client's event loop."""
        loop: asyncio.AbstractEventLoop = cast("Any", self._client.loop).asyncio_loop
        if loop is asyncio.get_running_loop():
            return await function()

        async def call() -> T:
            return await function()

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(), loop))


def _dispatch(
    listeners: Mapping[str, Callable[[Message], object]], event: tuple[float, Message]
) -> None:
    message = event[1]
    listener = listeners.get(message["shard"])
    if listener is not None:
        listener(message)


def assign_worker(identity: str, addresses: Collection[str]) -> str:
    """Choose the worker of a key: always the same, as long as the same workers are there.

    All actions that use a key run in one process and share its rate limit, and a later action knows
    how much of it is used up. A worker that joins or leaves moves few keys.

    Args:
        identity: Unique identifier of the key.
        addresses: The workers.
    """
    return max(addresses, key=lambda each: hashlib.sha256(f"{each} {identity}".encode()).digest())
