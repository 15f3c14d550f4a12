"""Carries out operations: builds the request, sends it, reads the response, turns pages."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

import attrs

from .arguments import checked_id, checked_retry, checked_timeout
from .building import NOTHING, build_request
from .call import Call
from .call_errors import timeout_error
from .conflicts import PAUSE, RETRY_FOR
from .deadline import Deadline
from .errors import (
    BadRequestError,
    CloudError,
    IncompleteListError,
    NotFoundError,
    ResponseDecodeError,
)
from .files import written_file
from .held import hold_change
from .holding import sending_changes
from .pages import read_page
from .paging import following
from .paths import segment
from .problems import annotate, check_status
from .recording import record
from .responses import read_result
from .retry import RetryPolicy
from .scopes import ScopeValue
from .timeouts import Timeout, Timeouts
from .values import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from os import PathLike

    from .api import API
    from .attempts import Sender
    from .building import Path, Query
    from .conflicts import PassingConflict
    from .drift import Drift
    from .limits import LimiterStatistics, RateLimit
    from .messages import Request, Response
    from .operation import Operation, PathValue
    from .scopes import Scopes
    from .telemetry import Stats
    from .transport import Transport
    from .waiting.poller import Pollers

T = TypeVar("T")

IDEMPOTENT_METHODS = frozenset(("GET", "HEAD", "PUT", "DELETE"))

ONCE = RetryPolicy(attempts=1)
"""For callers that retry on their own."""


class Caller:
    """One client's way to its API, shared by all its namespaces.

    Args:
        api: The API that is called.
        transport: The connections.
        sender: Sends requests over them.
        timeout: Seconds for a whole call where the call does not say; None for no limit.
        policy: How often and how soon failed requests are sent again.
        scopes: The scopes that calls leave out.
        pollers: The polls of all waits.
        drift: Reads results, and collects deviations from the contract.
    """

    def __init__(
        self,
        api: API,
        transport: Transport,
        sender: Sender,
        timeout: float | None,
        policy: RetryPolicy,
        scopes: Scopes,
        pollers: Pollers,
        drift: Drift,
    ) -> None:
        self._api = api
        self._sender = sender
        self._policy = policy
        self._timeout = timeout
        self._scopes = scopes
        self._timeouts: Timeouts | None = None
        self.transport = transport
        self.pollers = pollers
        self.drift = drift

    @property
    def api(self) -> API:
        """The API that is called."""
        return self._api

    @property
    def scopes(self) -> Scopes:
        """The scopes that calls leave out."""
        return self._scopes

    @property
    def stats(self) -> Stats:
        """Counts of requests and responses so far."""
        return self._sender.stats

    @property
    def rate_limit(self) -> RateLimit | None:
        """How many requests go in which time at present; None for no limit."""
        limiter = self._sender.limiter
        return None if limiter is None else limiter.limit

    @property
    def rate_budget(self) -> LimiterStatistics | None:
        """The state of the rate limit; None for no limit."""
        limiter = self._sender.limiter
        return None if limiter is None else limiter.statistics()

    async def close(self) -> None:
        """End all waits and close all connections."""
        await self.pollers.close()
        await self._sender.close()

    async def call(
        self,
        operation: Operation[T],
        *,
        path: Path = NOTHING,
        query: Query = NOTHING,
        body: object = UNSET,
        headers: Query = NOTHING,
        timeout: float | Unset | None = UNSET,
        conflict: PassingConflict | None = None,
    ) -> T:
        """Carry out an operation.

        Args:
            operation: The operation.
            path: Value of each path parameter; the scope may be None.
            query: Value of each query parameter, or `UNSET`.
            body: The request body, as the operation declares it; `UNSET` for none.
            headers: Value of each header parameter, or `UNSET`.
            timeout: Seconds for the whole call; None for no limit, `UNSET` for the client's.
            conflict: Which of its conflicts pass by themselves; None where none does.

        Returns:
            The decoded result.

        Raises:
            CloudError: A failure; see its subclasses.
        """
        request = self._request(operation, path, query, body, headers)
        settling = None if conflict is None else (conflict, path)
        call, response = await self._send(
            request, timeout, idempotent=operation.idempotent, settling=settling
        )
        try:
            result = cast("T", read_result(operation, call.request, response, self.drift))
        except (BadRequestError, NotFoundError) as error:
            name_lookups(error, path, self._api.lookups)
            raise
        if call.request.method == "POST":
            self.pollers.created.add(result, call.request.path)
        elif call.request.method == "DELETE":
            self.pollers.created.discard(call.request.path)
        return result

    async def download(
        self,
        operation: Operation[bytes],
        save_to: str | PathLike[str],
        *,
        path: Path = NOTHING,
        query: Query = NOTHING,
        timeout: float | Unset | None = UNSET,
    ) -> int:
        """Write the bytes that are an operation's result to a file, whatever their number.

        The file appears under its name when it is complete; what is there before is replaced.

        Args:
            operation: An operation whose result is bytes.
            save_to: Path of the file.
            path: As in `call`.
            query: As in `call`.
            timeout: As in `call`.

        Returns:
            The number of bytes.

        Raises:
            CloudError: A failure; see its subclasses.
        """
        request = self._request(operation, path, query, UNSET)
        with written_file(save_to) as file:
            request.save_to = file
            call, response = await self._send(request, timeout, idempotent=operation.idempotent)
            check_status(call.request, response)
            return file.tell()

    async def pages(
        self,
        operation: Operation[list[T]],
        *,
        path: Path = NOTHING,
        query: Query = NOTHING,
        body: object = UNSET,
        timeout: float | Unset | None = UNSET,
    ) -> AsyncIterator[T]:
        """Yield the items of a paged list, asking for the next page when it is needed.

        Args:
            operation: A list operation with paging.
            path: As in `call`.
            query: As in `call`; its paging parameter says where to begin.
            body: As in `call`.
            timeout: Seconds for each page; otherwise as in `call`.

        Raises:
            CloudError: A failure; see its subclasses.
        """
        paging = operation.paging
        assert paging is not None, "only operations with paging are called so"
        next_query: Query | None = paging.first(query)
        seen = 0
        while next_query is not None:
            query = next_query
            request = self._request(operation, path, query, body)
            with sending_changes():  # some lists are asked for with POST
                call, response = await self._send(request, timeout, idempotent=operation.idempotent)
            items, page = read_page(operation, call.request, response, self.drift)
            for item in items:
                yield item
            try:
                seen += page.length
                next_query = following(paging, query, attrs.evolve(page, seen=seen))
            except (IncompleteListError, ResponseDecodeError) as error:
                annotate(error, call.request, response)
                raise

    def derived(
        self,
        *,
        timeout: float | Unset | None,
        policy: RetryPolicy | int | Unset,
        scopes: Mapping[str, str | UUID | Unset],
    ) -> Caller:
        """A caller over the same connections and budget with other defaults.

        Raises:
            InvalidArgumentError: A default is invalid.
        """
        policy = checked_retry(policy)
        given = {
            name: ScopeValue(checked_id(name, value), None)
            for name, value in scopes.items()
            if not isinstance(value, Unset)
        }
        return Caller(
            self._api,
            self.transport,
            self._sender,
            self._timeout if timeout is UNSET else checked_timeout(timeout),
            self._policy if policy is UNSET else policy,
            self._scopes.changed(given),
            self.pollers,
            self.drift,
        )

    async def send_once(
        self,
        operation: Operation[Any],
        *,
        path: Path,
        query: Query,
        not_before: float,
        on_sent: Callable[[], object],
    ) -> tuple[Call, Response]:
        """Send the request of a read once, and give its response unread, whatever its status.

        However long it waits for the rate limit, its time limit begins when it is sent.

        Args:
            operation: The operation, which only reads.
            path: As in `call`.
            query: As in `call`.
            not_before: Time of the event loop before which it is not sent.
            on_sent: Called when it is sent.

        Raises:
            CloudError: A failure; see its subclasses.
        """
        request = self._request(operation, path, query, UNSET)
        call = Call(request, idempotent=True, policy=ONCE, not_before=not_before)
        loop = asyncio.get_running_loop()

        def sent() -> None:
            if self._timeout is not None:
                limit.reschedule(loop.time() + self._timeout)
            on_sent()

        call.on_sent = sent
        with self._sender.traced(call):
            try:
                async with asyncio.timeout(None) as limit:
                    response = await self._sender.send(call)
            except TimeoutError as error:
                failure = timeout_error(call, f"no response within {self._timeout:g} s", error)
                raise failure from failure.__cause__
            except CloudError as error:
                error.api = self._api.name
                raise
        return call, response

    async def raw(self, request: Request, timeout: float | Unset | None) -> tuple[Call, Response]:
        """Send a request that is no operation.

        Raises:
            CloudError: A failure; see its subclasses.
        """
        idempotent = request.method in IDEMPOTENT_METHODS
        call, response = await self._send(request, timeout, idempotent=idempotent)
        check_status(call.request, response)
        return call, response

    def _request(
        self,
        operation: Operation[Any],
        path: Path,
        query: Query,
        body: object,
        headers: Query = NOTHING,
    ) -> Request:
        return build_request(operation, path, query, body, self._api, self._scopes, headers)

    async def _send(
        self,
        request: Request,
        timeout: float | Unset | None,
        *,
        idempotent: bool,
        settling: tuple[PassingConflict, Path] | None = None,
    ) -> tuple[Call, Response]:
        call = Call(request, idempotent, self._policy)
        began = time.monotonic()
        with self._sender.traced(call):
            if settling is None or self._policy.attempts == ONCE.attempts:
                response = await self._carry_out(call, timeout)
            else:
                response = await self._carry_out_once_settled(call, *settling, timeout)
        call.elapsed = time.monotonic() - began
        record(call, response)
        return call, response

    async def _carry_out_once_settled(
        self, call: Call, conflict: PassingConflict, path: Path, timeout: float | Unset | None
    ) -> Response:
        """Send a request, and send it again as long as a settling resource refuses it.

        A timeout of the caller holds for all of it, and the client's for what lies between two
        waits: it is made for single requests.
        """
        limit = None if isinstance(timeout, Unset) else checked_timeout(timeout)
        deadline, speed = Deadline(limit), self.pollers.polling.speed
        window = Deadline(min(RETRY_FOR / speed, math.inf if limit is None else limit))

        def left() -> float | Unset | None:
            return timeout if isinstance(timeout, Unset) else deadline.left()

        response = await self._carry_out(call, left())
        while (
            conflict.may_pass(call.request, response)
            and window.has_time_for(PAUSE / speed)
            and await self._is_settling(conflict, path, left())
            and await self._sender.wait_for_settling(call, response, PAUSE / speed)
        ):
            response = await self._carry_out(call, left())
        return response

    async def _is_settling(
        self, conflict: PassingConflict, path: Path, timeout: float | Unset | None
    ) -> bool:
        get = conflict.lifecycle.get
        assert get is not None, "the generator checks that the resource can be read"
        try:
            item = await self.call(get, path=path, timeout=timeout)
        except CloudError:
            # The refusal counts; the key may not be allowed to see the resource.
            return False
        return conflict.allows(item)

    async def _carry_out(self, call: Call, timeout: float | Unset | None) -> Response:
        seconds = self._timeout if timeout is UNSET else checked_timeout(timeout)
        try:
            with self.time_limit(seconds) as limit:
                call.deadline = None if limit is None else limit.when
                if call.request.missing_scopes:
                    await self._fill_in_scopes(call)
                hold_change(call.request)
                return await self._sender.send(call)
        except TimeoutError as error:
            what = "no response" if call.attempts else "no request could be sent"
            failure = timeout_error(call, f"{what} within {seconds:g} s", error)
            raise failure from failure.__cause__
        except CloudError as error:
            error.api = self._api.name
            raise

    async def pause(self, seconds: float) -> None:
        """Wait between two calls of a method.

        Args:
            seconds: How long.

        Raises:
            ConfigurationError: The client was closed meanwhile.
        """
        await self._sender.pause(seconds)

    def deadline(self, timeout: float | Unset | None) -> Deadline:
        """Return the end of a call's time, for a call that sends several requests.

        Args:
            timeout: As in `call`.

        Raises:
            InvalidArgumentError: It is not a positive number.
        """
        return Deadline(self._timeout if isinstance(timeout, Unset) else checked_timeout(timeout))

    def time_limit(self, seconds: float | None) -> AbstractContextManager[Timeout | None]:
        """Return a context manager that ends its body with `TimeoutError` after some time."""
        if seconds is None:
            return nullcontext()
        loop = asyncio.get_running_loop()
        # A local name, because a call in another loop may put its own there meanwhile.
        timeouts = self._timeouts
        if timeouts is None or timeouts.loop is not loop:
            self._timeouts = timeouts = Timeouts(loop)
        return Timeout(timeouts, seconds)

    async def _fill_in_scopes(self, call: Call) -> None:
        path = call.request.path
        for scope in call.request.missing_scopes:
            value = segment(scope.parameter, await self._scopes.value(scope))
            path = path.replace(f"{{{scope.parameter}}}", value)
        call.request = attrs.evolve(call.request, path=path, missing_scopes=())

    async def with_scopes(self, template: str, path: Path) -> dict[str, PathValue | None]:
        """Return path parameters with the client's scopes in place of omitted ones.

        Args:
            template: The path with placeholders.
            path: Value of each path parameter.
        """
        filled = dict(path)
        for name, scope in self._scopes.in_path(template).items():
            if filled.get(name, "") is None:
                filled[name] = await self._scopes.value(scope)
        return filled

    async def default_scope(self) -> str:
        """Return the first of the API's scopes, such as the organisation."""
        return await self._scopes.default()


def name_lookups(
    error: BadRequestError | NotFoundError, path: Path, lookups: Mapping[str, str]
) -> None:
    """Say of a name that was passed in the place of an id how to find the id.

    Args:
        error: The API's refusal, which is given a hint.
        path: Value of each path parameter.
        lookups: For path parameters that are UUIDs, the method that finds one by its name.
    """
    for parameter, method in lookups.items():
        value = path.get(parameter)
        if isinstance(value, str) and not _is_uuid(value):
            error.hint = f"{value!r} is not an id, look it up with {method}({value!r})"


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
