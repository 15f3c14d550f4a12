"""Services as a kind of desired state: planned, and brought about."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.fleet.actions import DELETE
from clickhouse_cloud_async.apis.clickhouse.fleet.deletion_order import DeletionOrder
from clickhouse_cloud_async.apis.clickhouse.fleet.service import SERVICES
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.waiting.poller import poller_of
from clickhouse_cloud_async.desired.apply import APPLY, apply
from clickhouse_cloud_async.desired.creations import Creations, Listed
from clickhouse_cloud_async.desired.plan import PlanKind
from clickhouse_cloud_async.fleet.job import Job
from clickhouse_cloud_async.fleet.run import Run

from .job import ServiceJob
from .observe import SEPARATE, observe
from .plan import make_plan

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
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.fleet.report import Outcome, Report
    from clickhouse_cloud_async.fleet.run import Options

    from .document import DesiredFleet
    from .fields import ActualState
    from .observe import Observation
    from .plan import Plan, ServicePlan


async def plan_fleet(members: Sequence[AsyncClickHouseCloud], desired: DesiredFleet) -> Plan:
    """Compare a fleet as it is described with what there is.

    Args:
        members: The clients.
        desired: The fleet as it is described.

    Raises:
        InvalidArgumentError: A service is described in an organisation of none of the clients.
        CloudError: What there is could not be found out.
    """

    def separate(_organization: str, wanted: Mapping[str, Any]) -> frozenset[str]:
        return SEPARATE & wanted.keys()

    observed = await observe(members, desired, separate, None)
    # For thousands of services it takes long, so it is done in a thread beside the event loop.
    return await asyncio.to_thread(make_plan, desired, observed.wanted, observed.every)


async def apply_plan(
    members: Sequence[AsyncClickHouseCloud], plan: Plan, options: Options, *, allow_delete: bool
) -> Report:
    """Carry out a plan as far as it still holds.

    Args:
        members: The clients.
        plan: What has to happen.
        options: How.
        allow_delete: Whether services are deleted.

    Raises:
        InvalidArgumentError: A service is described in an organisation of none of the clients.
        CloudError: What there is could not be found out; nothing was sent.
    """
    run = Run(APPLY, options, SERVICES)
    with ExitStack() as listening:
        services = Services(members, plan, run, listening)
        return await apply(plan.items, run, services, allow_delete=allow_delete)


class Services:
    """The services that a plan is about, while it is carried out.

    Args:
        members: The clients.
        plan: What was planned.
        run: The application of the plan.
        listening: Holds what listens to the polls until the application is over.
    """

    def __init__(
        self,
        members: Sequence[AsyncClickHouseCloud],
        plan: Plan,
        run: Run,
        listening: ExitStack,
    ) -> None:
        self._listening = listening
        self._members = members
        self._shown = plan
        self._run = run
        self._named: dict[tuple[str, str], ActualState] = {}
        self._clouds: Mapping[str, AsyncClickHouseCloud] = {}
        self._creations: dict[str, Creations[Service]] = {}
        self._deleted: set[str] = set()

    async def compare(self) -> Collection[ServicePlan]:
        """Find out what has to happen now.

        Raises:
            InvalidArgumentError: A service is described in an organisation of none of the clients.
            CloudError: What there is could not be found out.
        """
        desired = self._shown.desired
        observed = await observe(self._members, desired, self._separate(), self._run.remaining)
        await self._run.polls.watch(observed.clouds.items())
        self._take_in(observed)
        for organization, creations in self._creations.items():
            caller, scope = caller_of(self._clouds[organization]), {SERVICES.scope: organization}
            poller = await poller_of(caller, LIFECYCLE, scope)
            self._listening.enter_context(poller.listening(creations.see))
        now = await asyncio.to_thread(make_plan, desired, observed.wanted, observed.every)
        return now.items

    def find(self, item: ServicePlan) -> tuple[str, str] | None:
        """Return ID and state of the service that has the name of a planned one, if there is one.

        Args:
            item: What was planned.
        """
        actual = self._named.get((item.organization_id, item.name))
        return None if actual is None else (actual.found.service.id, actual.state)

    def bring_about(self, item: ServicePlan, outcome: Outcome) -> Coroutine[None, None, None]:
        """Make what brings a service about; nothing runs before all have been made.

        Args:
            item: What is to become of it.
            outcome: What becomes of it; kept up to date.
        """
        cloud = self._clouds[item.organization_id]
        self._run.eta.expect(outcome, item.commands, caller_of(cloud))
        if item.kind is PlanKind.REMOVE:
            assert item.actual is not None
            self._deleted.add(outcome.service_id)
            return Job(self._run, item.actual.found, outcome, DELETE).run()
        creations = self._creations[item.organization_id]
        return ServiceJob(
            self._run, self._shown.desired.name, cloud, item, outcome, creations
        ).run()

    async def verify(self) -> Collection[Outcome]:
        """Check for services that another program has created at the same time.

        Returns:
            The outcomes that have changed by it.
        """
        return [
            outcome
            for creations in self._creations.values()
            for outcome in await creations.find_namesakes()
        ]

    def _separate(self) -> Callable[[str, Mapping[str, Any]], frozenset[str]]:
        planned = {(each.organization_id, each.name): each for each in self._shown.items}

        def separate(organization: str, wanted: Mapping[str, Any]) -> frozenset[str]:
            shown = planned.get((organization, wanted["name"]))
            if shown is None:
                return frozenset()
            return SEPARATE & {change.field for change in shown.changes}

        return separate

    def _take_in(self, observed: Observation) -> None:
        self._named = {
            (each.found.organization_id, each.found.service.name): each for each in observed.every
        }
        self._clouds = observed.clouds
        self._run.order = DeletionOrder(
            (actual.found.service for actual in observed.every), self._deleted
        )
        self._creations = {
            organization: self._creations_in(organization, cloud, observed)
            for organization, cloud in observed.clouds.items()
        }

    def _creations_in(
        self, organization_id: str, cloud: AsyncClickHouseCloud, observed: Observation
    ) -> Creations[Service]:
        def list_services() -> Awaitable[Iterable[Service]]:
            return cloud.services.list(organization_id=organization_id, timeout=self._run.remaining)

        there = [
            each.found.service
            for each in observed.every
            if each.found.organization_id == organization_id
        ]
        added = [
            shown.name
            for shown in self._shown.additions
            if shown.organization_id == organization_id
        ]
        return Creations(
            list_services,
            Listed(there, observed.listed_at),
            added,
            LIFECYCLE.gone,
            caller_of(cloud).pollers.polling.speed,
        )
