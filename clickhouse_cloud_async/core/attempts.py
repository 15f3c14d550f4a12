"""One call's attempts: a slot of the budget, the request, and whether it is sent again."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson

from .ambiguity import is_ambiguous_status, may_have_been_carried_out
from .closing import ClosedError, Closing
from .errors import (
    APIConnectionError,
    APITimeoutError,
    CloudError,
    ConfigurationError,
    OutcomeUnknownError,
    error_class,
)
from .messages import FAILURES, Response
from .observation import Observation
from .problems import is_stale_session, is_temporary, stated_status, status_error
from .request_counter import add_request
from .retry import GATEWAY_FAILURES, THROTTLED, RetryBudget
from .server_time import requested_wait
from .telemetry import RequestInfo, RetryInfo, logger, tell

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from .api import RateHeaders
    from .auth import Authenticator
    from .call import Call
    from .limits import Budget
    from .messages import Request
    from .retry import RetryPolicy
    from .telemetry import Observers, Stats, Tracer
    from .transport import Transport
    from .values import Secret

LONGEST_COUNT = 9
"""Digits of a limit; what is longer is none."""

RESET_MARGIN = 0.25
"""Seconds added to the wait that the server asks for, against clocks that differ a little."""


_NO_SPAN = nullcontext()

Outcome = Response | CloudError
"""How an attempt ended: with a response, or with an error of ours."""


class Sender:
    """Sends calls within the rate budget and repeats what may be repeated.

    Args:
        transport: What sends one attempt.
        limiter: The rate budget; None for none.
        observers: What watches.
        authenticators: What requests authenticate with, by the name of the authentication.
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
        self._budget = RetryBudget()
        self._closing = Closing()
        self._observers = observers
        self._stats = observers.stats
        self._is_watched = observers.is_watching

    @property
    def stats(self) -> Stats:
        """What was sent and received so far."""
        return self._stats

    @property
    def limiter(self) -> Budget | None:
        """The rate budget; None for none."""
        return self._limiter

    async def close(self) -> None:
        """End waits, close the connections, and send nothing more; a call under way ends too."""
        self._closing.close()
        await self._transport.close()
        if self._limiter is not None:
            await self._limiter.close()

    def traced(self, call: Call) -> AbstractContextManager[None]:
        """Make the span of a call, where telemetry is on."""
        tracer = self._observers.tracer
        return _NO_SPAN if tracer is None else self._span(call, tracer)

    @contextmanager
    def _span(self, call: Call, tracer: Tracer) -> Generator[None, None, None]:
        call.span = tracer.call_started(call.request.operation, call.request.method)
        failure: str | None = None
        try:
            yield
            if not call.request.succeeds_with(call.status):
                failure = error_class(call.status).__qualname__
        except BaseException as error:
            failure = type(error).__qualname__
            raise
        finally:
            tracer.call_ended(
                call.span, attempts=call.attempts, throttled=call.throttled, failure=failure
            )

    async def send(self, call: Call) -> Response:
        """Carry out a call, in as many attempts as its policy, its time and the budget allow.

        Returns:
            The response, whatever its status.

        Raises:
            APIConnectionError: No response came.
            OutcomeUnknownError: No response came that says whether the request was carried out, and
                it must not be sent again.
            ConfigurationError: The client is closed.
        """
        spent = 0.0
        authenticator = self._authenticator(call.request)
        is_renewed = not authenticator.can_renew
        outcome: Outcome | None = None
        ended: Outcome | None = None
        try:
            while True:
                # Before a slot is taken, because signing in needs one itself.
                header = authenticator.current or await authenticator.authorize()
                if self._limiter is not None and not self._limiter.try_acquire():
                    await self._wait_for_budget(call, self._limiter)
                if call.not_before:
                    await self._hold_slot(call)
                outcome = await self._attempt(call, header)
                if isinstance(outcome, Response) and outcome.status < FAILURES:
                    break
                if header is not None and not is_renewed and _is_stale(call, outcome):
                    is_renewed = True
                    await authenticator.renew(header)
                    continue
                _note_ambiguity(call, outcome)
                wait, cost = self._wait(call, outcome)
                if wait is None or not call.has_time_for(wait) or not self._budget.spend(cost):
                    break
                spent += cost
                self._announce_retry(call, outcome, wait)
                async with self._closing.until_closed():
                    await asyncio.sleep(wait)
            ended = outcome
        except ClosedError:
            # What a call has met before its client was closed is how it ends.
            ended = outcome = outcome or ConfigurationError("the client is closed: make a new one")
        finally:
            if logger.isEnabledFor(logging.DEBUG):
                how = "cancelled" if ended is None else _summary(ended)
                logger.debug("%r: %s after %d attempts", call.request, how, call.attempts)
        return self._settled(call, outcome, spent)

    def _authenticator(self, request: Request) -> Authenticator:
        found = self._authenticators.get(request.auth)
        if found is None:
            raise ConfigurationError(
                f"{request.operation} needs {request.auth} authentication, which these credentials"
                " do not allow"
            )
        return found

    async def _attempt(self, call: Call, header: Secret | None) -> Outcome:
        """Send a call's request once, in a slot that has been taken, and give the slot back."""
        limiter = self._limiter
        may_have_arrived = True
        watched: Observation | None = None
        try:
            call.begin_attempt()
            if self._is_watched:
                watched = Observation(self._observers, call)
            outcome: Outcome = await self._exchange(call, header)
        except CloudError as error:
            may_have_arrived = not isinstance(error, APIConnectionError) or error.was_sent
            outcome = error
        except BaseException as error:
            if watched is not None:
                watched.ended(error)
            raise
        finally:
            if limiter is not None:
                limiter.release(sent=may_have_arrived)
        if watched is not None:
            watched.ended(outcome)
        if limiter is not None:
            await limiter.publish()
        # Not before: a call whose time is up while it publishes has been carried out.
        call.is_under_way = False
        return outcome

    async def _exchange(self, call: Call, header: Secret | None) -> Response:
        """Send a call's request once, and note what its response says."""
        request = call.request
        self._stats.sent(call.attempts, request.size)
        add_request()
        response = await self._transport.send(request, header)
        self._stats.received(len(response.body))
        response.status = stated_status(request, response)
        if self._limiter is not None:
            # Before the slot is released, so that no waiter is granted it against a 429.
            _learn(self._limiter, request.api.rate_headers, response, call.policy)
        return response

    def _announce_retry(self, call: Call, outcome: Outcome, wait: float) -> None:
        """Log that a call is sent again, and tell the hook."""
        request = call.request
        is_throttled = isinstance(outcome, Response) and outcome.status == THROTTLED
        logger.log(
            logging.WARNING if is_throttled else logging.INFO,
            "%r: %s; attempt %d follows in %.2f s",
            request,
            _summary(outcome),
            call.attempts + 1,
            wait,
        )
        if self._observers.on_retry is not None:
            failed = RequestInfo(request.operation, request.method, request.path, call.attempts)
            outcome.attempts = call.attempts
            if isinstance(outcome, Response):
                outcome = status_error(request, outcome)
            tell(self._observers.on_retry, RetryInfo(failed, outcome, wait))

    async def _hold_slot(self, call: Call) -> None:
        """Wait with a slot at hand until a call may be sent."""
        try:
            async with self._closing.until_closed():
                await asyncio.sleep(call.not_before - asyncio.get_running_loop().time())
        except BaseException:
            if self._limiter is not None:
                self._limiter.release(sent=False)
            raise

    async def _wait_for_budget(self, call: Call, limiter: Budget) -> None:
        if not call.has_time_for(limiter.paused_for):
            raise time_is_up(call, "rate limited: the next request slot opens after the timeout")
        began = time.monotonic()
        async with self._closing.until_closed():
            await limiter.acquire(call.priority)
        waited = time.monotonic() - began
        call.throttled += waited
        self._stats.throttled(waited)

    def _wait(self, call: Call, outcome: Outcome) -> tuple[float | None, float]:
        """Seconds until the next attempt, None where there is none, and what it costs."""
        own = call.policy.backoff(call.attempts)
        cost = RetryBudget.COST
        reset_header = call.request.api.rate_headers.reset
        if isinstance(outcome, APIConnectionError):
            if isinstance(outcome, APITimeoutError):
                cost = RetryBudget.COST_OF_TIMEOUT
            may_retry = call.idempotent or not outcome.was_sent
        elif not isinstance(outcome, Response):
            may_retry = False
        elif is_ambiguous_status(outcome.status):
            may_retry = call.idempotent and (
                outcome.status in GATEWAY_FAILURES or is_temporary(call.request.api, outcome)
            )
            own = max(own, requested_wait(outcome.headers, reset_header) or 0.0)
        elif outcome.status == THROTTLED:
            may_retry, cost = True, 0.0
            asked = requested_wait(outcome.headers, reset_header)
            own = own if asked is None else asked + RESET_MARGIN
        else:
            may_retry = call.idempotent and is_temporary(call.request.api, outcome)
        is_last = self._closing.is_closed or call.attempts >= call.policy.attempts
        if not may_retry or is_last or own > call.policy.longest_server_wait:
            return None, 0.0
        return own, cost

    def _settled(self, call: Call, outcome: Outcome, spent: float) -> Response:
        outcome.attempts = call.attempts
        outcome.has_ambiguous_attempt = call.ambiguous is not None
        call.status = outcome.status or 0
        if isinstance(outcome, Response) and outcome.status < FAILURES:
            self._budget.refund(spent)
            return outcome
        if call.ambiguous is not None and not call.idempotent:
            raise outcome_unknown(call, call.ambiguous)
        if not isinstance(outcome, Response):
            raise outcome
        if (
            outcome.status == HTTPStatus.NOT_FOUND
            and call.request.method == "DELETE"
            and call.ambiguous is not None
        ):
            # An earlier attempt, whose response was lost, has deleted it.
            call.status = HTTPStatus.NO_CONTENT
            return Response(call.status, {}, b"", call.attempts)
        return outcome


