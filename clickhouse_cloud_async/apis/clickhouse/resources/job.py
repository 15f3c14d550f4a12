"""Applies the plan of one service, as steps of the engine of actions."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

import attrs

from clickhouse_cloud_async.apis.clickhouse.fleet.actions import START_STEP, STOP_STEP
from clickhouse_cloud_async.apis.clickhouse.fleet.service import AsyncFleetService
from clickhouse_cloud_async.apis.clickhouse.models.backups import BackupConfiguration
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.core.ambiguity import may_have_been_carried_out
from clickhouse_cloud_async.core.errors import CloudError
from clickhouse_cloud_async.core.waiting.poller import poller_of
from clickhouse_cloud_async.desired.plan import PlanAction
from clickhouse_cloud_async.fleet.job import Job, JobEnd
from clickhouse_cloud_async.fleet.report import OutcomeStatus
from clickhouse_cloud_async.fleet.states import NOT_THERE
from clickhouse_cloud_async.fleet.steps import Step, always, never
from clickhouse_cloud_async.fleet.verification import describe, verification_window

from .fields import ActualState
from .observe import SEPARATE, observe_details
from .plan import ServicePlan, plan_change
from .requests import create, send

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Sequence

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.models.services import (
        Service,
        ServicePostResponse,
    )
    from clickhouse_cloud_async.core.waiting.cycles import PollCycle
    from clickhouse_cloud_async.desired.creations import Creations
    from clickhouse_cloud_async.desired.gate import Gate
    from clickhouse_cloud_async.fleet.report import Outcome
    from clickhouse_cloud_async.fleet.run import Run

    from .plan import Fleet

SHUTDOWN_GRACE = 5.0
"""Seconds to wait for the response to a creation after a cancellation."""

_LOST_PASSWORD = "its initial password was in a lost response: set one with reset_password"  # noqa: S105 - words


class ServiceJob(Job):
    """The job that creates or changes one service.

    Args:
        run: The run that applies the plan.
        fleet: The fleet.
        cloud: The client that reaches the service.
        item: The plan of the service.
        outcome: Its outcome, which is kept up to date.
        creations: The creations of the run in the organisation of the service.
        gate: Releases the dependants of the service.
        store: Adds a created service to the inventory, by its organisation.
        drop: Removes the service with an ID from the inventory, by its organisation.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the service, and what its job needs
        self,
        run: Run,
        fleet: Fleet,
        cloud: AsyncClickHouseCloud,
        item: ServicePlan,
        outcome: Outcome,
        creations: Creations[Service],
        gate: Gate,
        store: Callable[[Service, str], None],
        drop: Callable[[str, str], None],
    ) -> None:
        service = None if item.actual is None else item.actual.found.service
        member = run.kind.member(service, item.organization_id, cloud)
        super().__init__(run, member, outcome)
        self._fleet = fleet
        self._cloud = cloud
        self._item: ServicePlan = item
        self._creations = creations
        self._gate = gate
        self._store = store
        self._drop = drop

    async def _take_steps(self) -> None:
        """Create the service if it does not exist, and change what differs."""
        try:
            await self._converge()
        except CloudError as error:
            # Only reads raise here: the results of commands are in the outcome.
            is_open = may_have_been_carried_out(error)
            status = self._unfinished if is_open else OutcomeStatus.FAILED
            raise JobEnd(status, describe(error), error.with_traceback(None)) from None
        except JobEnd as end:
            if self._outcome.reason == _LOST_PASSWORD:
                end.reason = f"{end.reason}; {_LOST_PASSWORD}"
            raise
        self._outcome.status = OutcomeStatus.DONE

    async def _converge(self) -> None:
        is_new = self._item.action is PlanAction.ADD
        if is_new:
            await self._create()
        await self._settle()
        for step in self._steps():
            if step is _STOP_STEP:
                await self._wait_for_dependents()
            await self._take(step, follow=True)
        if not self._outcome.commands and self._outcome.before == NOT_THERE:
            raise JobEnd(OutcomeStatus.UNCHANGED, "another program has created it in the meantime")
        if not self._outcome.commands and self._item.is_up_meanwhile:
            raise JobEnd(OutcomeStatus.UNCHANGED, "nothing in it needs it to run any more")
        state = self._outcome.after
        if is_new and state not in LIFECYCLE.up | {"stopped"}:
            raise JobEnd(OutcomeStatus.FAILED, f"it was created, and is {state}")

    async def _wait_for_dependents(self) -> None:
        """Release the resources in the service, and stop it only when they are finished."""
        self._gate.open()
        await self._gate.wait_for_dependents()

    def _steps(self) -> Iterator[Step]:
        """Yield the requests to an existing service; its state is changed last."""
        for command in self._item.commands:
            if command not in {"start", "stop"}:
                yield self._change(command)
        state = self._item.wanted.get("state")
        if self._item.is_up_meanwhile:
            if self._gate.is_awaited:
                yield START_STEP
                yield _STOP_STEP
        elif state is not None:
            yield START_STEP if state == "running" else _STOP_STEP

    def _change(self, command: str) -> Step:
        async def request(_each: Any, timeout: float | None) -> Service | None:
            return await send(command, self._item, self._actual, timeout)

        return Step(
            name=command,
            send=request,
            allowed=_is_settled,
            already_done=lambda _service: command not in self._item.commands,
        )

    async def _create(self) -> None:
        async def request(_each: Any, timeout: float | None) -> ServicePostResponse:
            return await create(self._cloud, self._fleet.name, self._item, timeout)

        step = Step(
            name="create",
            send=request,
            allowed=lambda service: service is None,
            already_done=always,
            grace=SHUTDOWN_GRACE,
        )
        async with self._creations.turn() as names:
            namesakes: Sequence[Service] = names.get(self._item.name, [])
            if not namesakes:
                await self._take(step, follow=True)
        if not namesakes and self._gate.behind:
            own = self._outcome.id
            other = await self._creations.claim(self._outcome)
            if other is not None:
                namesakes = [other]
                self._drop(own, self._item.organization_id)
                self._outcome.commands.clear()
                self._outcome.result = None
        if namesakes:
            await self._join_in(await self._creations.wait_for_one(self._item.name, namesakes))

    async def _join_in(self, namesakes: Sequence[Service]) -> None:
        """Continue with a service that another program has created since the plan was made.

        Raises:
            JobEnd: It does not belong to this fleet, or there are several.
        """
        if len(namesakes) > 1:
            ids = ", ".join(service.id for service in namesakes)
            what = f"{len(namesakes)} services have this name: {ids}"
            raise JobEnd(OutcomeStatus.FAILED, what)
        (service,) = namesakes
        self._outcome.id = service.id
        await self._observe_details(service)
        if self._actual.fleet is None:
            what = "a service of this name was made elsewhere since the plan was made: plan again"
            raise JobEnd(OutcomeStatus.FAILED, what)

    def _accept(self, step: Step, response: Any) -> None:
        if step.name == "create":
            self._accept_creation(response)
        else:
            super()._accept(step, response)
            self._run.notify(self._outcome)

    def _accept_creation(self, response: ServicePostResponse) -> None:
        """Store the initial password first, because no other response shows it."""
        service, outcome = response.service, self._outcome
        outcome.id, outcome.result = service.id, response.password
        outcome.status, outcome.after = OutcomeStatus.SENT, str(service.state)
        self._creations.add(outcome)
        self._run.notify(outcome)
        # Fields that the response does not contain have not been set yet.
        fresh = BackupConfiguration(backup_retention_period_in_hours=0)
        self._plan(ActualState(found=self._found(service), backups=fresh, window=None))

    async def _poll_for_effect(self, step: Step) -> bool:
        """Poll the service until it shows the effect of a request; return whether it does."""
        if step.by_state:
            return await super()._poll_for_effect(step)
        window = verification_window(self._caller.pollers.polling.speed)
        try:
            async with asyncio.timeout(min(window, self._time() or window)):
                if step.name == "create":
                    return await self._find_created()
                await self._observe()
                while step.name in self._item.commands:
                    await asyncio.sleep(self._caller.pollers.polling.pause)
                    await self._observe()
        except (CloudError, TimeoutError):
            return False
        return True

    async def _find_created(self) -> bool:
        """Search for a service whose creation was ambiguous; return whether it is found.

        It is never created again in this run: the API may still be creating it.
        """
        scope = {self._run.kind.scope: self._item.organization_id}
        poller = await poller_of(self._caller, LIFECYCLE, scope)
        cycles = cast(
            "AsyncGenerator[PollCycle[Service]]", poller.cycles(every=poller.polling.pause * 2)
        )
        found: list[Service] = []
        async with aclosing(cycles):
            async for cycle in cycles:
                # There was no service of this name before the creation.
                found = [
                    each
                    for each in cycle.items.values()
                    if each.name == self._item.name and each.state not in LIFECYCLE.gone
                ]
                if found:
                    break
        if len(found) != 1:
            return False
        self._outcome.id, self._outcome.reason = found[0].id, _LOST_PASSWORD
        self._creations.add(self._outcome)
        await self._observe_details(found[0])
        return True

    async def _observe(self) -> None:
        """Observe the service, and plan the remaining requests.

        Raises:
            CloudError: It could not be read.
        """
        await self._observe_details(await self._run.kind.get(self._each, self._time()))

    async def _observe_details(self, service: Service) -> None:
        found = self._found(service)
        names = frozenset(SEPARATE.keys() & self._item.wanted.keys())
        self._plan(await observe_details(found, names, self._cloud))

    def _found(self, service: Service) -> AsyncFleetService:
        return AsyncFleetService(
            service=service, organization_id=self._item.organization_id, cloud=self._cloud
        )

    def _plan(self, actual: ActualState) -> None:
        """Plan the remaining requests of an existing service."""
        planned = plan_change(self._fleet, self._item.wanted, actual)
        if planned is None:
            planned = attrs.evolve(self._item, action=PlanAction.CHANGE, changes=(), actual=actual)
        if planned.action is PlanAction.REFUSED:
            raise JobEnd(OutcomeStatus.FAILED, f"{planned.reason}")
        self._item = attrs.evolve(planned, is_up_meanwhile=self._item.is_up_meanwhile)
        self._each = actual.found
        self._store(actual.found.service, actual.found.organization_id)
        self._update(actual.found.service)

    @property
    def _actual(self) -> ActualState:
        assert self._item.actual is not None
        return self._item.actual

    def _update(self, service: Any) -> None:
        super()._update(service)
        if service is not None:
            actual = attrs.evolve(self._actual, found=self._found(service))
            self._item = attrs.evolve(self._item, actual=actual)


_STOP_STEP = attrs.evolve(STOP_STEP, not_applicable=never)
"""A service that is gone cannot be stopped."""


def _is_settled(service: Service | None) -> bool:
    return service is not None and service.state not in LIFECYCLE.settling
