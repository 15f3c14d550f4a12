"""One service's part of a plan."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, TypeVar, cast

import attrs

from clickhouse_cloud_async.apis.clickhouse.fleet.service import AsyncFleetService
from clickhouse_cloud_async.apis.clickhouse.models.backups import BackupConfiguration
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.core.ambiguity import may_have_been_carried_out
from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.errors import (
    CloudError,
    ConflictError,
    NotFoundError,
    WaitTimeoutError,
)
from clickhouse_cloud_async.core.request_counter import RequestCounter, count_requests
from clickhouse_cloud_async.core.waiting.poller import poller_of
from clickhouse_cloud_async.desired.plan import PlanKind
from clickhouse_cloud_async.fleet.report import OutcomeStatus
from clickhouse_cloud_async.fleet.steps import NOT_THERE
from clickhouse_cloud_async.fleet.verification import (
    describe,
    verification_window,
)

from .fields import ActualState
from .observe import SEPARATE, observe_details
from .plan import ServicePlan, plan_change
from .requests import create, send

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.extensions.services import ServiceTarget
    from clickhouse_cloud_async.apis.clickhouse.models.services import (
        Service,
        ServicePostResponse,
    )
    from clickhouse_cloud_async.core.waiting.cycles import PollCycle
    from clickhouse_cloud_async.core.waiting.target import Target
    from clickhouse_cloud_async.core.waiting.wait import Progress
    from clickhouse_cloud_async.desired.creations import Creations
    from clickhouse_cloud_async.fleet.report import Outcome
    from clickhouse_cloud_async.fleet.run import Run

T = TypeVar("T")

ATTEMPTS = 4
"""How often it is begun with a service before an error that may pass is taken for the end."""

SHUTDOWN_GRACE = 5.0
"""Seconds for the response of a creation that was sent, where everything is cancelled meanwhile."""

_LOST_PASSWORD = "its first password was in a response that got lost: set one with reset_password"  # noqa: S105 - words


class _End(Exception):  # noqa: N818 - it is no error, but the way out
    """A service's part is over before it is what it should be."""

    def __init__(self, reason: str, status: OutcomeStatus = OutcomeStatus.FAILED) -> None:
        super().__init__(reason)
        self.status = status


