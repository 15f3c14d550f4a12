"""Sends calls in one or more attempts, each in a slot of the rate limit."""

from __future__ import annotations

import asyncio
import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from .call_errors import outcome_unknown_error, timeout_error
from .closing import ClosedError, Closing
from .conflicts import pause_before_retry
from .errors import APIConnectionError, CloudError, ConfigurationError, error_class
from .messages import FAILURES, Response
from .observation import Observation
from .problems import find_problem, is_stale_session, status_error
from .rate_headers import apply_rate_headers
from .request_counter import add_request
from .retry import RetryBudget
from .retry_decision import Retry, decide_retry, note_ambiguity
from .telemetry import RequestInfo, RetryInfo, logger, notify

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from .auth import Authenticator
    from .call import Call
    from .limits import Budget
    from .messages import Request
    from .retry_decision import AttemptResult
    from .streams import ResponseStream
    from .telemetry import Observers, Stats, Tracer
    from .transport import Transport
    from .values import Secret

LATE_BY = 0.1
"""Seconds by which the slot of a scheduled request may open late.

An earlier slot would have to be held, which delays waiting changes.
"""

T = TypeVar("T")

_CLOSED = "the client is closed: make a new one"


class Sender:
    """Sends calls within the rate limit, and retries them where that is safe.

    Args:
        transport: Sends one attempt.
        limiter: The rate limit; None for no limit.
        observers: Hooks, counts and tracer.
        authenticators: The authentications of requests, by name.
    """

    def __init__(
        self,
        transport: Transport,
        limiter: Budget | None,
        observers: Observers,
        authenticators: Mapping[str, Authenticator],
    ) -> None:
        self._authenticators = authenticators
        self._transport = transport
        self._limiter = limiter
        self._retry_budget = RetryBudget()
        self._closing = Closing()
        self._observers = observers
        self._stats = observers.stats
        self._is_watched = observers.is_watching

    @property
    def stats(self) -> Stats:
        """Counts of what was sent and received so far."""
        return self._stats

    @property
    def limiter(self) -> Budget | None:
        """The rate limit; None for no limit."""
        return self._limiter

    async def close(self) -> None:
        """End all calls, waiting or in progress, close the connections, and send nothing more."""
        self._closing.close()
        await self._transport.close()
        if self._limiter is not None:
            await self._limiter.close()

    def traced(self, call: Call, carried_out: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """Wrap a call in a span; without telemetry its coroutine is returned unchanged."""
        tracer = self._observers.tracer
        return carried_out if tracer is None else _in_span(call, carried_out, tracer)

    async def send(self, call: Call) -> Response:
        """Carry out a call, in as many attempts as its policy, its time and the budget allow.

        Returns:
            The response, whatever its status.

        Raises:
            APIConnectionError: No response was received.
            OutcomeUnknownError: No response says whether the request was carried out, and it must
                not be sent again.
            ConfigurationError: The client is closed.
        """
        spent = 0.0
        authenticator = self._authenticator(call.request)
        is_renewed = False
        result: AttemptResult | None = None
        ended: AttemptResult | None = None
        try:
            while True:
                # Before a slot is acquired, because signing in needs a slot too.
                header = authenticator.current
                if header is None:
                    header = await authenticator.authorize()
                if self._limiter is not None and not self._limiter.try_acquire():
                    await self._wait_for_budget(call, self._limiter)
                if call.not_before:
                    await self._hold_slot(call)
                result = await self._attempt(call, header)
                if isinstance(result, Response) and result.status < FAILURES:
                    break
                can_renew = authenticator.can_renew and not is_renewed
                if header is not None and can_renew and _is_stale(call, result):
                    is_renewed = True
                    await authenticator.renew(header)
                    continue
                note_ambiguity(call, result)
                retry = None if self._closing.is_closed else decide_retry(call, result)
                if retry is None or not self._can_afford(call, retry):
                    break
                spent += retry.cost
                self._announce_retry(call, result, retry)
                async with self._closing.until_closed():
                    await asyncio.sleep(retry.wait)
            ended = result
        except ClosedError:
            # The call ends with the last failure before the client was closed, if there was one.
            ended = result = result or ConfigurationError(_CLOSED)
        finally:
            if logger.isEnabledFor(logging.DEBUG):
                how = "cancelled" if ended is None else _summary(ended)
                logger.debug("%r: %s after %d attempts", call.request, how, call.attempts)
        return self._conclude(call, result, spent)

    async def open(
        self, call: Call, authorization: Secret | None, read_timeout: float | None
    ) -> ResponseStream:
        """Send a call's request once, and return its response before its body is read.

        It goes to a separate server, so the rate limit does not count it.

        Args:
            call: The call.
            authorization: The Authorization header; None for that of the client.
            read_timeout: Maximum time without data, in seconds; None for no limit.

        Raises:
            APIConnectionError: No response was received.
            ConfigurationError: The client is closed.
        """
        header = authorization or await self._authenticator(call.request).authorize()
        watched: Observation | None = None
        try:
            async with self._closing.until_closed():
                call.begin_attempt()
                if self._is_watched:
                    watched = Observation(self._observers, call)
                self._note_sending(call, header)
                stream = await self._transport.open(call.request, header, read_timeout)
        except ClosedError:
            failure = ConfigurationError(_CLOSED)
            if watched is not None:
                watched.ended(failure)
            raise failure from None
        except BaseException as error:
            if watched is not None:
                watched.ended(error)
            raise
        call.status, call.is_under_way = stream.status, False
        logger.debug("%r: status %d", call.request, stream.status)
        if watched is not None:
            watched.ended(Response(stream.status, stream.headers, b"", call.attempts))
        return stream

    async def pause(self, seconds: float) -> None:
        """Wait between two calls of a method.

        Args:
            seconds: Duration of the wait.

        Raises:
            ConfigurationError: The client was closed meanwhile.
        """
        try:
            async with self._closing.until_closed():
                await asyncio.sleep(seconds)
        except ClosedError:
            raise ConfigurationError(_CLOSED) from None

    async def wait_for_settling(self, call: Call, refused: Response, seconds: float) -> bool:
        """Wait before retrying a call that a settling resource has refused.

        Args:
            call: The call.
            refused: The response that refuses it.
            seconds: Duration of the wait.

        Returns:
            Whether it can be sent again; not if its client was closed meanwhile.
        """
        call.refusals = call.attempts
        self._announce_retry(call, refused, Retry(seconds, 0.0))
        reason = f"refused with 409, will be retried: {status_error(call.request, refused).message}"
        try:
            async with self._closing.until_closed():
                await pause_before_retry(reason, seconds)
        except ClosedError:
            return False
        return True

    def _authenticator(self, request: Request) -> Authenticator:
        found = self._authenticators.get(request.operation.auth)
        if found is None:
            raise ConfigurationError(
                f"{request.operation.id} needs {request.operation.auth} authentication, which these"
                " credentials do not allow"
            )
        return found

    async def _attempt(self, call: Call, header: Secret | None) -> AttemptResult:
        """Send a call's request once in a slot that was acquired, and release the slot."""
        limiter = self._limiter
        may_have_arrived = True
        watched: Observation | None = None
        try:
            call.begin_attempt()
            if self._is_watched:
                watched = Observation(self._observers, call)
            self._note_sending(call, header)
            response = await self._transport.send(call.request, header)
            self._note_response(call, response)
            result: AttemptResult = response
        except CloudError as error:
            may_have_arrived = not isinstance(error, APIConnectionError) or error.was_sent
            result = error
        except BaseException as error:
            if watched is not None:
                watched.ended(error)
            raise
        finally:
            if limiter is not None:
                limiter.release(sent=may_have_arrived)
        if watched is not None:
            watched.ended(result)
        if limiter is not None and limiter.has_unpublished:
            await limiter.publish()
        # Not earlier: a call that times out while it publishes may have been carried out.
        call.is_under_way = False
        return result

    def _note_sending(self, call: Call, header: Secret | None) -> None:
        """Count an attempt that is about to be sent, and keep its header."""
        self._stats.sent(call.attempts, call.request.size)
        add_request()
        call.request.authorization = header

    def _note_response(self, call: Call, response: Response) -> None:
        """Count a response, and apply what it says about problems and the rate limit."""
        self._stats.received(len(response.body))
        find_problem(call.request, response)
        if self._limiter is not None:
            # Before the slot is released, so that after a 429 no waiter is granted it.
            headers = call.request.api.rate_headers
            apply_rate_headers(self._limiter, headers, response, call.policy)

    def _can_afford(self, call: Call, retry: Retry) -> bool:
        """Return whether timeout and retry budget allow a retry; if so, spend its tokens."""
        return call.has_time_for(retry.wait) and self._retry_budget.spend(retry.cost)

    def _announce_retry(self, call: Call, result: AttemptResult, retry: Retry) -> None:
        """Log that a call is retried, and call the hook."""
        request = call.request
        logger.log(
            logging.WARNING if retry.is_throttled else logging.INFO,
            "%r: %s; attempt %d follows in %.2f s",
            request,
            _summary(result),
            call.attempts + 1,
            retry.wait,
        )
        if self._observers.on_retry is not None:
            failed = RequestInfo(request.operation.id, request.method, request.path, call.attempts)
            result.attempts = call.attempts
            if isinstance(result, Response):
                result = status_error(request, result)
            notify(self._observers.on_retry, RetryInfo(failed, result, retry.wait))

    async def _hold_slot(self, call: Call) -> None:
        """Hold the slot of a call until the call may be sent."""
        seconds = call.not_before - asyncio.get_running_loop().time()
        if seconds <= 0:
            return
        try:
            async with self._closing.until_closed():
                await asyncio.sleep(seconds)
        except BaseException:
            if self._limiter is not None:
                self._limiter.release(sent=False)
            raise

    async def _wait_for_budget(self, call: Call, limiter: Budget) -> None:
        """Wait for a slot of the rate limit."""
        if not call.has_time_for(limiter.paused_for):
            raise timeout_error(call, "rate limited: the next request slot opens after the timeout")
        began = time.monotonic()
        can_wait = call.not_before - asyncio.get_running_loop().time() + LATE_BY
        async with self._closing.until_closed():
            await limiter.acquire(call.priority, can_wait=can_wait)
        waited = time.monotonic() - began
        call.throttled += waited
        self._stats.throttled(waited)

    def _conclude(self, call: Call, result: AttemptResult, spent: float) -> Response:
        """Return the response of a call, or raise its error."""
        result.attempts = call.attempts
        result.has_ambiguous_attempt = call.ambiguous is not None
        call.status = result.status or 0
        if isinstance(result, Response) and result.status < FAILURES:
            self._retry_budget.refund(spent)
            return result
        if call.ambiguous is not None and not call.idempotent:
            raise outcome_unknown_error(call, call.ambiguous)
        if not isinstance(result, Response):
            raise result
        if (
            result.status == HTTPStatus.NOT_FOUND
            and call.request.method == "DELETE"
            and call.ambiguous is not None
        ):
            # An earlier attempt, whose response was lost, has deleted it.
            call.status = HTTPStatus.NO_CONTENT
            return Response(call.status, {}, b"", call.attempts)
        return result


async def _in_span(call: Call, carried_out: Coroutine[Any, Any, T], tracer: Tracer) -> T:
    """Await a call in a span."""
    request = call.request
    call.span = tracer.call_started(request.operation.id, request.method, request.base_url)
    failure: str | None = None
    try:
        response = await carried_out
        if not call.request.succeeds_with(call.status):
            failure = error_class(call.status).__qualname__
    except BaseException as error:
        failure = type(error).__qualname__
        raise
    else:
        return response
    finally:
        tracer.call_ended(
            call.span,
            base_url=request.base_url,
            attempts=call.attempts,
            throttled=call.throttled,
            failure=failure,
        )


def _is_stale(call: Call, result: AttemptResult) -> bool:
    """Return whether a response says that the session of its request has ended."""
    return isinstance(result, Response) and is_stale_session(call.request, result)


def _summary(result: AttemptResult) -> str:
    if isinstance(result, Response):
        return f"status {result.status}"
    return type(result).__name__
