"""Turns of creations, with a list before each batch, so that concurrent programs can agree."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import asynccontextmanager
from contextvars import copy_context
from typing import TYPE_CHECKING, Generic

import attrs

from .namesakes import N, age

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        Awaitable,
        Callable,
        Collection,
        Container,
        Iterable,
        Mapping,
    )

    from .namesakes import Listed

BATCH = 8
"""Number of resources created after one list: list and creations fit into one rate-limit window."""

FRESH = 2.0
"""Seconds for which an earlier list replaces a new one."""

POLL_INTERVAL = 5.0
"""Seconds between two lists while another program creates the resources."""

TAKEOVER = 30.0
"""Seconds without a new resource after which another program is assumed to have ended."""

SHORTEST_TAKEOVER = 5.0
"""Minimum of these seconds with an emulator whose clock is faster."""


class NameLists(Generic[N]):
    """Lists the resources of a location by their names.

    Args:
        list_resources: Lists the resources.
        listed: An earlier list of the resources, which is used once while it is fresh.
        gone: States of resources that are being deleted.
        speed: Factor by which time passes faster for the API than in the cloud.

    Attributes:
        pause: Seconds between two lists while another program creates resources.
    """

    def __init__(
        self,
        list_resources: Callable[[], Awaitable[Iterable[N]]],
        listed: Listed[N],
        gone: Collection[str],
        speed: float,
    ) -> None:
        self._list_resources = list_resources
        self._listed: Listed[N] | None = listed
        self._gone = gone
        self.pause: float = POLL_INTERVAL / speed

    async def fetch(self) -> Mapping[str, list[N]]:
        """Return the resources by name.

        Raises:
            CloudError: They could not be listed.
        """
        listed, self._listed = self._listed, None
        is_fresh = listed is not None and time.monotonic() < listed.at + FRESH
        resources = listed.resources if listed and is_fresh else await self._list_resources()
        names: defaultdict[str, list[N]] = defaultdict(list)
        for resource in resources:
            if resource.state not in self._gone:
                names[resource.name].append(resource)
        return names


@attrs.define(eq=False)
class _Batch(Generic[N]):
    """Creations that share a list."""

    listed: asyncio.Task[Mapping[str, list[N]]]
    size: int
    members: int = 0
    remaining: int = 0
    is_over: asyncio.Event = attrs.Factory(asyncio.Event)

    @property
    def is_open(self) -> bool:
        """Whether another creation can share the list."""
        return self.members < self.size and not self.listed.done()

    def leave(self) -> None:
        """Record the end of a creation; the last one ends the batch."""
        self.remaining -= 1
        if self.remaining == 0:
            self.listed.cancel()
            self.is_over.set()


class CreationTurns(Generic[N]):
    """The turns of creations, in batches with a list before each.

    1. The first batch is a single resource, so that at most one is created twice.
    2. In the list before each later batch, both programs see the resources that both have created,
       and both determine the same oldest one. The program that created it continues.
    3. The other program lists the resources repeatedly. It creates the missing ones only after no
       new resource has appeared for a while.

    Args:
        lists: Lists the resources.
        names: The names of the resources that did not exist when the plan was made.
        created: IDs of the resources that this program has created.
        speed: Factor by which time passes faster for the API than in the cloud.
    """

    def __init__(
        self,
        lists: NameLists[N],
        names: Collection[str],
        created: Container[str],
        speed: float,
    ) -> None:
        self._lists = lists
        self._wanted = names
        self._created = created
        # The programs themselves are no faster with an emulator whose clock is faster.
        self._takeover: float = max(TAKEOVER / speed, SHORTEST_TAKEOVER)
        self._batch: _Batch[N] | None = None
        # A list is sent for a whole batch, so it is not counted for any of its resources.
        self._context = copy_context()

    @asynccontextmanager
    async def next(self) -> AsyncGenerator[Mapping[str, list[N]]]:
        """Wait for the turn of a creation.

        Returns:
            The existing resources, by name.

        Raises:
            CloudError: They could not be listed.
        """
        batch = await self._join()
        try:
            # A cancelled caller must not cancel the list for the others.
            yield await asyncio.shield(batch.listed)
        finally:
            batch.leave()

    async def _join(self) -> _Batch[N]:
        while True:
            batch = self._batch
            if batch is None or batch.is_over.is_set():
                task = asyncio.create_task(self._list_in_turn(), context=self._context)
                batch = self._batch = _Batch(task, 1 if batch is None else BATCH)
            if batch.is_open:
                batch.members += 1
                batch.remaining += 1
                return batch
            await batch.is_over.wait()

    async def _list_in_turn(self) -> Mapping[str, list[N]]:
        """List the resources, and wait while another program creates them."""
        names = await self._lists.fetch()
        missing, since = self._missing(names), time.monotonic()
        while missing and self._is_second(names) and time.monotonic() < since + self._takeover:
            await asyncio.sleep(self._lists.pause)
            names = await self._lists.fetch()
            if (still_missing := self._missing(names)) < missing:
                missing, since = still_missing, time.monotonic()
        return names

    def _missing(self, names: Mapping[str, list[N]]) -> set[str]:
        return {name for name in self._wanted if name not in names}

    def _is_second(self, names: Mapping[str, list[N]]) -> bool:
        """Return whether another program created the oldest of the resources."""
        resources = [each for name in self._wanted for each in names.get(name, ())]
        oldest = min(resources, key=age, default=None)
        return oldest is not None and oldest.id not in self._created
