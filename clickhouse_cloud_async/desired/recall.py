"""Reuses results of earlier observations, unless the API reports a change since then."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import attrs

from clickhouse_cloud_async.core.errors import APIStatusError
from clickhouse_cloud_async.core.memory import Memory

from .inventory import label_of
from .knowledge import Entry, Knowledge
from .known import Known

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from .kinds import Kinds
    from .knowledge import Place
    from .resource import Resource, Scope

_LAG = timedelta(minutes=10)
"""Maximum observed delay between a change and its activity."""


@attrs.frozen(kw_only=True)
class Activity:
    """A change that the API reports.

    Attributes:
        type: The type of the change, as the API names it.
        parent: ID of the parent of the changed resource; None if it may be any.
        at: The time of the change.
    """

    type: str
    parent: str | None
    at: datetime


@attrs.frozen(kw_only=True)
class News:
    """Recent changes in an organisation or account.

    Attributes:
        now: The time, by the clock of the server.
        activities: The changes.
    """

    now: datetime
    activities: tuple[Activity, ...] = ()


Reader: TypeAlias = "Callable[[Scope, datetime], Awaitable[News]]"
"""Reads the changes in a scope since a time."""


class Memories(Protocol):
    """The known results about the children of parents, for a plan or when it is applied."""

    def memory(
        self, what: str, reported_by: frozenset[str], parent: Resource[Any]
    ) -> Memory | None:
        """Return the known results; None if everything has to be read.

        Args:
            what: The kind, or the field that is read separately.
            reported_by: Types of activities that report a change of it, if any.
            parent: The parent resource.
        """
        raise NotImplementedError

    async def keep(self) -> None:
        """Write the file after the observation.

        Raises:
            OSError: The file cannot be written.
        """


class Recall:
    """Reuses results of earlier observations.

    Args:
        kinds: The kinds of the API.
        knowledge: The results of earlier observations.
        path: The file that contains them.
        max_age: Seconds after which everything is read again.
        read_news: Reads recent changes from the API; None if it does not report them.

    Attributes:
        notes: Why changes could not be read, or results not be written.
    """

    def __init__(
        self,
        kinds: Kinds,
        knowledge: Knowledge,
        path: Path,
        max_age: float,
        read_news: Reader | None,
    ) -> None:
        self._kinds = kinds
        self._knowledge = knowledge
        self._path = path
        self._max_age = timedelta(seconds=max_age)
        self._read_news = read_news
        self._now: dict[str, datetime] = {}
        self._forgotten = set[tuple[str, str]]()
        self._silent: set[str] = set()
        self._told: dict[tuple[str, str | None, str], datetime] = {}
        self._memories: dict[Place, tuple[Memory, Resource[Any], frozenset[str]]] = {}
        self._digests: dict[tuple[str, str], str] = {}
        self._labels = {
            (scope, what, label): (scope, what, parent)
            for (scope, what, parent), entry in knowledge.entries.items()
            for label in (parent, entry.label)
        }
        self.notes: list[str] = []

    async def begin(self, scopes: Iterable[Scope]) -> None:
        """Read the changes since the earlier observations, with one request for each scope.

        Args:
            scopes: The organisations or accounts.

        Raises:
            CloudError: A request failed.
        """
        await asyncio.gather(*map(self._ask, scopes))

    async def _ask(self, scope: Scope) -> None:
        news = News(now=datetime.now(UTC))
        observed = (
            entry.observed
            for place, entry in self._knowledge.entries.items()
            if place[0] == scope.id
        )
        if self._read_news is not None:
            try:
                news = await self._read_news(scope, min(observed, default=news.now) - _LAG)
            except APIStatusError as error:
                self._silent.add(scope.id)
                self.notes.append(
                    f"{scope.id}: recent activities cannot be read, so everything was read"
                    f" again: {error.message}"
                )
        self._now[scope.id] = news.now
        for each in news.activities:
            key = (scope.id, each.parent, each.type)
            self._told[key] = max(each.at, self._told.get(key, each.at))

    def expects(self, what: str, reported_by: frozenset[str], scope: str, label: str) -> bool:
        """Return whether results are likely to be reused.

        Args:
            what: The kind, or the field that is read separately.
            reported_by: Types of activities that report a change of it.
            scope: The organisation or account.
            label: Label or ID of the parent.
        """
        place = self._labels.get((scope, what, label))
        return place is not None and self._is_fresh(place, reported_by)

    def memory(self, what: str, reported_by: frozenset[str], parent: Resource[Any]) -> Memory:
        """Return the known results, to which new ones are added; empty if they are outdated.

        Args:
            what: The kind, or the field that is read separately.
            reported_by: Types of activities that report a change of it, if any.
            parent: The parent resource.
        """
        place = (parent.scope.id, what, parent.id)
        if place not in self._memories:
            entry = self._knowledge.entries.get(place)
            is_known = (
                entry is not None
                and entry.parent == self._digest(parent)
                and self._is_fresh(place, reported_by)
            )
            memory = Memory(entry.results if entry is not None and is_known else {})
            self._memories[place] = (memory, parent, reported_by)
        return self._memories[place][0]

    def known(self) -> tuple[Known, ...]:
        """Return the results that were reused."""
        observed: defaultdict[tuple[str, str, bool], list[float]] = defaultdict(list)
        for place, (memory, parent, reported_by) in self._memories.items():
            if memory.recalled:
                age = self._now[place[0]] - self._knowledge.entries[place].observed
                observed[place[1], parent.kind, bool(reported_by)].append(age.total_seconds())
        return tuple(
            Known(what=what, where=where, count=len(ages), seconds=max(ages), is_current=told)
            for (what, where, told), ages in observed.items()
        )

    def last(self, what: str, parent: Resource[Any]) -> Memory:
        """Return the known results after the observation, regardless of later changes.

        Args:
            what: The kind, or the field that was read separately.
            parent: The parent resource.
        """
        entry = self._knowledge.entries.get((parent.scope.id, what, parent.id))
        return Memory({} if entry is None else entry.results)

    def forget(self, parent: Resource[Any]) -> None:
        """Remove all results about the children of a parent.

        Args:
            parent: The parent resource.
        """
        self._forgotten.add((parent.scope.id, parent.id))
        self._knowledge.forget({(parent.scope.id, parent.id)})

    async def save_forgotten(self) -> None:
        """Write the file without what was forgotten, also if another program has written it.

        Raises:
            InvalidArgumentError: The file is of another kind by now.
            OSError: The file cannot be written.
        """
        await asyncio.to_thread(self._save_forgotten)

    def _save_forgotten(self) -> None:
        known = self._knowledge
        if known.is_outdated(self._path):
            known = Knowledge.load(self._path, known.api)
            known.forget(self._forgotten)
        known.save(self._path)

    def _save(self) -> None:
        """Write the file, unless another program has written it during this observation.

        What that program has changed and removed from the file may be older in these results.
        """
        if self._knowledge.is_outdated(self._path):
            self.notes.append(
                f"another program has written {self._path} in the meantime: these results are not"
                " in it"
            )
        else:
            self._knowledge.save(self._path)

    async def keep(self) -> None:
        """Add the results of this observation, and write the file.

        Raises:
            OSError: The file cannot be written.
        """
        entries = self._knowledge.entries
        for place, (memory, parent, _) in self._memories.items():
            if memory.kept and not memory.recalled:
                entries[place] = Entry(
                    observed=self._now[place[0]],
                    parent=self._digest(parent),
                    label=label_of(parent),
                    results=memory.results,
                )
            elif memory.kept:
                entries[place] = attrs.evolve(entries[place], results=memory.results)
            elif not memory.results:
                entries.pop(place, None)
        for place, entry in list(entries.items()):
            if place[0] in self._now and not self._is_young(place[0], entry):
                del entries[place]
        await asyncio.to_thread(self._save)

    def _is_fresh(self, place: Place, reported_by: frozenset[str]) -> bool:
        """Return whether results are valid: not too old, and without a reported change."""
        entry, (scope, _, parent) = self._knowledge.entries[place], place
        if scope in self._silent or not self._is_young(scope, entry):
            return False
        told = (
            self._told.get((scope, where, kind)) for kind in reported_by for where in (parent, None)
        )
        return not any(at is not None and at >= entry.observed - _LAG for at in told)

    def _is_young(self, scope: str, entry: Entry) -> bool:
        return timedelta(0) <= self._now[scope] - entry.observed <= self._max_age

    def _digest(self, parent: Resource[Any]) -> str:
        key = (parent.kind, parent.id)
        if key not in self._digests:
            self._digests[key] = self._kinds[parent.kind].digest(parent.item)
        return self._digests[key]
