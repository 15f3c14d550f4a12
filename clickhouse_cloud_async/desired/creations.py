"""Creations of one run, and those of others that bring about the same description."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import asynccontextmanager, suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Generic

import attrs

from clickhouse_cloud_async.core.errors import CloudError, ResponseDecodeError
from clickhouse_cloud_async.fleet.report import Outcome, OutcomeStatus

from .namesakes import N, age, taken_back, told_of

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        Awaitable,
        Callable,
        Collection,
        Iterable,
        Mapping,
        Sequence,
    )

    from clickhouse_cloud_async.core.waiting.snapshots import Snapshot

    from .namesakes import Listed

BATCH = 8
"""How many services are created after one list: with it they fit into one window of the budget."""

FRESH = 2.0
"""Seconds for which a list from before is as good as a new one."""

POLL_INTERVAL = 5.0
"""Seconds between two lists while another program creates the services."""

TAKEOVER = 30.0
"""Seconds without a new service after which another program is taken to have ended."""

SHORTEST_TAKEOVER = 5.0
"""Least seconds of it with an emulator whose clock is faster."""


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
        """Take note that a creation is over; the last one ends the batch."""
        self.remaining -= 1
        if self.remaining == 0:
            self.listed.cancel()
            self.is_over.set()


class Creations(Generic[N]):
    """The creations of one run in one organisation.

    The API takes any name twice. Two programs that bring about the same description at the same
    time would create everything twice if each listed the services only once. So they are listed
    again before each batch of creations, and where others have begun to create the same services,
    only the first program continues:

    1. The first batch is a single service, so that one is created twice at most.
    2. In the list before each other batch both programs see what both have created, and both find
       the same one of these services to be the oldest. The program that has created it goes on.
    3. The other one lists again from time to time. It creates what is missing only after a while
       without a new service.
    4. At the end each program lists once more. Of two resources of a name it takes back its own,
       unless that is the older one; then it waits until the other program has done so.

    Args:
        list_resources: Lists the services of the organisation.
        listed: The services as they were listed before, for the first batch.
        names: The names of the services that were not there when the plan was made.
        gone: States of services that are on their way out.
        speed: How many times faster than in the cloud time passes for the API.
        take_back: Deletes what this run has created; returns whether it is gone.
        patience: Seconds that another program may take to take back what it has created.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what is created, and how the API behaves
        self,
        list_resources: Callable[[], Awaitable[Iterable[N]]],
        listed: Listed[N],
        names: Collection[str],
        gone: Collection[str],
        speed: float,
        take_back: Callable[[Outcome], Awaitable[bool]],
        patience: float = TAKEOVER,
    ) -> None:
        self._list_resources = list_resources
        self._listed: Listed[N] | None = listed
        self._wanted = names
        self._gone = gone
        self._pause: float = POLL_INTERVAL / speed
        # The programs themselves are no faster with an emulator whose clock is.
        self._takeover: float = max(TAKEOVER / speed, SHORTEST_TAKEOVER)
        self._take_back = take_back
        self._patience: float = max(patience / speed, SHORTEST_TAKEOVER)
        self._batch: _Batch[N] | None = None
        # A list is sent for all of a batch and counts for none of them.
        self._context = copy_context()
        self._created: dict[str, Outcome] = {}
        self._known = {each.id for each in listed.resources}
        self._arrived: defaultdict[str, set[str]] = defaultdict(set)

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[Mapping[str, list[N]]]:
        """Wait for the turn of a creation.

        Returns:
            The services that there are, by name.

        Raises:
            CloudError: They could not be listed.
        """
        batch = await self._join()
        try:
            # A cancelled caller does not take the list away from the others.
            yield await asyncio.shield(batch.listed)
        finally:
            batch.leave()

    def add(self, outcome: Outcome) -> None:
        """Take note that a service was created."""
        self._created[outcome.id] = outcome
        self._note_namesakes(outcome)

    def see(self, snapshots: Mapping[str, Snapshot[N]]) -> None:
        """Take in a list that was fetched for something else: names may have come twice.

        Args:
            snapshots: The services of the organisation by ID.
        """
        for key in snapshots.keys() - self._known:
            self._known.add(key)
            with suppress(ResponseDecodeError):
                self._arrived[snapshots[key].item.name].add(key)
        for outcome in self._created.values():
            self._note_namesakes(outcome)

    async def claim(self, outcome: Outcome) -> N | None:
        """Make sure that what lives in a new resource will stay, before any of it is created.

        Args:
            outcome: The outcome of its creation.

        Returns:
            The resource of another program that takes its place; this run's own was taken back.
            None where its own stays.

        Raises:
            CloudError: The resources could not be listed.
        """
        namesakes = (await self._list()).get(outcome.name, [])
        if any(each.id == outcome.id for each in namesakes):
            first = min(namesakes, key=age)
            if first.id != outcome.id and await self._take_back(outcome):
                del self._created[outcome.id]
                return first
        return None

    async def wait_for_one(self, name: str, namesakes: Sequence[N]) -> Sequence[N]:
        """Wait while other programs settle which of several resources of a name stays.

        Args:
            name: The name.
            namesakes: The resources of the name, as they were listed.

        Returns:
            Those that stay; more than one where nobody takes any back.

        Raises:
            CloudError: The resources could not be listed.
        """
        end = time.monotonic() + self._patience
        while len(namesakes) > 1 and time.monotonic() < end:
            await asyncio.sleep(self._pause)
            namesakes = (await self._list()).get(name, [])
        return namesakes

    async def find_namesakes(self) -> list[Outcome]:
        """Look whether another program has created a resource of the same name all the same.

        Where that is so, both see both, and both find the same one to be the older. The program
        that has created the other one takes it back.

        Returns:
            The outcomes of those that there are twice, or were; they say so now.
        """
        if not self._created:
            return []
        try:
            names = await self._list()
        except CloudError as error:
            return self._cannot_look(error)
        settled = await asyncio.gather(
            *(self._settle(outcome, names) for outcome in self._created.values())
        )
        return [
            outcome
            for outcome, is_told in zip(self._created.values(), settled, strict=True)
            if is_told
        ]

    def _cannot_look(self, error: CloudError) -> list[Outcome]:
        twice = [each for each in self._created.values() if self._note_namesakes(each)]
        for outcome in twice:
            outcome.status = OutcomeStatus.FAILED
        for outcome in self._created.values():
            outcome.reason = outcome.reason or f"perhaps it was created twice: {error.message}"
        return twice

    async def _settle(self, outcome: Outcome, names: Mapping[str, list[N]]) -> bool:
        """Make sure that a resource is there once; return whether something is said of it."""
        was_noted = self._note_namesakes(outcome)
        namesakes = names.get(outcome.name, [])
        others = {each.id for each in namesakes} - {outcome.id}
        if others and not self._is_oldest(outcome, namesakes):
            if await self._take_back(outcome):
                first = min(namesakes, key=age)
                outcome.status, outcome.result = OutcomeStatus.UNCHANGED, None
                outcome.reason = taken_back(outcome.id)
                outcome.id, outcome.after = first.id, first.state
                return True
        elif others:
            others = await self._wait_for_the_other(outcome)
        outcome.reason = told_of(others) if others or was_noted else outcome.reason
        outcome.status = OutcomeStatus.FAILED if others else outcome.status
        return bool(others) or was_noted

    def _is_oldest(self, outcome: Outcome, namesakes: Collection[N]) -> bool:
        return min(namesakes, key=age).id == outcome.id

    async def _wait_for_the_other(self, outcome: Outcome) -> set[str]:
        """Wait until the other program has taken back what it created; return what stays."""
        others, end = {""}, time.monotonic() + self._patience
        while others and time.monotonic() < end:
            await asyncio.sleep(self._pause)
            try:
                namesakes = (await self._list()).get(outcome.name, ())
            except CloudError:
                continue
            others = {each.id for each in namesakes} - {outcome.id}
        return others

    def _note_namesakes(self, outcome: Outcome) -> bool:
        """Say in an outcome which services of its name have come up since the run began."""
        ids = self._arrived[outcome.name] - {outcome.id}
        if ids:
            outcome.reason = told_of(ids)
        return bool(ids)

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
        """List the services, and wait as long as another program creates them."""
        names = await self._list()
        missing, since = self._missing(names), time.monotonic()
        while missing and self._is_second(names) and time.monotonic() < since + self._takeover:
            await asyncio.sleep(self._pause)
            names = await self._list()
            if (still_missing := self._missing(names)) < missing:
                missing, since = still_missing, time.monotonic()
        return names

    async def _list(self) -> Mapping[str, list[N]]:
        listed, self._listed = self._listed, None
        is_fresh = listed is not None and time.monotonic() < listed.at + FRESH
        services = listed.resources if listed and is_fresh else await self._list_resources()
        names: defaultdict[str, list[N]] = defaultdict(list)
        for service in services:
            if service.state not in self._gone:
                names[service.name].append(service)
        return names

    def _missing(self, names: Mapping[str, list[N]]) -> set[str]:
        return {name for name in self._wanted if name not in names}

    def _is_second(self, names: Mapping[str, list[N]]) -> bool:
        """Return whether the oldest of the services is the creation of another program."""
        services = [service for name in self._wanted for service in names.get(name, ())]
        oldest = min(services, key=age, default=None)
        return oldest is not None and oldest.id not in self._created