class ServiceJob:
    """One service's part of a plan.

    Its outcome is true at any moment, so that it is when everything is cancelled.

    Args:
        run: The application of the plan.
        fleet: The name of the fleet.
        cloud: The client that reaches the service.
        item: What is to become of the service.
        outcome: What becomes of it; brought up to date.
        creations: The creations of the run in the organisation of the service.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it is about, and with what
        self,
        run: Run,
        fleet: str,
        cloud: AsyncClickHouseCloud,
        item: ServicePlan,
        outcome: Outcome,
        creations: Creations[Service],
    ) -> None:
        self._run = run
        self._fleet = fleet
        self._cloud = cloud
        self._item: ServicePlan = item
        self._outcome = outcome
        self._creations = creations
        self._counter = RequestCounter(None)

    async def run(self) -> None:
        """Bring the service to what it is to become."""
        outcome, began = self._outcome, time.monotonic()
        with count_requests() as self._counter:
            try:
                await self._converge()
                outcome.status = OutcomeStatus.DONE
            except NotFoundError as error:
                outcome.after = None
                self._fail(error)
            except _End as end:
                outcome.status, outcome.reason = end.status, str(end)
            except CloudError as error:
                self._fail(error)
            finally:
                outcome.requests = self._counter.requests
                outcome.seconds = time.monotonic() - began
        self._run.finish(outcome)

    def _fail(self, error: CloudError) -> None:
        outcome = self._outcome
        outcome.error = error.with_traceback(None)
        outcome.reason = "; ".join(filter(None, (describe(error), outcome.reason)))
        if not (may_have_been_carried_out(error) or isinstance(error, WaitTimeoutError)):
            outcome.status = OutcomeStatus.FAILED

    async def _converge(self) -> None:
        """Carry out what is to be done, and look again where it is not known what was."""
        was_created = self._item.kind is PlanKind.ADD
        attempts = 0
        while True:
            attempts += 1
            try:
                await self._carry_out()
                break
            except CloudError as error:
                await self._recover(error, is_last=attempts >= ATTEMPTS)
        state = self._outcome.after
        if was_created and state not in LIFECYCLE.up | {"stopped"}:
            raise _End(f"it was created, and is {state}")

    async def _carry_out(self) -> None:
        if self._item.kind is PlanKind.ADD:
            await self._create()
        await self._change()
        if not self._outcome.commands and self._outcome.before == NOT_THERE:
            raise _End("another program has created it meanwhile", OutcomeStatus.UNCHANGED)

    async def _create(self) -> None:
        async with self._creations.turn() as names:
            namesakes = names.get(self._item.name, [])
            if not namesakes:
                response = await self._finish_creation()
                # Nobody has set anything yet of what the response does not show.
                fresh = BackupConfiguration(backup_retention_period_in_hours=0)
                found = self._found(response.service)
                self._plan(ActualState(found=found, backups=fresh, window=None))
                return
        await self._join_in(namesakes)

    async def _join_in(self, namesakes: list[Service]) -> None:
        """Go on with a service that another program has created since the plan was made.

        Raises:
            _End: It is not of this fleet, or there are several.
        """
        if len(namesakes) > 1:
            ids = ", ".join(service.id for service in namesakes)
            raise _End(f"{len(namesakes)} services have this name: {ids}")
        (service,) = namesakes
        self._outcome.service_id = service.id
        await self._observe_details(service)
        if self._actual.fleet is None:
            raise _End(
                "a service of this name was made elsewhere since the plan was made: plan again"
            )

    async def _finish_creation(self) -> ServicePostResponse:
        """Create the service, and hand on its first password with nothing in between.

        The API shows the password in this one response. So a creation that has been sent is given
        a moment for its response before it is cancelled.
        """
        sent = self._counter.requests
        creation = asyncio.create_task(self._send_creation())
        try:
            return await asyncio.shield(creation)
        except asyncio.CancelledError:
            if self._counter.requests > sent:
                await asyncio.wait([creation], timeout=SHUTDOWN_GRACE)
            raise
        finally:
            if not creation.done():
                creation.cancel()
                await asyncio.wait([creation])
            elif not creation.cancelled():
                creation.exception()  # it is raised above, or nobody waits for it any more

    async def _send_creation(self) -> ServicePostResponse:
        item, outcome = self._item, self._outcome
        response = await self._send(
            "create", lambda timeout: create(self._cloud, self._fleet, item, timeout)
        )
        outcome.service_id, outcome.result = response.service.id, response.password
        outcome.after = str(response.service.state)
        self._creations.add(outcome)
        self._run.notify(outcome)
        return response

    async def _change(self) -> None:
        await self._settle()
        for command in self._item.commands:
            if command not in {"start", "stop"}:
                await self._command(command)
        wanted = self._item.wanted.get("state")
        if wanted is None or self._is_in(wanted):
            return
        await self._command("start" if wanted == "running" else "stop")
        await self._settle()
        if not self._is_in(wanted):
            raise _End(f"it is {self._actual.state}, not {wanted}")

    def _is_in(self, wanted: str) -> bool:
        return self._actual.state in (LIFECYCLE.up if wanted == "running" else {wanted})

    async def _command(self, command: str) -> None:
        answer = await self._send(
            command, lambda timeout: send(command, self._item, self._actual, timeout)
        )
        if answer is not None:
            self._see(answer)
        self._run.notify(self._outcome)

    async def _send(self, command: str, request: Callable[[float | None], Awaitable[T]]) -> T:
        """Send a request in its turn; until there is a response it is not known what it did."""
        outcome = self._outcome
        async with self._run.semaphore(self._cloud):
            if self._run.is_stopped and not outcome.commands:
                raise _End("another service failed before", OutcomeStatus.NOT_SENT)
            if self._run.is_late:
                raise _End("the timeout has passed", outcome.status)
            before, sent = outcome.status, self._counter.requests
            outcome.status = OutcomeStatus.UNKNOWN
            outcome.commands.append(command)
            try:
                answer = await request(self._run.remaining)
            except BaseException as error:
                is_refused = isinstance(error, ConflictError) and not error.has_ambiguous_attempt
                if is_refused or self._counter.requests == sent:
                    outcome.status = before
                    outcome.commands.pop()
                raise
        outcome.status = OutcomeStatus.SENT
        return answer

    async def _settle(self) -> None:
        """Follow the service until its state is none that passes by itself."""
        if self._actual.state in LIFECYCLE.settling:
            await self._follow(lambda service: service.state not in LIFECYCLE.settling)

    async def _follow(self, target: Target[Service]) -> None:
        self._see(
            await self._cloud.services.wait_until(
                self._actual.found.service.id,
                cast("ServiceTarget", target),
                organization_id=self._item.organization_id,
                timeout=self._run.follow_timeout,
                on_progress=self._watch,
            )
        )

    async def _recover(self, error: CloudError, *, is_last: bool) -> None:
        """See what an ambiguous request has done, and plan what remains.

        Args:
            error: How the request ended.
            is_last: Whether it is not sent again, so that its effect has to be waited for.

        Raises:
            CloudError: The request was refused, or its effect does not show in time.
        """
        if not may_have_been_carried_out(error):
            raise error
        if self._item.kind is PlanKind.ADD:
            if self._outcome.commands:
                await self._find_created(error)
            elif is_last:
                raise error
            return
        command = self._outcome.commands[-1] if self._outcome.commands else None
        ends = time.monotonic() + self._window
        await self._observe()
        # It is pending as long as it would have to be sent again.
        while is_last and command in self._item.commands:
            if time.monotonic() >= ends:
                raise error
            await asyncio.sleep(caller_of(self._cloud).pollers.polling.pause)
            await self._observe()

    async def _find_created(self, error: CloudError) -> None:
        """Look for a service in lists whose creation ended ambiguously.

        It is never created again in this run: a gateway's origin may be at work still.

        Raises:
            CloudError: It does not show in time.
        """
        item = self._item
        caller = caller_of(self._cloud)
        poller = await poller_of(caller, LIFECYCLE, {"organizationId": item.organization_id})
        cycles = cast(
            "AsyncGenerator[PollCycle[Service]]", poller.cycles(every=poller.polling.pause * 2)
        )
        found: list[Service] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(self._window), aclosing(cycles):
                async for one in cycles:
                    # There was none of this name before the creation.
                    found = [
                        each
                        for each in one.items.values()
                        if each.name == item.name and each.state not in LIFECYCLE.gone
                    ]
                    if found:
                        break
        if len(found) != 1:
            raise error
        self._outcome.service_id, self._outcome.reason = found[0].id, _LOST_PASSWORD
        self._creations.add(self._outcome)
        await self._observe_details(found[0])

    async def _observe(self) -> None:
        """See what the service is like now, and plan what remains.

        Raises:
            CloudError: That could not be found out.
        """
        service = await self._cloud.services.get(
            self._actual.found.service.id, organization_id=self._item.organization_id
        )
        await self._observe_details(service)

    async def _observe_details(self, service: Service) -> None:
        found = self._found(service)
        self._plan(await observe_details(found, SEPARATE & self._item.wanted.keys()))

    def _found(self, service: Service) -> AsyncFleetService:
        return AsyncFleetService(
            service=service, organization_id=self._item.organization_id, cloud=self._cloud
        )

    @property
    def _window(self) -> float:
        speed = caller_of(self._cloud).pollers.polling.speed
        return min(verification_window(speed), self._run.follow_timeout)

    def _plan(self, actual: ActualState) -> None:
        """Plan what remains to be done to a service that is there."""
        wanted = self._item.wanted
        planned = plan_change(self._fleet, wanted, actual)
        if planned is None:
            planned = attrs.evolve(self._item, kind=PlanKind.CHANGE, changes=(), actual=actual)
        if planned.kind is PlanKind.REFUSED:
            raise _End(f"{planned.reason}")
        self._item = planned
        self._see(actual.found.service)

    @property
    def _actual(self) -> ActualState:
        assert self._item.actual is not None
        return self._item.actual

    def _see(self, service: Service) -> None:
        found = attrs.evolve(self._actual.found, service=service)
        self._item = attrs.evolve(self._item, actual=attrs.evolve(self._actual, found=found))
        self._outcome.after = str(service.state)

    def _watch(self, progress: Progress[Service]) -> None:
        if progress.state is not None and progress.state != self._outcome.after:
            self._outcome.after = progress.state
            self._run.notify(self._outcome)
