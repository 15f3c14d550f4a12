"""Services as a kind of desired state: planned and applied."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.clickhouse.fleet.actions import DELETE
from clickhouse_cloud_async.apis.clickhouse.fleet.deletion_order import DeletionOrder
from clickhouse_cloud_async.apis.clickhouse.fleet.service import SERVICES
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.errors import CloudError, InvalidArgumentError, NotFoundError
from clickhouse_cloud_async.core.waiting.poller import poller_of
from clickhouse_cloud_async.desired.creations import Creations
from clickhouse_cloud_async.desired.handler import Handler
from clickhouse_cloud_async.desired.names import UnresolvedError
from clickhouse_cloud_async.desired.namesakes import Listed
from clickhouse_cloud_async.desired.plan import PlanAction
from clickhouse_cloud_async.fleet.job import Job
from clickhouse_cloud_async.fleet.report import Outcome, OutcomeStatus
from clickhouse_cloud_async.fleet.run import Options, Run

from .job import ServiceJob
from .observe import SEPARATE, observe
from .plan import Fleet, ServicePlan, plan_services
from .stopped_services import with_starts

if TYPE_CHECKING:
    from collections.abc import (
        Awaitable,
        Callable,
        Collection,
        Coroutine,
        Iterable,
        Mapping,
        Sequence,
    )

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.fleet.service import AsyncFleetService
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.core.memory import Memory
    from clickhouse_cloud_async.desired.field import Field
    from clickhouse_cloud_async.desired.gate import Gate
    from clickhouse_cloud_async.desired.handler import Context
    from clickhouse_cloud_async.desired.kind import Kind
    from clickhouse_cloud_async.desired.plan import ResourcePlan
    from clickhouse_cloud_async.desired.wanted import Wanted

    from .fields import ActualState
    from .observe import WantedServices

_PATIENCE = 900.0
"""Seconds that another program may take to stop and delete a service that it has created."""


class ServicesHandler(Handler):
    """The work on services, which have states and carry the tag of their fleet.

    Args:
        kind: The kind of services.
        context: The state that all kinds share.

    Raises:
        InvalidArgumentError: A service is described without its name.
    """

    def __init__(self, kind: Kind[Any], context: Context) -> None:
        super().__init__(kind, context)
        for each in self.wanted:
            if each.key is None:
                raise InvalidArgumentError(f"service {each.described.id} needs its name")
        self._listening = ExitStack()
        self._every: list[ActualState] = []
        self._named: dict[tuple[str, str], ActualState] = {}
        self._planned = {
            (item.organization_id, item.name): item
            for item in context.shown or ()
            if item.kind == kind.name
        }
        self._listed_at = 0.0
        self._creations: dict[str, Creations[Service]] = {}
        self._deleted: set[str] = set()
        self._wanted_of = {(each.scope.id, each.name): each for each in self.wanted}
        self._scopes = {scope.id: scope for scope in context.scopes}

    async def observe(self, scopes: Collection[str]) -> None:
        """Observe the actual state, and store it in the inventory.

        Args:
            scopes: IDs of the organisations in which services are relevant.

        Raises:
        CloudError: The services of a client could not be listed.
        """
        run, matter = self.context.run, [self._scopes[each] for each in scopes]
        self._listed_at = time.monotonic()
        timeout = None if run is None else run.remaining
        self._every = await observe(
            matter,
            self._described(),
            self._separate,
            timeout,
            remembered=self._remembered,
            look=self.context.look,
        )
        for actual in self._every:
            found = actual.found
            self._named[found.organization_id, found.service.name] = actual
            if actual.state not in LIFECYCLE.gone:
                self._store(found.service, found.organization_id)
        if run is not None:
            await self._begin(run, scopes)

    def look_requests(self, scopes: Collection[str]) -> Counter[str]:
        """Return the estimated number of requests: one list, and more for fields it does not show.

        Args:
            scopes: IDs of the organisations in which services are relevant.
        """
        requests, recall = Counter(scopes), self.context.recall
        for each in self.wanted:
            if each.described.is_absent:
                continue
            for name in SEPARATE.keys() & each.fields.keys():
                what = f"{self.kind.name}.{name}"
                if not (recall and recall.expects(what, SEPARATE[name], each.scope.id, each.name)):
                    requests[each.scope.id] += 1
        return requests

    def compare(self) -> Iterable[ResourcePlan]:
        """Return the plans of services with changes."""
        desired, is_destroyed = self.context.desired, self.context.options.destroy
        named = {(each.scope.id, each.name) for each in self.everything}
        gone = {
            (each.scope.id, each.name)
            for each in self.wanted
            if each.described.is_absent or is_destroyed
        }
        plans = plan_services(
            self._fleet,
            {} if is_destroyed else self._described(),
            self._every,
            kept=named if self.kind.name in desired.kinds and not is_destroyed else None,
            removed=gone,
            pinned={
                (each.scope.id, each.name): each.described.id
                for each in self.wanted
                if each.described.id is not None
            },
        )
        return map(self._with_references, plans)

    def _with_references(self, plan: ServicePlan) -> ServicePlan:
        """Return a plan with its references resolved, or refused if they do not exist."""
        wanted = self._wanted_of.get((plan.organization_id, plan.name))
        if wanted is None or plan.action is PlanAction.REMOVE:
            return plan
        references = tuple(wanted.references())
        try:
            for each in references:
                self.context.names.label(each.kind, plan.organization_id, each.name)
        except UnresolvedError as error:
            return attrs.evolve(plan, action=PlanAction.REFUSED, reason=error.reason, changes=())
        return attrs.evolve(plan, references=references)

    def complete_plan(self, items: Sequence[ResourcePlan]) -> Sequence[ResourcePlan]:
        """Return the plan, with the services that are started for the resources in them.

        Args:
            items: The plans of the resources of all kinds.
        """
        return with_starts(items, self.context, self._wanted_of, self._every)

    def create_job(
        self, item: ResourcePlan, outcome: Outcome, gate: Gate
    ) -> Coroutine[Any, Any, None]:
        """Create the job of a service; all jobs are created before the first one runs.

        Args:
            item: Its plan.
            outcome: Its outcome, which is kept up to date.
            gate: Releases the dependants of the resource.
        """
        assert isinstance(item, ServicePlan)
        run, cloud = self._run, self._cloud(item.organization_id)
        run.eta.expect(outcome, item.commands, caller_of(cloud))
        if item.action is PlanAction.REMOVE:
            assert item.actual is not None
            self._deleted.add(outcome.id)
            return Job(run, item.actual.found, outcome, DELETE).run()
        return self._converge(item, outcome, gate)

    async def _converge(self, item: ServicePlan, outcome: Outcome, gate: Gate) -> None:
        """Create or change a service, now that all of its references exist."""
        wanted = self._wanted_of[item.organization_id, item.name]
        try:
            fields = self._fields(wanted, self.context.names.to_send)
        except UnresolvedError as error:
            outcome.status, outcome.reason = OutcomeStatus.FAILED, error.reason
            self._run.finish(outcome)
            return
        job = ServiceJob(
            self._run,
            self._fleet,
            self._cloud(item.organization_id),
            attrs.evolve(item, wanted=fields),
            outcome,
            self._creations[item.organization_id],
            gate,
            self._store,
            lambda key, scope: self.context.inventory.remove(self.kind.name, scope, key),
        )
        await job.run()

    async def verify(self) -> Collection[Outcome]:
        """Check for services that another program has created at the same time.

        Returns:
            The outcomes that it has changed.
        """
        return [
            outcome
            for creations in self._creations.values()
            for outcome in await creations.find_namesakes()
        ]

    def find(self, item: ResourcePlan) -> tuple[str, str] | None:
        """Return ID and state of the service with the name of a planned one, if there is one.

        Args:
            item: The planned service.
        """
        actual = self._named.get((item.organization_id, item.name))
        return None if actual is None else (actual.found.service.id, actual.state)

    def close(self) -> None:
        """Unsubscribe from polls."""
        self._listening.close()

    def _described(self) -> WantedServices:
        """Return the described fields of services, by their organisation."""
        wanted: WantedServices = {scope.id: [] for scope in self.context.scopes}
        for each in self.wanted:
            if not each.described.is_absent:
                wanted[each.scope.id].append(self._fields(each, self._shown))
        return wanted

    def _shown(self, field: Field, wanted: Wanted, value: Any) -> Any:
        """Return a value as plans show it; its references may still be unresolved."""
        try:
            return self.context.names.shown(field, wanted, value)
        except UnresolvedError:
            # The plan of the service is refused for this reason.
            return str(value)

    def _fields(
        self, wanted: Wanted, resolve: Callable[[Field, Wanted, Any], Any]
    ) -> dict[str, Any]:
        """Return the fields of a description with references resolved."""
        by_name = self.kind.by_name
        return {
            name: resolve(by_name[name], wanted, value) for name, value in wanted.fields.items()
        }

    def _separate(self, organization: str, wanted: Mapping[str, Any]) -> frozenset[str]:
        """Return the described fields of a service that a list does not show."""
        if self.context.shown is None:
            return frozenset(SEPARATE.keys() & wanted.keys())
        shown = self._planned.get((organization, wanted["name"]))
        changes = () if shown is None else shown.changes
        return frozenset(SEPARATE.keys() & {change.field for change in changes})

    def _remembered(self, name: str, each: AsyncFleetService) -> Memory | None:
        """Return the known results for a field that a list of services does not show."""
        memories = self.context.memories
        if memories is None:
            return None
        resource = self.kind.resource(each.service, self._scopes[each.organization_id], None)
        return memories.memory(f"{self.kind.name}.{name}", SEPARATE[name], resource)

    def _cloud(self, organization: str) -> AsyncClickHouseCloud:
        cloud: AsyncClickHouseCloud = self._scopes[organization].client
        return cloud

    def _store(self, service: Service, organization: str) -> None:
        """Add a new service to the inventory."""
        resource = self.kind.resource(service, self._scopes[organization], None)
        self.context.inventory.add(resource)

    async def _begin(self, run: Run, scopes: Collection[str]) -> None:
        """Prepare creations and deletions."""
        clouds = {scope: self._cloud(scope) for scope in scopes}
        await run.polls.watch(clouds.items())
        run.order = DeletionOrder((each.found.service for each in self._every), self._deleted)
        for organization, cloud in clouds.items():
            creations = self._creations_in(organization, cloud)
            self._creations[organization] = creations
            poller = await poller_of(caller_of(cloud), LIFECYCLE, {SERVICES.scope: organization})
            self._listening.enter_context(poller.listening(creations.see))

    def _creations_in(self, organization: str, cloud: AsyncClickHouseCloud) -> Creations[Service]:
        run = self._run

        def list_services() -> Awaitable[Iterable[Service]]:
            return cloud.services.list(organization_id=organization, timeout=run.remaining)

        there = [
            each.found.service for each in self._every if each.found.organization_id == organization
        ]
        added = [
            name
            for (place, name), item in self._planned.items()
            if place == organization and item.action is PlanAction.ADD
        ]
        return Creations(
            list_services,
            Listed(there, self._listed_at),
            added,
            LIFECYCLE.gone,
            caller_of(cloud).pollers.polling.speed,
            lambda outcome: self._take_back(outcome, cloud),
            _PATIENCE,
        )

    async def _take_back(self, outcome: Outcome, cloud: AsyncClickHouseCloud) -> bool:
        """Stop and delete a service that this run has created; return whether it is gone."""
        try:
            service = await cloud.services.get(outcome.id, organization_id=outcome.organization_id)
        except NotFoundError:
            return True
        except CloudError:
            return False
        member = SERVICES.member(service, outcome.organization_id, cloud)
        state = str(service.state)
        duplicate_deleted_message = Outcome(
            id=service.id,
            name=service.name,
            organization_id=outcome.organization_id,
            before=state,
            after=state,
        )
        options = Options(wait=True, timeout=self._run.remaining)
        await Job(Run(DELETE, options, SERVICES), member, duplicate_deleted_message).run()
        return duplicate_deleted_message.status is OutcomeStatus.DONE

    @property
    def _fleet(self) -> Fleet:
        desired = self.context.desired
        return Fleet(desired.name, desired.adopts)

    @property
    def _run(self) -> Run:
        assert self.context.run is not None
        return self.context.run
