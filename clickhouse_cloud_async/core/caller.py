"""Carries out operations: from arguments to results, whole or page by page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from .arguments import checked_id, checked_retry, checked_timeout
from .building import NOTHING, RequestBuilder
from .call import Call
from .call_runner import CallRunner
from .errors import (
    BadRequestError,
    IncompleteListError,
    NotFoundError,
    ResponseDecodeError,
)
from .files import written_file
from .holding import sending_changes
from .lookups import name_lookups
from .pages import read_page
from .paging import following
from .problems import annotate, check_status
from .responses import read_result
from .retry import RetryPolicy
from .scopes import ScopeValue
from .settling import SettlingResource
from .values import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from contextlib import AbstractContextManager
    from os import PathLike
    from uuid import UUID

    from .api import API
    from .attempts import Sender
    from .building import Path, Query
    from .conflicts import PassingConflict
    from .deadline import Deadline
    from .drift import Drift
    from .limits import LimiterStatistics, RateLimit
    from .messages import Request, Response
    from .operation import Operation, PathValue
    from .scopes import Scopes
    from .streams import ResponseStream
    from .telemetry import Stats
    from .timeouts import Timeout
    from .transport import Transport
    from .values import Secret
    from .waiting.poller import Pollers

T = TypeVar("T")

ONCE = RetryPolicy(attempts=1)
"""The policy of callers that retry on their own."""


class Caller:
    """Makes the calls of one client, for all its namespaces.

    Args:
        api: The API that is called.
        transport: The connections.
        sender: Sends requests over them.
        timeout: Default timeout of a call in seconds; None for no limit.
        policy: The retry policy.
        scopes: Values of scopes that calls omit.
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
        self._timeout = timeout
        self._policy = policy
        self._scopes = scopes
        self._builders: dict[Operation[Any], RequestBuilder] = {}
        self._runner = CallRunner(api, sender, timeout, scopes)
        self.transport = transport
        self.pollers = pollers
        self.drift = drift

    @property
    def api(self) -> API:
        """The API that is called."""
        return self._api

    @property
    def scopes(self) -> Scopes:
        """Values of scopes that calls omit."""
        return self._scopes

    @property
    def stats(self) -> Stats:
        """Counts of requests and responses so far."""
        return self._sender.stats

    @property
    def rate_limit(self) -> RateLimit | None:
        """The rate limit that applies at present; None for no limit."""
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
            conflict: Its conflicts that pass by themselves; None if there are none.

        Returns:
            The decoded result.

        Raises:
            CloudError: A failure; see its subclasses.
        """
        call = self._begin(operation, path, query, body, headers)
        created = self.pollers.created
        call.is_expected = created.expects(operation.method, call.request.path)
        settling = None if conflict is None else self._settling(conflict, path)
        response = await self._runner.run(call, timeout, settling)
        try:
            result: T = read_result(operation, call.request, response, self.drift)
        except (BadRequestError, NotFoundError) as error:
            name_lookups(error, path, self._api.lookups)
            raise
        if operation.method == "POST":
            created.add(result, call.request.path)
        elif operation.method == "DELETE":
            created.discard(call.request.path)
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
        """Write an operation's binary result of any size to a file.

        The file appears under its name when it is complete, and replaces an existing one.

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
        call = self._begin(operation, path, query)
        with written_file(save_to) as file:
            call.request.save_to = file
            response = await self._runner.run(call, timeout)
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
        """Yield the items of a paged list, requesting each page when it is needed.

        Args:
            operation: A list operation with paging.
            path: As in `call`.
            query: As in `call`; its paging parameter selects the first page.
            body: As in `call`.
            timeout: Seconds for each page; otherwise as in `call`.

        Raises:
            CloudError: A failure; see its subclasses.
        """
        paging = operation.paging
        assert paging is not None, "the operation has paging"
        next_query: Query | None = paging.first(query)
        seen = 0
        while next_query is not None:
            query = next_query
            call = self._begin(operation, path, query, body)
            with sending_changes():  # some lists are requested with POST
                response = await self._runner.run(call, timeout)
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
        """Return a caller with other defaults over the same connections and rate limit.

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
        """Send the request of a read once, and return its response with any status, not decoded.

        Its timeout begins when it is sent, not while it waits for the rate limit.

        Args:
            operation: The operation, which only reads.
            path: As in `call`.
            query: As in `call`.
            not_before: Earliest time of sending, by the event loop's clock.
            on_sent: Called when it is sent.

        Raises:
            CloudError: A failure; see its subclasses.
        """
        call = self._begin(operation, path, query)
        call.policy = ONCE
        call.not_before = not_before
        return call, await self._runner.run_from_sending(call, on_sent)

    async def raw(self, request: Request, timeout: float | Unset | None) -> tuple[Call, Response]:
        """Send a request by path.

        Raises:
            CloudError: A failure; see its subclasses.
        """
        call = Call(request, self._policy)
        response = await self._runner.run(call, timeout)
        check_status(call.request, response)
        return call, response

    async def open(
        self,
        request: Request,
        *,
        timeout: float | None,
        authorization: Secret | None = None,
        read_timeout: float | None,
    ) -> tuple[Call, ResponseStream]:
        """Send a request once, and return its response with any status, before its body is read.

        It is meant for servers beside the API: it is not rate limited and never retried.

        Args:
            request: The request, which names its server.
            timeout: Seconds until the response begins; None for no limit.
            authorization: The Authorization header; None for that of the client.
            read_timeout: The longest silence of the server, in seconds; None for no limit.

        Raises:
            CloudError: No response came; see its subclasses.
        """
        call = Call(request, ONCE)
        return call, await self._runner.open(call, timeout, authorization, read_timeout)

    def check_path(self, operation: Operation[Any], path: Path) -> None:
        """Check path parameters without sending a request.

        Args:
            operation: The operation.
            path: As in `call`.

        Raises:
            InvalidArgumentError: One of them is invalid.
        """
        self._begin(operation, path)

    def _begin(
        self,
        operation: Operation[Any],
        path: Path,
        query: Query = NOTHING,
        body: object = UNSET,
        headers: Query = NOTHING,
    ) -> Call:
        """Return a new call with its request, which is not sent yet."""
        builder = self._builders.get(operation)
        if builder is None:
            builder = RequestBuilder(operation, self._api, self._scopes)
            self._builders[operation] = builder
        return Call(builder.build(path, query, body, headers), self._policy)

    def _settling(self, conflict: PassingConflict, path: Path) -> SettlingResource | None:
        """Return the resource that may refuse a call while it settles; None without retries."""
        if self._policy.attempts == ONCE.attempts:
            return None
        get = conflict.lifecycle.get
        assert get is not None, "the generator checks that the resource can be read"
        read = partial(self.call, get, path=path)
        return SettlingResource(conflict, read, self.pollers.polling.speed)

    async def pause(self, seconds: float) -> None:
        """Wait between two calls of a method.

        Args:
            seconds: How long.

        Raises:
            ConfigurationError: The client was closed meanwhile.
        """
        await self._sender.pause(seconds)

    def deadline(self, timeout: float | Unset | None) -> Deadline:
        """Return the deadline of a call that sends several requests.

        Args:
            timeout: As in `call`.

        Raises:
            InvalidArgumentError: It is not a positive number.
        """
        return self._runner.deadline(timeout)

    def time_limit(self, seconds: float | None) -> AbstractContextManager[Timeout | None]:
        """Return a context manager that ends its body with `TimeoutError` after some time."""
        return self._runner.time_limit(seconds)

    async def with_scopes(self, template: str, path: Path) -> dict[str, PathValue | None]:
        """Return path parameters with the client's scopes in place of omitted ones.

        Args:
            template: The path with placeholders.
            path: Value of each path parameter.
        """
        filled = dict(path)
        for name, scope in self._api.scopes_in(template).items():
            if filled.get(name, "") is None:
                filled[name] = await self._scopes.value(scope)
        return filled

    async def default_scope(self) -> str:
        """Return the first of the API's scopes, such as the organisation."""
        return await self._scopes.default()
