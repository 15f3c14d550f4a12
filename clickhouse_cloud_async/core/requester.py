"""Sends the requests of a client, and returns their responses unprocessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .building import NOTHING, RequestBuilder
from .call import Call
from .call_runner import CallRunner
from .problems import check_status
from .retry import RetryPolicy
from .values import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from .api import API
    from .attempts import Sender
    from .building import Path, Query
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

ONCE = RetryPolicy(attempts=1)
"""The policy of callers that retry on their own."""


class Requester:
    """Sends the requests of one client.

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
            path: Value of each path parameter.
            query: Value of each query parameter, or `UNSET`.
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
            read_timeout: Maximum time without data, in seconds; None for no limit.

        Raises:
            CloudError: No response was received; see its subclasses.
        """
        call = Call(request, ONCE)
        return call, await self._runner.open(call, timeout, authorization, read_timeout)

    def check_path(self, operation: Operation[Any], path: Path) -> None:
        """Check path parameters without sending a request.

        Args:
            operation: The operation.
            path: Value of each path parameter; the scope may be None.

        Raises:
            InvalidArgumentError: One of them is invalid.
        """
        self._begin(operation, path)

    async def pause(self, seconds: float) -> None:
        """Wait between two calls of a method.

        Args:
            seconds: Duration of the wait.

        Raises:
            ConfigurationError: The client was closed meanwhile.
        """
        await self._sender.pause(seconds)

    def deadline(self, timeout: float | Unset | None) -> Deadline:
        """Return the deadline of a call that sends several requests.

        Args:
            timeout: Seconds for all requests; None for no limit, `UNSET` for the client's.

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
