"""Sends the requests for one resource, each once, and verifies ambiguous ones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.ambiguity import may_have_been_carried_out
from clickhouse_cloud_async.core.conflicts import pausing_with
from clickhouse_cloud_async.core.errors import CloudError, FailedDependencyError
from clickhouse_cloud_async.core.request_counter import RequestCounter
from clickhouse_cloud_async.fleet.job import JobEnd
from clickhouse_cloud_async.fleet.report import OutcomeStatus
from clickhouse_cloud_async.fleet.verification import describe

from .following import FollowedResource

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clickhouse_cloud_async.fleet.report import Outcome
    from clickhouse_cloud_async.fleet.turn import Turn

    from .handler import Context
    from .kind_plan import KindPlan
    from .resource import Created, Resource

GRACE = 5.0
"""Seconds for the response to a request that was sent before a cancellation."""


class RequestSender(FollowedResource):
    """Sends the requests for a resource.

    Args:
        context: The state that all resources share.
        item: The plan of the resource.
        outcome: Its outcome, which is kept up to date.
    """

    def __init__(self, context: Context, item: KindPlan, outcome: Outcome) -> None:
        super().__init__(context, item, outcome)
        self._counter = RequestCounter(None)
        self._note: str | None = None

    async def _send(
        self,
        command: str,
        request: Callable[[], Awaitable[Any]],
        verify: Callable[[], Awaitable[bool]],
    ) -> None:
        """Send a request, and verify an ambiguous result.

        Raises:
            JobEnd: It was refused, or its outcome is unknown.
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
                    response = await self._request_awake(command, request, turn)
            except CloudError as error:
                await self._verify(command, error.with_traceback(None), verify)
            else:
                outcome.commands.append(command)
                outcome.status = OutcomeStatus.SENT
                self._accept(command, response)
        self._run.notify(outcome)
        is_change = command != "delete" and (command != "create" or self._kind.comes_with)
        if is_change and not await self._await_change(command):
            self._note = f"{command} was accepted, and does not show yet"

    async def _request_awake(
        self, command: str, request: Callable[[], Awaitable[Any]], turn: Turn
    ) -> Any:
        """Send a request; if the parent of the resource is asleep, wake it and send it again."""
        try:
            return await self._request(command, request)
        except FailedDependencyError:
            parent = self._parent()
            if parent is None or not self._kind.needs_parent_up:
                raise
            async with turn.released():
                is_up = await self._wake(parent)
            if not is_up:
                raise
        return await self._request(command, request)

    async def _wake(self, parent: Resource[Any]) -> bool:
        """Wake the parent of the resource; return whether it is up.

        Raises:
            JobEnd: It did not wake up.
        """
        try:
            return await self._kind.wake_parent(parent)
        except CloudError as error:
            reason = f"{parent.name} could not be woken: {describe(error)}"
            raise JobEnd(self._unfinished, reason, error.with_traceback(None)) from None

    async def _request(self, command: str, request: Callable[[], Awaitable[Any]]) -> Any:
        """Send a request and return its response; after a cancellation wait for it briefly."""
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
                task.exception()  # raised above, or no caller waits for it any more

    def _accept(self, command: str, response: Any) -> None:
        """Store the result of a response, first of all a secret in it."""
        if command == "create":
            created: Created[Any] = response
            self._outcome.result = created.secret
            self._store_new(self._as_resource(created.item))
        elif command != "delete" and response is not None:
            self._store(self._as_resource(response))

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
