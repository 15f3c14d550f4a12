"""The steps of an action for one service."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.ambiguity import may_have_been_carried_out
from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.conflicts import pausing_with
from clickhouse_cloud_async.core.errors import (
    CloudError,
    NotFoundError,
    UnreachableStateError,
    WaitTimeoutError,
)
from clickhouse_cloud_async.core.request_counter import RequestCounter, count_requests
from clickhouse_cloud_async.core.waiting.wait import poll_until, wait_until_gone

from .report import OutcomeStatus
from .steps import ENDS, Decision
from .verification import (
    describe,
    is_state_conflict,
    verification_window,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.caller import Caller
    from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle
    from clickhouse_cloud_async.core.waiting.wait import Progress

    from .kind import Kind, Member, Order
    from .report import Outcome
    from .run import Run
    from .steps import Action, Step, Test


ATTEMPTS = 3
"""Maximum number of attempts to bring a service to a state that allows its deletion."""

_DELETED = frozenset((OutcomeStatus.DONE, OutcomeStatus.SENT, OutcomeStatus.UNCHANGED))
"""Statuses of a deletion after which the service is gone, or about to be."""


class JobEnd(Exception):  # noqa: N818 - control flow, not an error
    """Ends the steps of a service early."""

    def __init__(self, status: OutcomeStatus, reason: str, error: Exception | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.error = error


class _Overtaken(JobEnd):
    """A deletion was refused because the service is no longer in a state that allows it."""


class Job:
    """The steps of an action for one service.

    Its outcome is correct at any time, and so also after a cancellation.

    Args:
        run: The action.
        each: The service.
        outcome: Its outcome, which is updated as the job runs.
        action: Action for this service; that of the run by default.
    """

    def __init__(
        self, run: Run, each: Member, outcome: Outcome, action: Action | None = None
    ) -> None:
        self._run = run
        self._action: Action = run.action if action is None else action
        self._each = each
        self._outcome = outcome
        self._service: Any = each.item
        self._began: float | None = None
        self._counter = RequestCounter(None)
        self._sent_before = 0

    async def run(self) -> None:
        """Carry out all steps."""
        outcome = self._outcome
        with count_requests() as self._counter:
            try:
                await self._take_steps()
            except JobEnd as end:
                outcome.status, outcome.reason, outcome.error = end.status, end.reason, end.error
            finally:
                outcome.requests = self._counter.requests
                if self._order is not None:
                    is_deleted = outcome.status in _DELETED
                    self._order.finish(outcome.id, is_deleted=is_deleted)
                if self._began is not None:
                    outcome.seconds = time.monotonic() - self._began
        self._run.finish(outcome)

    async def _take_steps(self) -> None:
        order = self._order
        reason = None if order is None else order.obstacle(self._each.item)
        if reason is not None:
            raise JobEnd(OutcomeStatus.FAILED, reason)
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                await self._take_all(self._action.steps)
                break
            except _Overtaken:
                if not attempts_left:
                    raise
        is_changed = bool(self._outcome.commands)
        self._outcome.status = OutcomeStatus.DONE if is_changed else OutcomeStatus.UNCHANGED

    async def _take_all(self, steps: Sequence[Step]) -> None:
        *_, last = steps
        for step in steps:
            await self._take(step, follow=self._run.options.wait or step is not last)

    async def _take(self, step: Step, *, follow: bool) -> None:
        decision = step.decide(self._service, self._lifecycle)
        if decision is Decision.SETTLING and self._run.options.wait:
            await self._settle()
            decision = step.decide(self._service, self._lifecycle)
        if decision in ENDS:
            raise self._end(ENDS[decision])
        before = self._state
        if decision is Decision.SEND:
            if step.is_end and self._order is not None:
                await self._wait_for_turn(self._order)
            await self._send(step)
            if follow and (step.returns or not step.is_over(self._service)):
                self._run.notify(self._outcome)
                await self._follow(self._arrival(step, before))
        elif decision is Decision.IN_PROGRESS:
            if not follow:
                raise self._end(OutcomeStatus.UNCHANGED)
            await self._follow(self._arrival(step, before))
        if decision is not Decision.ALREADY_DONE and follow and not step.goal(self._service):
            raise self._end(OutcomeStatus.FAILED)

    async def _settle(self) -> None:
        """Follow the service until its state is not transitional."""
        if self._state in self._lifecycle.settling:
            settling = self._lifecycle.settling
            await self._follow(lambda service: self._kind.state_of(service) not in settling)

    async def _wait_for_turn(self, order: Order) -> None:
        """Wait until the services that must be deleted first are gone.

        Raises:
            JobEnd: One of them was not deleted, or not in time.
        """

        async def wait(item_id: str) -> None:
            path = {**self._path, self._lifecycle.item: item_id}
            await wait_until_gone(
                self._caller, self._lifecycle, path, timeout=self._run.follow_timeout
            )

        try:
            async with asyncio.timeout(self._time()):
                reason = await order.wait_for_turn(self._each.item, wait)
        except (TimeoutError, WaitTimeoutError):
            raise JobEnd(self._unfinished, "the timeout has passed") from None
        except CloudError as error:
            raise JobEnd(self._unfinished, str(error), error.with_traceback(None)) from None
        if reason is not None:
            raise JobEnd(OutcomeStatus.FAILED, reason)

    async def _send(self, step: Step) -> None:
        outcome = self._outcome
        async with self._run.turn(self._each.cloud) as turn:
            self._check_stopped()

            async def pause(reason: str, seconds: float) -> None:
                # The API has refused all requests so far: no transition is in progress.
                self._sent_before = self._counter.requests
                outcome.reason = reason
                self._run.notify(outcome)
                async with turn.released():
                    await asyncio.sleep(seconds)
                outcome.reason = None
                self._check_stopped()

            try:
                with pausing_with(pause):
                    response = await self._request(step, self._time())
            except JobEnd:
                raise
            except Exception as error:  # noqa: BLE001 - the function of a `map` raises anything
                await self._verify(step, error.with_traceback(None))
            else:
                outcome.commands.append(step.name)
                self._accept(step, response)

    def _check_stopped(self) -> None:
        """Check that requests may still be sent.

        Raises:
            JobEnd: The action is stopped, and has not begun with this service.
        """
        if self._run.is_stopped and not self._outcome.commands:
            raise JobEnd(OutcomeStatus.NOT_SENT, "another service failed before")

    async def _request(self, step: Step, timeout: float | None) -> Any:
        """Send a request and return its response.

        When everything is cancelled, a request that has been sent is given the step's grace for
        its response, which is accepted then.
        """
        self._sent_before = self._counter.requests
        request = asyncio.ensure_future(step.send(self._each, timeout))
        try:
            return await asyncio.shield(request)
        except asyncio.CancelledError:
            if self._counter.requests > self._sent_before:
                self._outcome.commands.append(step.name)
                self._outcome.status = OutcomeStatus.UNKNOWN
                await asyncio.wait([request], timeout=step.grace)
                if request.done() and not request.cancelled() and not request.exception():
                    with suppress(JobEnd):
                        self._accept(step, request.result())
            raise
        finally:
            if not request.done():
                request.cancel()
                await asyncio.wait([request])
            if not request.cancelled():
                request.exception()  # is raised above, or nothing waits for it any more

    def _accept(self, step: Step, response: Any) -> None:
        self._outcome.status = OutcomeStatus.SENT
        if step.is_result:
            self._outcome.result = response
        elif response is not None:
            self._update(response)

    async def _verify(self, step: Step, error: Exception) -> None:
        """Verify whether a failed request was carried out nevertheless.

        Raises:
            JobEnd: It was not, or that cannot be determined.
        """
        outcome = self._outcome
        if not may_have_been_carried_out(error):
            is_refreshed = is_state_conflict(step, error) and await self._refresh()
            if is_refreshed and step.is_under_way(self._service):
                return
            is_overtaken = is_refreshed and step.is_end and not step.allowed(self._service)
            end = _Overtaken if is_overtaken else JobEnd
            raise end(OutcomeStatus.FAILED, describe(error), error)
        before = outcome.status
        outcome.commands.append(step.name)
        outcome.status = OutcomeStatus.UNKNOWN
        if not step.is_observable:
            raise JobEnd(OutcomeStatus.UNKNOWN, describe(error), error)
        is_seen = await self._poll_for_effect(step)
        if step.is_under_way(self._service):
            outcome.status = OutcomeStatus.SENT
            return
        if is_seen and step.is_end:
            # It was not carried out: a deletion does not lead to the state of the service.
            outcome.commands.pop()
            outcome.status = before
            raise _Overtaken(OutcomeStatus.FAILED, describe(error), error)
        status = OutcomeStatus.FAILED if is_seen else OutcomeStatus.UNKNOWN
        raise JobEnd(status, describe(error), error)

    async def _poll_for_effect(self, step: Step) -> bool:
        """Poll the service for the effect of a request; return whether it was seen in time."""
        before = self._state

        def is_settled(service: Any) -> bool:
            self._update(service)
            return step.is_under_way(service) or step.ended_elsewhere(
                service, before, self._lifecycle
            )

        window = verification_window(self._caller.pollers.polling.speed)
        timeout = min(window, self._time() or window)
        try:
            await poll_until(self._caller, self._lifecycle, self._path, is_settled, timeout=timeout)
        except CloudError:
            return False
        return True

    async def _refresh(self) -> bool:
        """Refresh the service; return whether that was possible."""
        try:
            service = await self._kind.get(self._each, self._time())
        except NotFoundError:
            if not self._is_gone():
                return False
            self._update(None)
        except CloudError:
            return False
        else:
            self._update(service)
        return True

    async def _follow(self, arrived: Test) -> None:
        """Follow the service until a test holds or it is gone.

        Raises:
            JobEnd: It does not hold in time, or the service cannot be polled.
        """
        self._time()
        try:
            service = await poll_until(
                self._caller,
                self._lifecycle,
                self._path,
                lambda service: self._is_gone() if service is None else arrived(service),
                known=self._service,
                timeout=self._run.follow_timeout,
                on_progress=self._progress,
            )
            self._update(service)
        except CloudError as error:
            raise JobEnd(self._unfinished, describe(error), error.with_traceback(None)) from None

    def _is_gone(self) -> bool:
        """Return whether an absence is conclusive: reads may not show the resource yet."""
        return not self._caller.pollers.created.is_expected(self._each.item.id)

    @property
    def _order(self) -> Order | None:
        return None if self._action.order is None else self._run.order

    @property
    def _kind(self) -> Kind:
        return self._run.kind

    @property
    def _state(self) -> str:
        return self._kind.state_of(self._service)

    @property
    def _lifecycle(self) -> Lifecycle[Any]:
        return self._kind.lifecycle

    @property
    def _caller(self) -> Caller:
        return caller_of(self._each.cloud)

    @property
    def _path(self) -> dict[str, str]:
        return self._kind.path(self._each)

    def _progress(self, progress: Progress[Any]) -> None:
        if progress.state != self._outcome.after:
            self._update(progress.item)
            self._run.notify(self._outcome)

    def _update(self, service: Any) -> None:
        self._service = service
        self._outcome.after = None if service is None else self._state

    def _time(self) -> float | None:
        """Return the seconds until the deadline, None for no limit.

        Raises:
            JobEnd: The deadline has passed.
        """
        if self._began is None:
            self._began = time.monotonic()
        if self._run.is_late:
            raise JobEnd(self._unfinished, "the timeout has passed")
        return self._run.remaining

    def _end(self, status: OutcomeStatus) -> JobEnd:
        """Return the end of the job in the current state."""
        item_id, state = self._each.item.id, self._state
        error = None
        if status is OutcomeStatus.FAILED:
            what = f"{self._lifecycle.kind} {item_id} is {state}"
            error = UnreachableStateError(what, kind=self._lifecycle.kind, id=item_id, state=state)
        return JobEnd(status, f"it is {state}", error)

    @property
    def _unfinished(self) -> OutcomeStatus:
        """Status of a job that ends now: the current one, as it is always correct."""
        return self._outcome.status

    def _arrival(self, step: Step, before: str) -> Test:
        """Return a test whether a service has reached the goal of a step, or stays elsewhere.

        The state before the command counts only once a poll has shown a transition: it may come
        from a response that was sent before the command, or from a read that lags behind. After a
        while it counts in any case, and so do a terminal state and the goal of a step that
        returns: the service may have returned between two polls.
        """
        has_moved = step.in_progress(self._service)
        is_seen_moving = False
        settling, terminal = self._lifecycle.settling, self._lifecycle.terminal
        believed_at = time.monotonic() + verification_window(self._caller.pollers.polling.speed)

        def arrived(service: Any) -> bool:
            nonlocal has_moved, is_seen_moving
            state = self._kind.state_of(service)
            is_passing = step.in_progress(service) or (step.returns and state in settling)
            has_moved |= is_passing
            is_seen_moving |= is_passing
            is_believed = time.monotonic() > believed_at
            if step.is_over(service):
                return has_moved or is_believed or not step.returns
            has_returned = is_seen_moving or (has_moved and is_believed)
            is_stuck = state in terminal and is_believed
            return not is_passing and (has_returned or is_stuck or state != before)

        return arrived
