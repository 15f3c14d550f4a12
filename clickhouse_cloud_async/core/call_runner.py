"""Carries out calls within their timeout, with omitted scopes filled in."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from .ambiguity import may_have_been_carried_out
from .arguments import checked_timeout
from .call_errors import outcome_unknown_error, timeout_error
from .deadline import Deadline
from .errors import CloudError
from .held import hold_change
from .messages import Response
from .paths import segment
from .recording import record
from .timeouts import Timeout, Timeouts
from .values import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .api import API
    from .attempts import Sender
    from .call import Call
    from .messages import Request
    from .scopes import Scopes
    from .settling import SettlingResource
    from .streams import ResponseStream
    from .values import Secret


class CallRunner:
    """Carries out the calls of one client, or of a derived one with other defaults.

    Args:
        api: The API that is called.
        sender: Sends requests.
        timeout: Default timeout of a call in seconds; None for no limit.
        scopes: Values of scopes that calls omit.
    """

    def __init__(self, api: API, sender: Sender, timeout: float | None, scopes: Scopes) -> None:
        self._api = api
        self._sender = sender
        self._timeout = timeout
        self._scopes = scopes
        self._timeouts: Timeouts | None = None

    def run(
        self, call: Call, timeout: float | Unset | None, settling: SettlingResource | None = None
    ) -> Awaitable[Response]:
        """Carry out a call within its timeout.

        It returns a coroutine instead of being one, which saves a coroutine per call.

        Args:
            call: The call, which is about to begin.
            timeout: Seconds for the whole call; None for no limit, `UNSET` for the client's.
            settling: The resource that may refuse the call while it settles; None for none.

        Returns:
            The response, whatever its status.

        Raises:
            CloudError: There is no response.
        """
        if settling is None:
            carried_out = self._carry_out(call, timeout)
        else:
            carried_out = self._carry_out_once_settled(call, timeout, settling)
        return self._sender.traced(call, carried_out)

    async def _carry_out(self, call: Call, timeout: float | Unset | None) -> Response:
        seconds = self._timeout if timeout is UNSET else checked_timeout(timeout)
        try:
            with self.time_limit(seconds) as limit:
                call.deadline = None if limit is None else limit.when
                if call.request.missing_scopes:
                    await self._fill_in_scopes(call.request)
                hold_change(call.request)
                response = await self._sender.send(call)
        except TimeoutError as error:
            what = "no response" if call.attempts else "no request could be sent"
            failure = timeout_error(call, f"{what} within {seconds:g} s", error)
            raise failure from failure.__cause__
        except CloudError as error:
            error.api = self._api.name
            raise
        call.elapsed = time.monotonic() - call.began
        record(call, response)
        return response

    async def _carry_out_once_settled(
        self, call: Call, timeout: float | Unset | None, resource: SettlingResource
    ) -> Response:
        """Send a request, and retry it as long as a settling resource refuses it.

        A timeout that the caller passes covers the whole call; the client's default, which is meant
        for single requests, covers each request.
        """
        limit = None if isinstance(timeout, Unset) else checked_timeout(timeout)
        deadline, window = Deadline(limit), resource.window(limit)

        def left() -> float | Unset | None:
            return timeout if isinstance(timeout, Unset) else deadline.left()

        response = await self._carry_out(call, left())
        while (
            resource.may_refuse(call.request, response)
            and window.has_time_for(resource.pause)
            and await resource.is_settling(left())
            and await self._sender.wait_for_settling(call, response, resource.pause)
        ):
            response = await self._carry_out(call, left())
        return response

    def run_from_sending(self, call: Call, on_sent: Callable[[], object]) -> Awaitable[Response]:
        """Carry out a call whose timeout begins when its request is sent.

        Args:
            call: The call, which is about to begin.
            on_sent: Called when the request is sent.

        Returns:
            The response, whatever its status.

        Raises:
            CloudError: There is no response.
        """
        return self._sender.traced(call, self._carry_out_from_sending(call, on_sent))

    async def _carry_out_from_sending(self, call: Call, on_sent: Callable[[], object]) -> Response:
        loop = asyncio.get_running_loop()

        def sent() -> None:
            if self._timeout is not None:
                limit.reschedule(loop.time() + self._timeout)
            on_sent()

        call.on_sent = sent
        try:
            async with asyncio.timeout(None) as limit:
                return await self._sender.send(call)
        except TimeoutError as error:
            failure = timeout_error(call, f"no response within {self._timeout:g} s", error)
            raise failure from failure.__cause__
        except CloudError as error:
            error.api = self._api.name
            raise

    async def open(
        self,
        call: Call,
        timeout: float | None,
        authorization: Secret | None,
        read_timeout: float | None,
    ) -> ResponseStream:
        """Send a call's request once, and return its response before its body is read.

        Args:
            call: The call, which is about to begin.
            timeout: Seconds until the response begins; None for no limit.
            authorization: The Authorization header; None for that of the client.
            read_timeout: Maximum time without data, in seconds; None for no limit.

        Raises:
            OutcomeUnknownError: No response was received, and the request may have been carried
                out.
            CloudError: No response was received.
        """
        try:
            with self.time_limit(timeout) as limit:
                call.deadline = None if limit is None else limit.when
                hold_change(call.request)
                stream = await self._sender.traced(
                    call, self._sender.open(call, authorization, read_timeout)
                )
        except TimeoutError as error:
            failure = timeout_error(call, f"no response within {timeout:g} s", error)
            raise failure from failure.__cause__
        except CloudError as error:
            error.api = self._api.name
            if may_have_been_carried_out(error) and not call.idempotent:
                raise outcome_unknown_error(call, error) from error
            raise
        call.elapsed = time.monotonic() - call.began
        record(call, Response(stream.status, stream.headers, b"", call.attempts))
        return stream

    def deadline(self, timeout: float | Unset | None) -> Deadline:
        """Return the deadline of a call that sends several requests.

        Args:
            timeout: As in `run`.

        Raises:
            InvalidArgumentError: It is not a positive number.
        """
        return Deadline(self._timeout if isinstance(timeout, Unset) else checked_timeout(timeout))

    def time_limit(self, seconds: float | None) -> AbstractContextManager[Timeout | None]:
        """Return a context manager that ends its body with `TimeoutError` after some time."""
        if seconds is None:
            return nullcontext()
        loop = asyncio.get_running_loop()
        # A local name, because a call in another loop may replace the attribute meanwhile.
        timeouts = self._timeouts
        if timeouts is None or timeouts.loop is not loop:
            self._timeouts = timeouts = Timeouts(loop)
        return Timeout(timeouts, seconds)

    async def _fill_in_scopes(self, request: Request) -> None:
        for scope in request.missing_scopes:
            value = segment(scope.parameter, await self._scopes.value(scope))
            request.path = request.path.replace(f"{{{scope.parameter}}}", value)
        request.missing_scopes = ()
