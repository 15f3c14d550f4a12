"""A Dask cluster as the actions of fleets need it."""

from __future__ import annotations

import asyncio
import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakKeyDictionary

from clickhouse_cloud_async.core.errors import ConfigurationError

from . import work
from .news import TOPIC

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

    from distributed import Client, Future

    from .news import Message
    from .part import Part
    from .work import Assignment, Ended

T = TypeVar("T")

_listeners: WeakKeyDictionary[Client, dict[str, Callable[[Message], object]]] = WeakKeyDictionary()
"""Who hears the news of each task; a client has one handler for a topic."""


class Cluster:
    """The workers that a client reaches.

    A Dask client has an event loop of its own, which may be the caller's; what concerns it
    happens there.

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
        answers = await self._ask(work.this_process)
        found = {address: said for address, said in answers.items() if isinstance(said, str)}
        if found:
            return found
        for said in answers.values():
            raise ConfigurationError(f"no worker can load this package: {said!r}")
        raise ConfigurationError("the cluster has no workers")

    def submit(self, address: str, assignment: Assignment) -> Future[Ended | None]:
        """Hand out a task.

        Args:
            address: The worker that carries it out, and no other.
            assignment: The task.
        """
        return self._client.submit(
            work.carry_out,
            assignment,
            key=assignment.part,
            workers=[address],
            allow_other_workers=False,
            retries=0,
            pure=False,
        )

    async def result(self, future: Future[Ended | None]) -> Ended | None:
        """Wait for what comes of a task.

        Raises:
            Exception: Dask lost it.
        """
        return await self._there(lambda: future)

    async def present(self, addresses: Collection[str]) -> Collection[str]:
        """Those of some workers that are there."""
        there: Mapping[str, int] = await self._there(
            lambda: self._client.nthreads(workers=list(addresses))
        )
        return there.keys()

    async def call_off(self, parts: Iterable[Part]) -> list[str]:
        """Cancel tasks.

        Args:
            parts: What they do.

        Returns:
            The keys of those that had not begun, and do not any more.
        """
        answers = await self._ask_each(
            parts, lambda own: partial(work.call_off, {part.name: part.process for part in own})
        )
        return [part for said in answers if isinstance(said, list) for part in said]

    async def begin_no_more(self, parts: Iterable[Part]) -> None:
        """Let tasks begin with no further service.

        Args:
            parts: What they do.
        """
        await self._ask_each(
            parts, lambda own: partial(work.begin_no_more, [part.name for part in own])
        )

    async def listen(self, parts: Collection[str], listener: Callable[[Message], None]) -> None:
        """Hear the news of tasks, in this event loop.

        Args:
            parts: Keys of the tasks.
            listener: Called with each message.
        """
        here = asyncio.get_running_loop()

        def hear(message: Message) -> None:
            here.call_soon_threadsafe(listener, message)

        async def listen() -> None:
            heard = _listeners.get(self._client)
            if heard is None:
                heard = _listeners[self._client] = {}
                self._client.subscribe_topic(TOPIC, partial(_hear, heard))
            for part in parts:
                heard[part] = hear

        await self._there(listen)

    def listen_no_more(self, parts: Iterable[str]) -> None:
        """Hear no more of tasks.

        Args:
            parts: Keys of the tasks.
        """
        heard = _listeners.get(self._client, {})
        for part in parts:
            heard.pop(part, None)

    async def _ask_each(
        self, parts: Iterable[Part], ask: Callable[[list[Part]], Callable[[], object]]
    ) -> list[object]:
        """Call a function on each worker, made for the parts that are there."""
        by_address: dict[str, list[Part]] = {}
        for part in parts:
            by_address.setdefault(part.address, []).append(part)
        answers = await asyncio.gather(
            *(self._ask(ask(own), [address]) for address, own in by_address.items())
        )
        return [said for answer in answers for said in answer.values()]

    async def _ask(
        self, function: Callable[[], object], addresses: list[str] | None = None
    ) -> dict[str, object]:
        """Call a function on workers, whatever else they do; on all where none are named."""
        return await self._there(
            lambda: self._client.run(function, workers=addresses, on_error="return")
        )

    async def _there(self, function: Callable[[], Awaitable[T]]) -> T:
        """Call a function in the client's event loop."""
        loop: asyncio.AbstractEventLoop = cast("Any", self._client.loop).asyncio_loop
        if loop is asyncio.get_running_loop():
            return await function()

        async def call() -> T:
            return await function()

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(), loop))


def _hear(heard: Mapping[str, Callable[[Message], object]], event: tuple[float, Message]) -> None:
    message = event[1]
    listener = heard.get(message["part"])
    if listener is not None:
        listener(message)


def place(identity: str, addresses: Collection[str]) -> str:
    """Choose the worker of a key: always the same, as long as the same workers are there.

    So actions of whomever share the budget of the key, since they share a process, and one that
    follows another knows what is used up. A worker that comes or goes moves few keys.

    Args:
        identity: What tells the key from others.
        addresses: The workers.
    """
    return max(addresses, key=lambda each: hashlib.sha256(f"{each} {identity}".encode()).digest())
