"""Applies the plan of one resource: creates, changes or deletes it, and follows it."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.errors import APIStatusError, CloudError, NotFoundError
from clickhouse_cloud_async.core.request_counter import count_requests
from clickhouse_cloud_async.fleet.job import JobEnd
from clickhouse_cloud_async.fleet.report import OutcomeStatus
from clickhouse_cloud_async.fleet.verification import describe

from .differences import always, never
from .kind_plan import NOTE_VERSION, KindPlan, plan_change, plan_wanted
from .names import UnresolvedError
from .namesakes import duplicate_deleted_message
from .observation import list_hidden
from .plan import PlanAction
from .resource import Change, Creation, Location, Phase
from .sending import RequestSender
from .siblings import Sibling

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from clickhouse_cloud_async.fleet.report import Outcome

    from .creations import Creations
    from .differences import Resend
    from .field import Field
    from .gate import Gate
    from .handler import Context
    from .resource import Resource


_REFUSALS = frozenset((HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT))
"""Statuses of refusals because a name is already in use."""


def _is_set_later(field: Field) -> bool:
    """Return whether a field of a new resource is set by a separate request."""
    return not field.in_creation


class ResourceJob(RequestSender):
    """The job of one resource.

    Its outcome is correct at any time, and so also after a cancellation.

    Args:
        context: The state that all resources share.
        item: The plan of the resource.
        outcome: Its outcome, which is updated as the job runs.
        gate: Releases the dependants of the resource.
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
        super().__init__(context, item, outcome)
        self._gate = gate
        self._creations_of = creations

    async def run(self) -> None:
        """Apply the plan of the resource."""
        outcome, began = self._outcome, time.monotonic()
        with count_requests() as self._counter:
            try:
                await self._converge()
            except JobEnd as end:
                outcome.status, outcome.reason, outcome.error = end.status, end.reason, end.error
            except UnresolvedError as error:
                outcome.status, outcome.reason = OutcomeStatus.FAILED, error.reason
            except CloudError as error:
                # Only reads raise here: the results of other requests are in the outcome.
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
        if self._item.is_unseen:
            await self._plan_again()
        action = self._item.action
        if action is PlanAction.REMOVE:
            await self._delete()
        else:
            await self._wait_for_needed()
            if action is PlanAction.ADD and self._kind.comes_with_parent:
                await self._find_permanent()
            is_made = self._resource is None and await self._create()
            await self._settle(is_changed=not is_made)
            if self._gate.late and (obstacle := await self._gate.wait_for_late()) is not None:
                raise JobEnd(OutcomeStatus.FAILED, obstacle)
            await self._change(_is_set_later if is_made else self._resend)
            await self._settle()
            if not is_made and not self._outcome.commands:
                raise JobEnd(
                    OutcomeStatus.UNCHANGED, "it has reached the described state in the meantime"
                )
            await self._keep_version()
        self._outcome.status = OutcomeStatus.DONE

    async def _plan_again(self) -> None:
        """Plan the resource again, now that it can be observed.

        Raises:
            JobEnd: It is as described, or cannot be changed to match.
        """
        context = self._context
        await list_hidden(
            self._kind, context, Location(scope=self._wanted.scope, parent=self._parent())
        )
        is_removal = self._item.action is PlanAction.REMOVE
        item = plan_wanted(self._wanted, context.inventory, context.names, context.options)
        if item is None:
            found = "it is not there" if is_removal else "it exists, and is as described"
            raise JobEnd(OutcomeStatus.UNCHANGED, found)
        if item.action is PlanAction.REFUSED:
            raise JobEnd(OutcomeStatus.FAILED, f"{item.reason}")
        self._item, self._resource = item, item.resource
        self._outcome.id = item.resource_id or ""
        if item.resource is not None:
            self._outcome.before = item.state or Phase.READY

    async def _create(self) -> bool:
        """Create the resource unless another program has; return whether this program did."""
        creation = self._creation()
        location = Location(scope=creation.scope, parent=creation.parent)
        creations = self._creations_of(location)
        async with creations.turn() as names:
            namesakes: Sequence[Sibling] = names.get(self._item.name, [])
            if not namesakes:
                namesakes = await self._create_first(creation, creations)
        if not namesakes and self._gate.behind:
            own = self._outcome.id
            other = await creations.claim(self._outcome)
            if other is not None:
                self._context.inventory.remove(self._kind.name, self._wanted.scope.id, own)
                namesakes, self._note = [other], duplicate_deleted_message(own)
                self._outcome.commands.clear()
                self._outcome.result = None
        namesakes = await creations.wait_for_one(self._item.name, namesakes)
        if len(namesakes) > 1:
            ids = ", ".join(each.id for each in namesakes)
            raise JobEnd(OutcomeStatus.FAILED, f"{len(namesakes)} resources have this name: {ids}")
        if namesakes:
            self._store(namesakes[0].resource)
            if self._kind.gets_one:
                await self._refresh()  # a list may show only a part of it
            return False
        return True

    async def _create_first(
        self, creation: Creation, creations: Creations[Sibling]
    ) -> Sequence[Sibling]:
        """Create the resource; return the resources of a faster program, if there is one.

        Raises:
            JobEnd: It was refused for another reason, or its outcome is unknown.
        """
        try:
            await self._send("create", lambda: self._kind.create(creation), self._find_created)
        except JobEnd as end:
            # Names of some kinds are unique in the API.
            is_refused = isinstance(end.error, APIStatusError) and end.error.status in _REFUSALS
            there = await self._listed() if is_refused else ()
            if not there:
                raise
            return [Sibling(each, self._kind.status(each.item).phase) for each in there]
        assert self._resource is not None
        creations.add(self._outcome)
        return ()

    async def _find_permanent(self) -> None:
        """Find the resource that came with its parent, which this run has created."""
        found = await self._listed()
        if len(found) != 1:
            raise JobEnd(OutcomeStatus.FAILED, "it does not exist, and cannot be created")
        self._store(found[0])

    def _creation(self) -> Creation:
        fields = self._wanted.kind.by_name
        return Creation(
            scope=self._wanted.scope,
            parent=self._parent(),
            fields={
                fields[name].argument: value
                for name, value in self._to_send(but=self._item.late).items()
                if fields[name].in_creation and value is not None
            },
        )

    async def _change(self, resend: Resend) -> None:
        """Send the requests that are needed, in order."""
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
            raise JobEnd(OutcomeStatus.SENT, "it still exists")

        if self._item.leaves_version:
            await self._note_version(None)

    async def _keep_version(self) -> None:
        """Store the version of the secrets that were sent, also under a new name."""
        item, former = self._item, None
        version = item.version
        if item.moves_version and item.resource is not None:
            former = item.resource
            version = version or self._kind.sent_version(former)
        if version is not None:
            await self._note_version(version, former)

    async def _note_version(self, version: str | None, former: Resource[Any] | None = None) -> None:
        """Record the version of its secrets that was sent, which is not part of the resource."""
        resource = self._resource
        assert resource is not None

        async def is_noted() -> bool:
            return False

        try:
            await self._send(
                NOTE_VERSION, lambda: self._kind.note_version(resource, version, former), is_noted
            )
        except JobEnd as end:
            self._note = f"the version of its secrets was not noted: {end.reason}"

    async def _find_created(self) -> bool:
        """Search for a resource whose creation was ambiguous; return whether it is found.

        It is never created again in this run: the API may still be creating it.
        """

        async def look() -> bool:
            found = await self._listed()
            if len(found) == 1:
                self._store_new(found[0])
                self._note = self._kind.lost_secret
            return bool(found)

        return await self._poll(look, self._window) and self._resource is not None

    def _to_send(self, but: Collection[str] = ()) -> Mapping[str, Any]:
        wanted, names = self._wanted, self._context.names
        return {
            name: names.to_send(self._kind.by_name[name], wanted, value)
            for name, value in wanted.fields.items()
            if name in self._kind.by_name and name not in but
        }

    @property
    def _resend(self) -> Resend:
        label = f"{self._item.kind}/{self._item.label}"
        is_asked = label in self._context.options.resend or self._item.version is not None
        return always if is_asked else never

    def _obstacle(self) -> str | None:
        """Return why dependants of the resource cannot start; None if they can."""
        status = self._outcome.status
        if status in {OutcomeStatus.DONE, OutcomeStatus.UNCHANGED}:
            return None
        what = f"{self._item.noun} {self._item.label}".rstrip()
        return f"it depends on {what}, which is {status}"