def _is_stale(call: Call, outcome: Outcome) -> bool:
    """Whether the API says that the session of a request has ended."""
    return isinstance(outcome, Response) and is_stale_session(call.request, outcome)


def _learn(limiter: Budget, headers: RateHeaders, response: Response, policy: RetryPolicy) -> None:
    """Apply what a response says about the rate limit."""
    announced = _count(response.headers.get(headers.limit, ""))
    if announced is not None:
        limiter.apply_server_limit(announced)
    if response.status != THROTTLED:
        return
    asked = requested_wait(response.headers, headers.reset)
    if asked is None:
        return
    wait, longest = asked + RESET_MARGIN, policy.longest_server_wait
    limiter.pause_for(min(wait, longest), then_probe=wait > longest)
    if wait > longest:
        logger.warning(
            "status 429 asks for a wait of %.6g s: no request of this key for %g s"
            " (longest_server_wait), then one tries",
            asked,
            longest,
        )


@lru_cache(maxsize=16)
def _count(text: str) -> int | None:
    """The number that a header announces, None where it is none; mostly it is the same again."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= LONGEST_COUNT
    return int(text) if is_number else None


def _note_ambiguity(call: Call, outcome: Outcome) -> None:
    """Keep the failure of an attempt that may have been carried out all the same."""
    if isinstance(outcome, Response):
        if is_ambiguous_status(outcome.status):
            outcome.attempts = call.attempts
            call.ambiguous = status_error(call.request, outcome)
    elif isinstance(outcome, APIConnectionError) and may_have_been_carried_out(outcome):
        call.ambiguous = outcome


def time_is_up(
    call: Call, message: str, cause: BaseException | None = None
) -> APITimeoutError | OutcomeUnknownError:
    """Return the error for a call whose time was up before it had a response.

    Args:
        call: The call.
        message: What did not happen in time.
        cause: The error by which the time limit showed.
    """
    request = call.request
    error = APITimeoutError(
        message,
        operation=request.operation,
        method=request.method,
        path=request.path,
        attempts=call.attempts,
    )
    error.api = request.api.name
    error.was_sent = call.is_under_way
    error.has_ambiguous_attempt = call.ambiguous is not None
    error.__cause__ = cause
    if call.idempotent or not may_have_been_carried_out(error):
        return error
    return outcome_unknown(call, call.ambiguous or error)


def outcome_unknown(call: Call, cause: CloudError) -> OutcomeUnknownError:
    """Return the error for a request that may or may not have been carried out.

    Args:
        call: The call, whose request must not be sent again.
        cause: The failure that leaves its outcome open.
    """
    request = call.request
    error = OutcomeUnknownError(
        f"{request.operation or 'the request'} may or may not have been carried out:"
        f" {cause.message}; check the actual state before you send it again",
        operation=request.operation,
        method=request.method,
        path=request.path,
        status=cause.status,
        request_id=cause.request_id,
        attempts=call.attempts,
        sent_at=None if call.sent_at is None else datetime.fromtimestamp(call.sent_at, UTC),
        name=_name_in(request),
    )
    error.api = request.api.name
    error.__cause__ = cause
    return error


def _name_in(request: Request) -> str | None:
    """The name of what a request creates, by which it can be found."""
    document = orjson.loads(request.body) if isinstance(request.body, bytes) else None
    name = document.get(request.api.name_field) if isinstance(document, dict) else None
    return name if isinstance(name, str) else None


def _summary(outcome: Outcome) -> str:
    if isinstance(outcome, Response):
        return f"status {outcome.status}"
    return type(outcome).__name__
