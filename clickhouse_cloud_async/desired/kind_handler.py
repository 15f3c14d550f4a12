"""The work on resources of kinds that are tables of fields."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.errors import CloudError, NotFoundError

from .creations import Creations
from .handler import Handler
from .job import ResourceJob
from .kind_plan import KindPlan, find_resource, plan_removal, plan_wanted
from .names import UnresolvedError
from .namesakes import Listed
from .observation import complete, list_resources, locations, named_locations
from .resource import Location, Phase
from .siblings import Sibling

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine, Iterator

    from clickhouse_cloud_async.fleet.report import Outcome

    from .gate import Gate
    from .plan import ResourcePlan
    from .resource import Resource
    from .wanted import Wanted


class KindHandler(Handler):
    """The work on a kind that is defined by a table of fields and by coroutines."""

    _found: list[Resource[Any]]
    _listed_at: float = 0.0

    async def observe(self, scopes: Collection[str]) -> None:
        """List the relevant resources.

        Args:
            scopes: IDs of the scopes in which they are relevant.

        Raises:
            CloudError: They could not be listed.
        """
        self._creations: dict[tuple[str, str | None], Creations[Sibling]] = {}
        self._listed_at = time.monotonic()
        places = locations(self.kind, self.context, scopes)
        self._found = await list_resources(self.kind, self.context, places)
        await complete(self.kind, self.context, self._shown_in_part())

    def look_requests(self, scopes: Collection[str]) -> Counter[str]:
        """Return the estimated number of requests for the lists, and for fields they do not show.

        Args:
            scopes: IDs of the scopes in which the kind is relevant.
        """
        kind, recall = self.kind, self.context.recall
        described: defaultdict[tuple[str, str], list[Wanted]] = defaultdict(list)
        for each in self.wanted:
            place = "" if kind.is_in_one_list else each.parent or ""
            described[each.scope.id, place].append(each)
        requests = Counter[str]()
        for scope, label in named_locations(kind, self.context, scopes):
            there = described[scope, label]
            if recall and label and recall.expects(kind.name, kind.reported_by, scope, label):
                continue
            in_part = sum(not kind.unlisted.isdisjoint(each.fields) for each in there)
            requests[scope] += kind.list_requests([each.fields for each in there])
            requests[scope] += in_part * kind.get_requests
        return requests

    def _shown_in_part(self) -> Iterator[Resource[Any]]:
        """Yield the resources with described fields that lists do not show."""
        for wanted in self.wanted:
            if self.kind.unlisted.isdisjoint(wanted.fields):
                continue
            try:
                found = find_resource(wanted, self.context.inventory, self.context.names)
            except UnresolvedError:
                continue  # it is refused when it is compared
            if found is not None:
                yield found

    def compare(self) -> Iterator[ResourcePlan]:
        """Yield the plans of resources with changes."""
        context = self.context
        for wanted in self.wanted:
            plan = plan_wanted(wanted, context.inventory, context.names, context.options)
            if plan is not None:
                yield plan
        if self.kind.name in context.desired.prune:
            yield from self._pruned()

    def create_job(
        self, item: ResourcePlan, outcome: Outcome, gate: Gate
    ) -> Coroutine[Any, Any, None]:
        """Create the job of a resource; all jobs are created before the first one runs.

        Args:
            item: Its plan.
            outcome: Its outcome, which is kept up to date.
            gate: Releases the dependants of the resource.
        """
        assert isinstance(item, KindPlan)
        job = ResourceJob(self.context, item, outcome, gate, self._creations_of)
        return job.run()

    async def verify(self) -> Collection[Outcome]:
        """Find resources that another program has created concurrently.

        Returns:
            The outcomes that it has changed.
        """
        lists = await asyncio.gather(*(each.find_namesakes() for each in self._creations.values()))
        return [outcome for changed in lists for outcome in changed]

    def _pruned(self) -> Iterator[ResourcePlan]:
        """Yield the removals of resources without a description, including namesakes."""
        pinned = {each.described.id for each in self.everything} | set(self._referred())
        named = {(each.scope.id, self._parent_id(each), each.name) for each in self.everything}
        for resource in self._found:
            parent_id = None if resource.parent is None else resource.parent.id
            place = (resource.scope.id, parent_id, resource.name)
            is_ours = self.kind.protection(resource.item) is None
            if is_ours and resource.id not in pinned and place not in named:
                plan = plan_removal(resource, None, self.kind)
                if plan is not None:
                    yield plan

    def _referred(self) -> Iterator[str]:
        """Yield the IDs of resources that other described ones refer to."""
        for each in self.context.everything:
            for reference in each.references():
                if reference.kind == self.kind.name:
                    for found in self.context.inventory.by_label(
                        self.kind.name, each.scope.id, reference.name
                    ):
                        yield found.id

    def _parent_id(self, wanted: Wanted) -> str | None:
        """Return the ID of a described resource's parent; None if it does not exist."""
        if self.kind.parent is None or wanted.parent is None:
            return None
        try:
            names = self.context.names
            parent = names.find(self.kind.parent.kind, wanted.scope.id, wanted.parent)
        except UnresolvedError:
            return None
        return None if parent is None else parent.id

    def _creations_of(self, location: Location) -> Creations[Sibling]:
        """Return the creations of this run in one list."""
        parent = None if location.parent is None else location.parent.id
        place = location.scope.id, parent
        if place not in self._creations:
            self._creations[place] = self._begin_creations(location)
        return self._creations[place]

    def _begin_creations(self, location: Location) -> Creations[Sibling]:
        async def list_siblings() -> list[Sibling]:
            shared = Location(
                scope=location.scope,
                parent=None if self.kind.is_in_one_list else location.parent,
            )
            items = await self.context.lists.fresh(self.kind, shared)
            return [
                self._sibling(self.kind.resource(item, location.scope, location.parent))
                for item in items
                if self._lives_in(item, location)
            ]

        parent_id = None if location.parent is None else location.parent.id
        there = [
            self._sibling(each)
            for each in self.context.inventory.of(self.kind.name, location.scope.id)
            if (None if each.parent is None else each.parent.id) == parent_id
        ]
        # A resource that could not be listed for the plan is not a concurrent creation.
        is_late = (self.kind.name, parent_id) in self.context.inventory.seen_late
        known = {each.name for each in there} if is_late else set()
        names = [
            each.name
            for each in self.wanted
            if (each.kind.name, each.scope.id, each.label) in self.context.added
            and each.scope is location.scope
            and self._parent_id(each) == parent_id
            and each.name not in known
        ]
        return Creations(
            list_siblings,
            Listed(there, self._listed_at),
            names,
            {Phase.GONE},
            caller_of(location.client).pollers.polling.speed,
            lambda outcome: self._take_back(outcome, location),
        )

    async def _take_back(self, outcome: Outcome, location: Location) -> bool:
        """Delete the resource that this run has created; return whether it is gone."""
        kind, key = self.kind, outcome.id
        resource = self.context.inventory.by_id(kind.name, location.scope.id, key)
        assert resource is not None
        try:
            await kind.delete(resource)
            while await kind.get(resource) is not None:  # noqa: ASYNC110 - the API's doing
                await asyncio.sleep(caller_of(location.client).pollers.polling.pause)
        except NotFoundError:
            return True
        except CloudError:
            return False
        return True

    def _lives_in(self, item: Any, location: Location) -> bool:
        if location.parent is None or not self.kind.is_in_one_list:
            return True
        return self.kind.parent_id_of(item) == location.parent.id

    def _sibling(self, resource: Resource[Any]) -> Sibling:
        return Sibling(resource, self.kind.status(resource.item).phase)
