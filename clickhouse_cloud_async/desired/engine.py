"""The engine of desired state: plans a description for the clients of one API, and applies it."""

from __future__ import annotations

import asyncio
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
from .notes import notes_of
from .plan import Plan, PlanOptions
from .resource import Scope
from .secrets import read_all
from .single import mark, rename
from .targets import meant
from .timing import seconds_of
from .wanted import wanted_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.client import AsyncAPIClient
    from clickhouse_cloud_async.fleet.kind import Kind as FleetKind
    from clickhouse_cloud_async.fleet.report import Report
    from clickhouse_cloud_async.fleet.run import Options

    from .apply import Allowed
    from .export import Exported, Selection
    from .handler import Handler
    from .kind import Kind
    from .kinds import Kinds


@attrs.frozen(kw_only=True, eq=False)
class Engine:
    """The engine for one API.

    Attributes:
        title: What documents describe, as their schema says.
        kinds: The kinds that documents may name.
        main_kind: The kind of resources of which nobody says another.
        handlers: The kinds whose work is another than usual.
        fleet_kind: What fleets of the API act on, where it has any; its states tell how long an
            application takes.
    """

    title: str
    kinds: Kinds
    main_kind: str
    handlers: Mapping[str, type[Handler]] = attrs.field(factory=dict[str, "type[Handler]"])
    fleet_kind: FleetKind | None = None

    async def plan(
        self,
        clients: Sequence[AsyncAPIClient],
        desired: Description,
        options: PlanOptions | None = None,
    ) -> Plan:
        """Compare what is described with what there is; nothing is changed.

        Args:
            clients: The clients.
            desired: What is described.
            options: Which part of it is planned, and how.

        Raises:
            InvalidArgumentError: The description is not for these clients, or contradicts itself.
            CloudError: What there is could not be found out.
        """
        with count_requests() as counter:
            comparing = await self._comparing(clients, desired, options or PlanOptions())
            items = await comparing.items()
        return Plan(
            desired=desired,
            options=comparing.context.options,
            items=items,
            notes=tuple(notes_of(comparing.context)),
            look_requests=counter.requests,
            seconds=seconds_of(items, comparing.context),
        )

    async def look_requests(
        self,
        clients: Sequence[AsyncAPIClient],
        desired: Description,
        options: PlanOptions | None = None,
    ) -> int:
        """Return about how many requests it takes to look, without looking.

        Args:
            clients: The clients.
            desired: What is described.
            options: Which part of it is planned, and how.

        Raises:
            InvalidArgumentError: The description is not for these clients, or contradicts itself.
            CloudError: The organisations could not be found out.
        """
        comparing = await self._comparing(clients, desired, options or PlanOptions())
        return comparing.look_requests

    async def apply(
        self,
        clients: Sequence[AsyncAPIClient],
        plan: Plan,
        options: Options,
        *,
        allow_delete: Allowed = False,
        parallel: int = APPLY.at_once,
    ) -> Report:
        """Carry out a plan as far as it still holds.

        Args:
            clients: The clients.
            plan: What has to happen.
            options: How it is carried out.
            allow_delete: Whether resources are deleted, or the kinds of those that are.
            parallel: For how many resources of a client requests may be under way at the same time.

        Returns:
            What became of each resource of the plan.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
            ConfigurationError: A secret is not where the document says; nothing was sent.
            CloudError: What there is could not be found out; nothing was sent.
        """
        if not isinstance(allow_delete, bool):
            for kind in allow_delete:
                self.kinds[kind]
        if isinstance(parallel, bool) or not isinstance(parallel, int) or parallel < 1:
            raise InvalidArgumentError(f"parallel must be a number of at least 1, got {parallel!r}")
        secrets = [secret for item in plan.items for secret in item.secrets()]
        # Standard input and files may take their time.
        await asyncio.to_thread(read_all, secrets)
        run = Run(attrs.evolve(APPLY, at_once=parallel), options, self.fleet_kind)
        comparing = await self._comparing(clients, plan.desired, plan.options, plan, run)
        try:
            await apply(plan, comparing, run, allow_delete=allow_delete)
        finally:
            for handler in comparing.handlers.values():
                handler.close()
        return options.report

    async def export(
        self, clients: Sequence[AsyncAPIClient], name: str, selection: Selection
    ) -> Exported:
        """Describe what there is.

        Args:
            clients: The clients.
            name: The name of the fleet that is described.
            selection: Which resources.

        Raises:
            InvalidArgumentError: There is no such kind.
            CloudError: What there is could not be found out.
        """
        for kind in selection.only or ():
            self.kinds[kind]
        return await export(await self._empty(clients), name, selection)

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
            InvalidArgumentError: Its kind carries no mark, or another fleet has it.
            NotFoundError: There is none.
            CloudError: The API cannot be asked, or refuses.
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
            InvalidArgumentError: The name is taken, or nothing changes it.
            NotFoundError: There is no such resource.
            CloudError: The API cannot be asked, or refuses.
        """
        return await rename(await self._empty(clients), self._kind(kind), name, new_name)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of documents."""
        from .schema import schema_of

        return schema_of(self.kinds, self.title)

    async def scopes(self, clients: Sequence[AsyncAPIClient]) -> list[Scope]:
        """Return the organisations or accounts of clients, each with the first that reaches it.

        Args:
            clients: The clients.

        Raises:
            CloudError: They could not be found out.
        """
        scopes: dict[str, Scope] = {}
        ids = await asyncio.gather(*map(self._scope_of, clients))
        for key, client in zip(ids, clients, strict=True):
            scopes.setdefault(key, Scope(key, client))
        return list(scopes.values())

    def _kind(self, name: str | None) -> Kind[Any]:
        return self.kinds[self.main_kind if name is None else name]

    async def _scope_of(self, client: AsyncAPIClient) -> str:
        if self.fleet_kind is not None:
            return await self.fleet_kind.scope_of(client)
        caller = caller_of(client)
        return await caller.default_scope() if caller.api.scopes else identity_of(client)

    async def _empty(self, clients: Sequence[AsyncAPIClient]) -> Context:
        """Return a context in which nothing is described."""
        return Context.of(
            self.kinds,
            Description(name="", resources=()),
            PlanOptions(),
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
        # What takes long for thousands of resources is done in a thread, beside the event loop.
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
        return Comparing(context, self.handlers)
