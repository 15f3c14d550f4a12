"""The engine of desired state: plans a description for the clients of one API, and applies it."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.client import caller_of, identity_of
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.request_counter import count_requests
from clickhouse_cloud_async.fleet.run import Run

from .apply import APPLY, apply
from .comparing import Comparing
from .description import Description
from .export import export
from .handler import Context
from .knowledge import Knowledge
from .looking import Look, LookOptions
from .notes import notes_of
from .plan import Plan, PlanOptions
from .recall import Recall
from .resource import Scope
from .reused_results import ReusedResults
from .secrets import read_all
from .single import mark, rename
from .targets import meant
from .timing import interval, look_seconds, seconds_of
from .wanted import wanted_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clickhouse_cloud_async.core.client import AsyncAPIClient
    from clickhouse_cloud_async.fleet.kind import Kind as FleetKind
    from clickhouse_cloud_async.fleet.report import Report
    from clickhouse_cloud_async.fleet.run import Options

    from .apply import Allowed
    from .export import Exported, Selection
    from .handler import Handler
    from .kind import Kind
    from .kinds import Kinds
    from .lockouts import ReadIdentity
    from .recall import Reader


@attrs.frozen(kw_only=True, eq=False)
class Engine:
    """The engine for one API.

    Attributes:
        title: Title of the documents in their schema.
        kinds: The kinds of the API.
        main_kind: The kind of resources if none is named.
        handlers: Handlers of the kinds that do not use the default one.
        fleet_kind: The kind of the API's fleets, if it has any; its states are used to estimate
            the duration of a plan.
        read_news: Reads the recent activities in an organisation, if the API has them.
        read_identity: Reads the identity of a client, if the API shows it.
    """

    title: str
    kinds: Kinds
    main_kind: str
    handlers: Mapping[str, type[Handler]] = attrs.field(factory=dict[str, "type[Handler]"])
    fleet_kind: FleetKind | None = None
    read_news: Reader | None = None
    read_identity: ReadIdentity | None = None

    async def plan(
        self,
        clients: Sequence[AsyncAPIClient],
        desired: Description,
        options: PlanOptions | None = None,
        looking: LookOptions | None = None,
    ) -> Plan:
        """Compare the desired state with the actual state; nothing is changed.

        Args:
            clients: The clients.
            desired: The description.
            options: Which part of it is planned, and how.
            looking: How the actual state is read.

        Raises:
            InvalidArgumentError: The description is not for these clients or contradicts itself, or
                the file with earlier results is another kind of file.
            OSError: That file cannot be read or written.
            CloudError: The actual state could not be read.
        """
        looking = looking or LookOptions()
        with count_requests() as counter:
            comparing = await self._comparing(clients, desired, options or PlanOptions())
            context = comparing.context
            recall = context.memories = context.recall = await self._recall(context, looking)
            expected = comparing.look_requests()
            context.look = Look(looking.on_progress, counter, _pace(expected, context))
            context.look.begin({name: each.total() for name, each in expected.items()})
            items = await comparing.items()
        return Plan(
            desired=desired,
            options=context.options,
            items=items,
            notes=(*notes_of(context), *(() if recall is None else recall.notes)),
            look_requests=counter.requests,
            known=() if recall is None else recall.known(),
            recall=recall,
            seconds=seconds_of(items, context),
        )

    async def look_requests(
        self,
        clients: Sequence[AsyncAPIClient],
        desired: Description,
        options: PlanOptions | None = None,
    ) -> int:
        """Return the estimated number of requests that read the actual state; none is sent.

        Args:
            clients: The clients.
            desired: The description.
            options: Which part of it is planned, and how.

        Raises:
            InvalidArgumentError: The description is not for these clients, or contradicts itself.
            CloudError: The organisations of the clients could not be read.
        """
        comparing = await self._comparing(clients, desired, options or PlanOptions())
        return sum(each.total() for each in comparing.look_requests().values())

    async def apply(
        self,
        clients: Sequence[AsyncAPIClient],
        plan: Plan,
        options: Options,
        *,
        allow_delete: Allowed = False,
        parallel: int = APPLY.at_once,
    ) -> Report:
        """Apply the items of a plan that are still valid.

        Args:
            clients: The clients.
            plan: The plan.
            options: How it is applied.
            allow_delete: Whether resources are deleted, or the kinds of those that are.
            parallel: Maximum number of resources per client with requests in flight.

        Returns:
            The outcome of each resource of the plan.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
            ConfigurationError: A secret that the document refers to is missing; nothing was sent.
            CloudError: The actual state could not be read; nothing was sent.
        """
        if not isinstance(allow_delete, bool):
            for kind in allow_delete:
                self.kinds[kind]
        if isinstance(parallel, bool) or not isinstance(parallel, int) or parallel < 1:
            raise InvalidArgumentError(f"parallel must be a number of at least 1, got {parallel!r}")
        secrets = [secret for item in plan.items for secret in item.secrets()]
        # Reading standard input and files may block.
        await asyncio.to_thread(read_all, secrets)
        run = Run(attrs.evolve(APPLY, at_once=parallel), options, self.fleet_kind)
        comparing = await self._comparing(clients, plan.desired, plan.options, plan, run)
        if plan.recall is not None:
            comparing.context.memories = ReusedResults(plan.recall, comparing.context)
        try:
            await apply(plan, comparing, run, allow_delete=allow_delete)
        finally:
            for handler in comparing.handlers.values():
                handler.close()
        return options.report

    async def export(
        self,
        clients: Sequence[AsyncAPIClient],
        name: str,
        selection: Selection,
        looking: LookOptions | None = None,
        *,
        wake: bool = False,
    ) -> Exported:
        """Describe the existing resources.

        Args:
            clients: The clients.
            name: The name of the fleet that is described.
            selection: The resources to describe.
            looking: How the actual state is read.
            wake: Whether idle resources may be woken to be read.

        Raises:
            InvalidArgumentError: There is no such kind, or the file with earlier results is another
                kind of file.
            OSError: That file cannot be read or written.
            CloudError: The actual state could not be read.
        """
        for kind in selection.only or ():
            self.kinds[kind]
        looking = looking or LookOptions()
        context = await self._empty(clients, PlanOptions(wake=wake))
        with count_requests() as counter:
            context.memories = context.recall = await self._recall(context, looking)
            pace = max(map(interval, context.scopes), default=0.0)
            context.look = Look(looking.on_progress, counter, lambda requests: requests * pace)
            return await export(context, name, selection)

    async def mark(
        self, clients: Sequence[AsyncAPIClient], kind: str | None, name: str, fleet: str | None
    ) -> str:
        """Mark a resource as part of a fleet, or of none.

        Args:
            clients: The clients.
            kind: Its kind; None for the main one.
            name: Its name or ID.
            fleet: The fleet; None for none.

        Returns:
            Its ID.

        Raises:
            InvalidArgumentError: Its kind has no marks, or it belongs to another fleet.
            NotFoundError: There is no such resource.
            CloudError: A request failed.
        """
        return await mark(await self._empty(clients), self._kind(kind), name, fleet)

    async def rename(
        self, clients: Sequence[AsyncAPIClient], kind: str | None, name: str, new_name: str
    ) -> str:
        """Give a resource another name.

        Args:
            clients: The clients.
            kind: Its kind; None for the main one.
            name: Its name or ID.
            new_name: Its new name.

        Returns:
            Its ID.

        Raises:
            InvalidArgumentError: The name is in use, or names of this kind cannot be changed.
            NotFoundError: There is no such resource.
            CloudError: A request failed.
        """
        return await rename(await self._empty(clients), self._kind(kind), name, new_name)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of documents."""
        from .schema import schema_of

        return schema_of(self.kinds, self.title)

    async def scopes(self, clients: Sequence[AsyncAPIClient]) -> list[Scope]:
        """Return the organisations or accounts of clients, each with all that reach it.

        Args:
            clients: The clients.

        Raises:
            CloudError: They could not be read.
        """
        scopes: defaultdict[str, list[AsyncAPIClient]] = defaultdict(list)
        ids = await asyncio.gather(*map(self._scope_of, clients))
        for key, client in zip(ids, clients, strict=True):
            scopes[key].append(client)
        return [Scope(key, first, tuple(others)) for key, (first, *others) in scopes.items()]

    async def _recall(self, context: Context, looking: LookOptions) -> Recall | None:
        """Return the results of earlier observations, with the activities since then."""
        path = looking.since
        if path is None:
            return None
        api = caller_of(context.clients[0]).api.name
        # With many services the file is large.
        knowledge = await asyncio.to_thread(Knowledge.load, path, api)
        recall = Recall(self.kinds, knowledge, path, looking.max_age, self.read_news)
        await recall.begin(context.scopes)
        return recall

    def _kind(self, name: str | None) -> Kind[Any]:
        return self.kinds[self.main_kind if name is None else name]

    async def _scope_of(self, client: AsyncAPIClient) -> str:
        if self.fleet_kind is not None:
            return await self.fleet_kind.scope_of(client)
        caller = caller_of(client)
        return await caller.default_scope() if caller.api.scopes else identity_of(client)

    async def _empty(
        self, clients: Sequence[AsyncAPIClient], options: PlanOptions | None = None
    ) -> Context:
        """Return a context without a description."""
        return Context.of(
            self.kinds,
            Description(name="", resources=()),
            options or PlanOptions(),
            clients=clients,
            scopes=await self.scopes(clients),
            wanted=(),
            everything=(),
        )

    async def _comparing(
        self,
        clients: Sequence[AsyncAPIClient],
        desired: Description,
        options: PlanOptions,
        plan: Plan | None = None,
        run: Run | None = None,
    ) -> Comparing:
        for kind in (*(options.only or ()), *desired.prune):
            self.kinds[kind]
        scopes = await self.scopes(clients)
        # Takes long for thousands of resources, so it runs in a thread, outside the event loop.
        wanted = await asyncio.to_thread(wanted_of, desired, self.kinds, scopes)
        context = Context.of(
            self.kinds,
            desired,
            options,
            clients=clients,
            scopes=scopes,
            wanted=meant(wanted, options),
            everything=wanted,
            shown=None if plan is None else plan.items,
            run=run,
        )
        return Comparing(context, self.handlers, self.read_identity)


def _pace(expected: Mapping[str, Counter[str]], context: Context) -> Callable[[int], float]:
    """Return a function that estimates how long a number of the requests takes."""
    requests = sum(expected.values(), Counter[str]())
    seconds = look_seconds(requests, context.scopes) / max(1, requests.total())
    return lambda left: left * seconds
