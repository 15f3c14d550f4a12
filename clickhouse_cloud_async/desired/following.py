"""Follows a resource through the changes of a plan."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.errors import NotFoundError
from clickhouse_cloud_async.fleet.job import JobEnd
from clickhouse_cloud_async.fleet.report import OutcomeStatus
from clickhouse_cloud_async.fleet.verification import verification_window

from .differences import differences
from .inventory import label_of
from .needed import needed_by
from .resource import Location, Phase

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clickhouse_cloud_async.fleet.report import Outcome
    from clickhouse_cloud_async.fleet.run import Run

    from .handler import Context
    from .kind import Kind
    from .kind_plan import KindPlan
    from .resource import Resource
    from .wanted import Wanted

GROWTH = 1.5
"""Growth factor of the pauses between polls."""


class FollowedResource:
    """A resource that is polled.

    Args:
        context: The state that all resources share.
        item: The plan of the resource.
        outcome: Its outcome, which is kept up to date.
    """

    def __init__(self, context: Context, item: KindPlan, outcome: Outcome) -> None:
        assert context.run is not None
        self._run: Run = context.run
        self._context = context
        self._item = item
        self._kind: Kind[Any] = item.definition
        self._outcome = outcome
        self._resource: Resource[Any] | None = item.resource
        self._absence_counts_at = 0.0

    async def _await_change(self, request: str) -> bool:
        """Wait until the resource shows the change of a request; return whether it does."""

        async def look() -> bool:
            await self._refresh()
            return self._shows(request)

        within = max(self._window, 2 * self._kind.change_wait / self._speed)
        # The response to a creation shows a future state.
        is_known = request != "create" and self._shows(request)
        return is_known or await self._poll(look, within)

    def _shows(self, request: str) -> bool:
        assert self._resource is not None
        fields = self._kind.by_name
        left = differences(self._wanted, self._resource, self._context.names)
        return not any(request in {"create", fields[each.field].change} for each in left)

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
            is_changed: Whether it is about to be changed, which is possible while it waits for a
                person.

        Raises:
            JobEnd: It does not become ready by itself, or not in time.
        """

        async def look() -> bool:
            await self._refresh()
            return self._phase is not Phase.PENDING

        if self._phase is Phase.PENDING and not await self._poll(look, self._run.follow_timeout):
            raise JobEnd(self._unfinished, f"it is still {self._outcome.after}")
        assert self._resource is not None
        status = self._kind.status(self._resource.item)
        if status.phase is Phase.WAITING and not is_changed:
            raise JobEnd(OutcomeStatus.WAITING, status.reason or "it waits for a person")
        if status.phase in {Phase.FAILED, Phase.GONE}:
            raise JobEnd(OutcomeStatus.FAILED, f"it is {status.reason or status.phase}")

    async def _wait_for_needed(self) -> None:
        """Wait until all resources that it needs are ready, such as those of an earlier run.

        Raises:
            JobEnd: A resource is not ready in time.
        """
        for needed in needed_by(self._wanted, self._context):
            await self._wait_until_ready(needed)

    async def _wait_until_ready(self, needed: Resource[Any]) -> None:
        kind = self._context.kinds[needed.kind]
        status = kind.status(needed.item)

        async def look() -> bool:
            nonlocal status
            item = await self._get(needed)
            status = status if item is None else kind.status(item)
            return item is None or status.phase is not Phase.PENDING

        is_pending = status.phase is Phase.PENDING
        if is_pending and not await self._poll(look, self._run.follow_timeout):
            what = f"{kind.noun} {label_of(needed)}".rstrip()
            reason = f"it depends on {what}, which is still {status.reason or status.phase}"
            raise JobEnd(self._unfinished, reason)

    async def _poll(self, look: Callable[[], Awaitable[bool]], within: float) -> bool:
        """Poll with growing pauses; return whether the condition was met in time."""
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
        if item is not None:
            self._store(self._as_resource(item))
        elif time.monotonic() > self._absence_counts_at:
            raise JobEnd(OutcomeStatus.FAILED, "it is gone")

    async def _get(self, resource: Resource[Any]) -> Any:
        """Return the current state of a resource; resources of one list share a request."""
        kind = self._context.kinds[resource.kind]
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

    async def _listed(self) -> list[Resource[Any]]:
        """List the siblings again, and return those with the resource's name."""
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

    def _store_new(self, resource: Resource[Any]) -> None:
        """Store a resource that was just created: reads may not show it for a while."""
        self._absence_counts_at = time.monotonic() + self._window
        self._store(resource)

    def _store(self, resource: Resource[Any]) -> None:
        self._resource = resource
        self._context.inventory.add(resource)
        self._outcome.id = resource.id
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
    def _phase(self) -> Phase:
        assert self._resource is not None
        return self._kind.status(self._resource.item).phase

    @property
    def _window(self) -> float:
        return verification_window(self._speed)

    @property
    def _speed(self) -> float:
        return caller_of(self._wanted_client).pollers.polling.speed

    @property
    def _unfinished(self) -> OutcomeStatus:
        """Return the status of a resource that is no longer followed."""
        is_sent = bool(self._outcome.commands)
        return self._outcome.status if is_sent else OutcomeStatus.NOT_SENT
