"""Brings about one resource: creates, changes or deletes it, and follows it to its end."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.ambiguity import may_have_been_carried_out
from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.conflicts import pausing_with
from clickhouse_cloud_async.core.errors import CloudError, NotFoundError
from clickhouse_cloud_async.core.request_counter import RequestCounter, count_requests
from clickhouse_cloud_async.fleet.job import JobEnd
from clickhouse_cloud_async.fleet.report import OutcomeStatus
from clickhouse_cloud_async.fleet.verification import describe, verification_window

from .creations import taken_back
from .differences import always, differences, never
from .kind_plan import KindPlan, plan_change
from .names import UnresolvedError
from .plan import PlanAction
from .resource import Change, Creation, Location, Phase

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from clickhouse_cloud_async.fleet.report import Outcome
    from clickhouse_cloud_async.fleet.run import Run

    from .creations import Creations
    from .differences import Resend
    from .field import Field
    from .gate import Gate
    from .handler import Context
    from .kind import Kind
    from .resource import Created, Resource
    from .siblings import Sibling
    from .wanted import Wanted

GRACE = 5.0
"""Seconds for the response of a request that was sent, where everything is cancelled meanwhile."""

GROWTH = 1.5
"""How much longer each pause between two polls is than the one before."""


def _is_set_later(field: Field) -> bool:
    """Return whether a field of a new resource is set by a request of its own."""
    return not field.in_creation


class ResourceJob:
    """The work on one resource.

    Its outcome is correct at any time, and so also after a cancellation.

    Args:
        context: What all resources share.
        item: What is to become of the resource.
        outcome: Its outcome, which is updated as the job runs.
        gate: Tells those that depend on it when they can begin.
        creations: Returns the creations of the run in a location.
    """

    def __init__(
        self,
        context: Context,
        item: KindPlan,
        outcome: Outcome,
        gate: Gate,
        creations: Callable[[Location], Creations[Sibling]],
    ) -> None:
        assert context.run is not None
        self._run: Run = context.run
        self._context = context
        self._item = item
        self._kind: Kind[Any] = item.definition
        self._outcome = outcome
        self._gate = gate
        self._creations_of = creations
        self._resource: Resource[Any] | None = item.resource
        self._counter = RequestCounter(None)
        self._note: str | None = None

    async def run(self) -> None:
        """Bring the resource about."""
        outcome, began = self._outcome, time.monotonic()
        with count_requests() as self._counter:
            try:
                await self._converge()
            except JobEnd as end:
                outcome.status, outcome.reason, outcome.error = end.status, end.reason, end.error
            except UnresolvedError as error:
                outcome.status, outcome.reason = OutcomeStatus.FAILED, error.reason
            except CloudError as error:
                # Only reads end so: what became of a request is in the outcome.
                outcome.status = self._unfinished
                outcome.reason, outcome.error = describe(error), error.with_traceback(None)
            finally:
                outcome.requests = self._counter.requests
                outcome.seconds = time.monotonic() - began
                self._gate.close(self._obstacle())
        if self._note is not None:
            outcome.reason = "; ".join(filter(None, (outcome.reason, self._note)))
        self._run.finish(outcome)

    async def _converge(self) -> None:
        action = self._item.action
        if action is PlanAction.REMOVE:
            await self._delete()
        else:
            if action is PlanAction.ADD and self._kind.comes_with_parent:
                await self._find_permanent()
            is_made = self._resource is None and await self._create()
            await self._settle(is_changed=not is_made)
            await self._change(_is_set_later if is_made else self._resend)
            await self._settle()
            if not is_made and not self._outcome.commands:
                raise JobEnd(OutcomeStatus.UNCHANGED, "it has become what it should meanwhile")
        self._outcome.status = OutcomeStatus.DONE

    async def _create(self) -> bool:
        """Create the resource unless another program has; return whether this one did."""
        creation = self._creation()
        location = Location(scope=creation.scope, parent=creation.parent)
        creations = self._creations_of(location)
        async with creations.turn() as names:
            namesakes: Sequence[Sibling] = names.get(self._item.name, [])
            if not namesakes:
                await self._send("create", lambda: self._kind.create(creation), self._find_created)
                assert self._resource is not None
                creations.add(self._outcome)
        if not namesakes and self._gate.behind:
            own = self._outcome.service_id
            other = await creations.claim(self._outcome)
            if other is not None:
                self._context.inventory.remove(self._kind.name, self._wanted.scope.id, own)
                namesakes, self._note = [other], taken_back(own)
                self._outcome.commands.clear()
                self._outcome.result = None
        namesakes = await creations.wait_for_one(self._item.name, namesakes)
        if len(namesakes) > 1:
            ids = ", ".join(each.id for each in namesakes)
            raise JobEnd(OutcomeStatus.FAILED, f"{len(namesakes)} of this name are there: {ids}")
        if namesakes:
            self._take_in(namesakes[0].resource)
            if self._kind.gets_one:
                await self._refresh()  # a list may show it only in part
            return False
        return True

    async def _find_permanent(self) -> None:
        """Find what came with its parent, which this run has created."""
        found = await self._listed()
        if len(found) != 1:
            raise JobEnd(OutcomeStatus.FAILED, "it is not there, and cannot be created")
        self._take_in(found[0])

    def _creation(self) -> Creation:
        fields = self._wanted.kind.by_name
        return Creation(
            scope=self._wanted.scope,
            parent=self._parent(),
            fields={
                fields[name].argument: value
                for name, value in self._to_send().items()
                if fields[name].in_creation and value is not None
            },
        )

    async def _change(self, resend: Resend) -> None:
        """Send the requests that are needed now, in their order."""
        names, wanted = self._context.names, self._wanted
        for request in self._kind.requests:
            assert self._resource is not None
            plan = plan_change(wanted, self._resource, names, resend)
            if plan is None:
                continue
            if plan.action is PlanAction.REFUSED:
                raise JobEnd(OutcomeStatus.FAILED, f"{plan.reason}")
            if request in plan.commands and request not in self._outcome.commands:
                change = self._change_of(request, plan)
                await self._send(
                    request,
                    lambda change=change: self._kind.change(change),  # type: ignore[misc] # bound now
                    lambda request=request: self._await_change(request),  # type: ignore[misc]
                )

    def _change_of(self, request: str, plan: KindPlan) -> Change[Any]:
        assert self._resource is not None
        fields, to_send = self._kind.by_name, self._to_send()
        changes = tuple(each for each in plan.changes if fields[each.field].change == request)
        names = dict.fromkeys(each.field for each in changes)
        return Change(
            request=request,
            resource=self._resource,
            fields={fields[name].argument: to_send[name] for name in names},
            wanted={fields[name].argument: value for name, value in to_send.items()},
            changes=changes,
        )

    async def _delete(self) -> None:
        resource = self._resource
        assert resource is not None
        try:
            await self._send("delete", lambda: self._kind.delete(resource), self._await_gone)
        except JobEnd as end:
            if not isinstance(end.error, NotFoundError):
                raise
            self._outcome.commands.append("delete")
        if not await self._await_gone(within=self._run.follow_timeout):
            raise JobEnd(OutcomeStatus.SENT, "it is still there")

    async def _send(
        self,
        command: str,
        request: Callable[[], Awaitable[Any]],
        verify: Callable[[], Awaitable[bool]],
    ) -> None:
        """Send a request; where it ends ambiguously, find out what became of it.

        Raises:
            JobEnd: It was refused, or it cannot be known what became of it.
        """
        outcome = self._outcome
        async with self._run.turn(self._wanted_client) as turn:
            if self._run.is_stopped and not outcome.commands:
                raise JobEnd(OutcomeStatus.NOT_SENT, "another resource failed before")
            if self._run.is_late:
                raise JobEnd(self._unfinished, "the timeout has passed")

            async def pause(reason: str, seconds: float) -> None:
                outcome.reason = reason
                self._run.notify(outcome)
                async with turn.released():
                    await asyncio.sleep(seconds)
                outcome.reason = None

            try:
                with pausing_with(pause):
                    response = await self._request(command, request)
            except CloudError as error:
                await self._verify(command, error.with_traceback(None), verify)
            else:
                outcome.commands.append(command)
                outcome.status = OutcomeStatus.SENT
                self._accept(command, response)
        self._run.notify(outcome)
        if command not in {"create", "delete"} and not await self._await_change(command):
            self._note = f"{command} was accepted, and does not show yet"

    async def _request(self, command: str, request: Callable[[], Awaitable[Any]]) -> Any:
        """Send a request and return its response; when cancelled, give it a moment for that."""
        sent_before = self._counter.requests
        task = asyncio.ensure_future(request())
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if self._counter.requests > sent_before:
                self._outcome.commands.append(command)
                self._outcome.status = OutcomeStatus.UNKNOWN
                await asyncio.wait([task], timeout=GRACE)
                if task.done() and not task.cancelled() and not task.exception():
                    self._outcome.status = OutcomeStatus.SENT
                    self._accept(command, task.result())
            raise
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait([task])
            if not task.cancelled():
                task.exception()  # is raised above, or nobody waits for it any more

    def _accept(self, command: str, response: Any) -> None:
        """Take in what a response shows; a secret comes before all else."""
        if command == "create":
            created: Created[Any] = response
            self._outcome.result = created.secret
            self._take_in(self._as_resource(created.item))
        elif command != "delete" and response is not None:
            self._take_in(self._as_resource(response))

    async def _verify(
        self, command: str, error: CloudError, verify: Callable[[], Awaitable[bool]]
    ) -> None:
        if not may_have_been_carried_out(error):
            raise JobEnd(OutcomeStatus.FAILED, describe(error), error)
        outcome, before = self._outcome, self._outcome.status
        outcome.commands.append(command)
        outcome.status = OutcomeStatus.UNKNOWN
        try:
            is_seen = await verify()
        except CloudError:
            is_seen = False
        if not is_seen:
            raise JobEnd(OutcomeStatus.UNKNOWN, describe(error), error)
        outcome.status = OutcomeStatus.SENT if before is not OutcomeStatus.DONE else before

    async def _find_created(self) -> bool:
        """Look for a resource whose creation ended ambiguously; return whether it is found.

        It is never created again in this run: the API may be at work still.
        """

        async def look() -> bool:
            found = await self._listed()
            if len(found) == 1:
                self._take_in(found[0])
                self._note = self._kind.lost_secret
            return bool(found)

        return await self._poll(look, self._window) and self._resource is not None

    async def _listed(self) -> list[Resource[Any]]:
        """List the siblings anew and return those of the resource's name."""
        parent = self._parent()
        shared = None if self._kind.is_in_one_list else parent
        items = await self._context.lists.fresh(
            self._kind, Location(scope=self._wanted.scope, parent=shared)
        )
        of_parent = [
            item
            for item in items
            if shared is parent or parent is None or self._kind.parent_id_of(item) == parent.id
        ]
        every = map(self._as_resource, of_parent)
        return [each for each in every if each.name == self._item.name]

    async def _await_change(self, request: str) -> bool:
        """Wait until the resource shows what a request has changed; return whether it does."""

        async def look() -> bool:
            await self._refresh()
            return self._shows(request)

        return self._shows(request) or await self._poll(look, self._window)

    def _shows(self, request: str) -> bool:
        assert self._resource is not None
        fields = self._kind.by_name
        left = differences(self._wanted, self._resource, self._context.names)
        return not any(fields[each.field].change == request for each in left)

    async def _await_gone(self, within: float | None = None) -> bool:
        """Wait until the resource is gone; return whether it is."""

        async def look() -> bool:
            resource = self._resource
            assert resource is not None
            item = await self._get(resource)
            return item is None or self._kind.status(item).phase is Phase.GONE

        is_gone = await self._poll(look, self._window if within is None else within)
        self._outcome.after = None if is_gone else self._outcome.after
        return is_gone

    async def _settle(self, *, is_changed: bool = False) -> None:
        """Follow the resource until it is ready.

        Args:
            is_changed: Whether it is about to be changed, which need not wait for a person.

        Raises:
            JobEnd: It does not become ready by itself, or not in time.
        """

        async def look() -> bool:
            await self._refresh()
            return self._phase is not Phase.PENDING

        if self._phase is Phase.PENDING and not await self._poll(look, self._run.follow_timeout):
            raise JobEnd(self._unfinished, f"it is {self._outcome.after} still")
        assert self._resource is not None
        status = self._kind.status(self._resource.item)
        if status.phase is Phase.WAITING and not is_changed:
            raise JobEnd(OutcomeStatus.WAITING, status.reason or "it waits for a person")
        if status.phase in {Phase.FAILED, Phase.GONE}:
            raise JobEnd(OutcomeStatus.FAILED, f"it is {status.reason or status.phase}")

    async def _poll(self, look: Callable[[], Awaitable[bool]], within: float) -> bool:
        """Look again and again, ever less often; return whether it was seen in time."""
        polling = caller_of(self._wanted_client).pollers.polling
        pause, end = polling.pause, time.monotonic() + within
        while not await look():
            if time.monotonic() + pause > end or self._run.is_late:
                return False
            await asyncio.sleep(pause)
            pause = min(pause * GROWTH, polling.longest / polling.speed)
        return True

    async def _refresh(self) -> None:
        resource = self._resource
        assert resource is not None
        item = await self._get(resource)
        if item is None:
            raise JobEnd(OutcomeStatus.FAILED, "it is gone")
        self._take_in(self._as_resource(item))

    async def _get(self, resource: Resource[Any]) -> Any:
        """Return the resource as it is now; several of one list share a request."""
        kind = self._kind
        if kind.gets_one:
            return await kind.get(resource)
        parent = None if kind.is_in_one_list else resource.parent
        try:
            items = await self._context.lists.fresh(
                kind, Location(scope=resource.scope, parent=parent)
            )
        except NotFoundError:
            return None
        return next((item for item in items if kind.is_of(item, resource)), None)

    def _take_in(self, resource: Resource[Any]) -> None:
        self._resource = resource
        self._context.inventory.add(resource)
        self._outcome.service_id = resource.id
        status = self._kind.status(resource.item)
        self._outcome.after = status.reason or str(status.phase)

    def _as_resource(self, item: Any) -> Resource[Any]:
        return self._kind.resource(item, self._wanted.scope, self._parent())

    def _parent(self) -> Resource[Any] | None:
        if self._resource is not None:
            return self._resource.parent
        parent, wanted = self._kind.parent, self._wanted
        if parent is None or wanted.parent is None:
            return None
        return self._context.names.find(parent.kind, wanted.scope.id, wanted.parent)

    def _to_send(self) -> Mapping[str, Any]:
        wanted, names = self._wanted, self._context.names
        return {
            name: names.to_send(self._kind.by_name[name], wanted.scope.id, value)
            for name, value in wanted.fields.items()
            if name in self._kind.by_name
        }

    @property
    def _wanted(self) -> Wanted:
        assert self._item.wanted is not None
        return self._item.wanted

    @property
    def _wanted_client(self) -> Any:
        if self._item.wanted is not None:
            return self._item.wanted.scope.client
        assert self._resource is not None
        return self._resource.client

    @property
    def _resend(self) -> Resend:
        label = f"{self._item.kind}/{self._item.label}"
        return always if label in self._context.options.resend else never

    @property
    def _phase(self) -> Phase:
        assert self._resource is not None
        return self._kind.status(self._resource.item).phase

    @property
    def _window(self) -> float:
        return verification_window(caller_of(self._wanted_client).pollers.polling.speed)

    @property
    def _unfinished(self) -> OutcomeStatus:
        """The status of a resource that is left before its end."""
        is_sent = bool(self._outcome.commands)
        return self._outcome.status if is_sent else OutcomeStatus.NOT_SENT

    def _obstacle(self) -> str | None:
        """Return why nothing that depends on the resource can begin, where that is so."""
        status = self._outcome.status
        if status in {OutcomeStatus.DONE, OutcomeStatus.UNCHANGED}:
            return None
        what = f"{self._item.noun} {self._item.label}".rstrip()
        return f"it depends on {what}, which is {status}"
