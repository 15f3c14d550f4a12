"""Creations of one run, and those of concurrent runs of the same description."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Generic

from clickhouse_cloud_async.core.errors import CloudError, ResponseDecodeError
from clickhouse_cloud_async.fleet.report import Outcome, OutcomeStatus

from .creation_turns import SHORTEST_TAKEOVER, CreationTurns, NameLists
from .namesakes import N, age, duplicate_deleted_message, duplicates_message

if TYPE_CHECKING:
    from collections.abc import (
        Awaitable,
        Callable,
        Collection,
        Iterable,
        Mapping,
        Sequence,
    )
    from contextlib import AbstractAsyncContextManager

    from clickhouse_cloud_async.core.waiting.snapshots import Snapshot

    from .namesakes import Listed

PATIENCE = 30.0
"""Seconds within which another program has to delete its duplicate."""


class Creations(Generic[N]):
    """The creations of one run in one organisation.

    The API accepts a name twice. Two programs that apply the same description at the same time
    would create everything twice if each listed the resources only once. So creations wait for
    their `CreationTurns`, in which only one of the programs continues. At the end each program
    lists the resources once more. If there are two resources of a name, it deletes its own, unless
    that is the older one; then it waits until the other program has deleted its own.

    Args:
        list_resources: Lists the resources of the organisation.
        listed: The resources as they were listed before, for the first batch.
        names: The names of the resources that did not exist when the plan was made.
        gone: States of resources that are being deleted.
        speed: Factor by which time passes faster for the API than in the cloud.
        take_back: Deletes a resource that this run has created; returns whether it is gone.
        patience: Seconds within which another program has to delete its duplicate.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what is created, and how the API behaves
        self,
        list_resources: Callable[[], Awaitable[Iterable[N]]],
        listed: Listed[N],
        names: Collection[str],
        gone: Collection[str],
        speed: float,
        take_back: Callable[[Outcome], Awaitable[bool]],
        patience: float = PATIENCE,
    ) -> None:
        self._lists = NameLists(list_resources, listed, gone, speed)
        self._take_back = take_back
        self._patience: float = max(patience / speed, SHORTEST_TAKEOVER)
        self._created: dict[str, Outcome] = {}
        self._turns = CreationTurns(self._lists, names, self._created, speed)
        self._known = {each.id for each in listed.resources}
        self._arrived: defaultdict[str, set[str]] = defaultdict(set)

    def turn(self) -> AbstractAsyncContextManager[Mapping[str, list[N]]]:
        """Wait for the turn of a creation.

        Returns:
            A context with the existing resources, by name.

        Raises:
            CloudError: They could not be listed.
        """
        return self._turns.next()

    def add(self, outcome: Outcome) -> None:
        """Record that a resource was created."""
        self._created[outcome.id] = outcome
        self._note_namesakes(outcome)

    def see(self, snapshots: Mapping[str, Snapshot[N]]) -> None:
        """Use a list that was fetched for another purpose to detect duplicate names.

        Args:
            snapshots: The resources of the organisation by ID.
        """
        for key in snapshots.keys() - self._known:
            self._known.add(key)
            with suppress(ResponseDecodeError):
                self._arrived[snapshots[key].item.name].add(key)
        for outcome in self._created.values():
            self._note_namesakes(outcome)

    async def claim(self, outcome: Outcome) -> N | None:
        """Check that a new resource will stay, before its children are created.

        Args:
            outcome: The outcome of its creation.

        Returns:
            The resource of another program that replaces it; this run's own was deleted. None if
            its own stays.

        Raises:
            CloudError: The resources could not be listed.
        """
        namesakes = (await self._lists.fetch()).get(outcome.name, [])
        if any(each.id == outcome.id for each in namesakes):
            first = min(namesakes, key=age)
            if first.id != outcome.id and await self._take_back(outcome):
                del self._created[outcome.id]
                return first
        return None

    async def wait_for_one(self, name: str, namesakes: Sequence[N]) -> Sequence[N]:
        """Wait until concurrent programs have decided which of several namesakes stays.

        Args:
            name: The name.
            namesakes: The resources of the name, as they were listed.

        Returns:
            The resources that stay; more than one if no program deletes its own.

        Raises:
            CloudError: The resources could not be listed.
        """
        end = time.monotonic() + self._patience
        while len(namesakes) > 1 and time.monotonic() < end:
            await asyncio.sleep(self._lists.pause)
            namesakes = (await self._lists.fetch()).get(name, [])
        return namesakes

    async def find_namesakes(self) -> list[Outcome]:
        """Check whether another program has created a resource of the same name concurrently.

        If so, both programs see both resources, and both determine the same older one. The program
        that created the newer one deletes it.

        Returns:
            The updated outcomes of the resources that exist twice, or did.
        """
        if not self._created:
            return []
        try:
            names = await self._lists.fetch()
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
        """Check that a resource exists once; return whether its outcome was changed."""
        was_noted = self._note_namesakes(outcome)
        namesakes = names.get(outcome.name, [])
        others = {each.id for each in namesakes} - {outcome.id}
        if others and not self._is_oldest(outcome, namesakes):
            if await self._take_back(outcome):
                first = min(namesakes, key=age)
                outcome.status, outcome.result = OutcomeStatus.UNCHANGED, None
                outcome.reason = duplicate_deleted_message(outcome.id)
                outcome.id, outcome.after = first.id, first.state
                return True
        elif others:
            others = await self._wait_for_the_other(outcome)
        outcome.reason = duplicates_message(others) if others or was_noted else outcome.reason
        outcome.status = OutcomeStatus.FAILED if others else outcome.status
        return bool(others) or was_noted

    def _is_oldest(self, outcome: Outcome, namesakes: Collection[N]) -> bool:
        return min(namesakes, key=age).id == outcome.id

    async def _wait_for_the_other(self, outcome: Outcome) -> set[str]:
        """Wait until the other program has deleted its creation; return the remaining resources."""
        others, end = {""}, time.monotonic() + self._patience
        while others and time.monotonic() < end:
            await asyncio.sleep(self._lists.pause)
            try:
                namesakes = (await self._lists.fetch()).get(outcome.name, ())
            except CloudError:
                continue
            others = {each.id for each in namesakes} - {outcome.id}
        return others

    def _note_namesakes(self, outcome: Outcome) -> bool:
        """Add to an outcome the resources of its name that were created since the run began."""
        ids = self._arrived[outcome.name] - {outcome.id}
        if ids:
            outcome.reason = duplicates_message(ids)
        return bool(ids)
