"""Base class of the clients of all APIs: settings, opening and closing."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, Self, TypeVar

from .errors import ConfigurationError, InvalidArgumentError
from .extras import require_extra
from .forking import ForkLock
from .settings import Settings, protect_settings, resolve_settings
from .uncopyable import Uncopyable
from .values import MASK, UNSET, Secret, Unset, veil

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from types import TracebackType
    from uuid import UUID

    import aiohttp

    from .api import API, Scope
    from .caller import Caller
    from .drift import Drift, DriftInfo
    from .http_options import HTTPOptions
    from .limits import LimiterStatistics, RateLimit
    from .recording import RawResponse
    from .retry import RetryPolicy
    from .telemetry import RequestInfo, ResponseInfo, RetryInfo, Stats
    from .waiting.policy import Polling
    from .waiting.statistics import PollerStatistics

P = ParamSpec("P")
T = TypeVar("T")

DEFAULT_TIMEOUT = 60.0
MAX_RESPONSE_BYTES = 64 * 1024 * 1024


def caller_of(client: AsyncAPIClient) -> Caller:
    """Return the caller of a client, for modules that extend clients.

    Args:
        client: The client; its settings cannot be changed from then on.
    """
    return client._caller  # noqa: SLF001 - of this module


def api_of(client: type[AsyncAPIClient]) -> API:
    """Return the API of a client class.

    Args:
        client: The class.
    """
    return client._api  # noqa: SLF001 - of this module


def identity_of(client: AsyncAPIClient) -> str:
    """Return the non-secret name of a client's account.

    Args:
        client: The client.
    """
    return client._settings.authenticators[""].identity  # noqa: SLF001 - of this module


class AsyncAPIClient(Uncopyable):
    """A client of one API; subclasses add its namespaces.

    It is an async context manager; without ``async with``, await `close` at the end.
    """

    _api: ClassVar[API]

    def __init__(
        self,
        *,
        profile: str | None = None,
        base_url: str | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        http: aiohttp.ClientSession | HTTPOptions | None = None,
        rate_limit: RateLimit | Unset | None = UNSET,
        retry: RetryPolicy | int | Unset = UNSET,
        polling: Polling | Unset = UNSET,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        telemetry: bool = False,
        on_request: Callable[[RequestInfo], object] | None = None,
        on_response: Callable[[ResponseInfo], object] | None = None,
        on_retry: Callable[[RetryInfo], object] | None = None,
        on_drift: Callable[[DriftInfo], object] | None = None,
        strict_responses: bool = False,
        **settings: str | Secret | UUID | None,
    ) -> None:
        from . import arguments

        settings = protect_settings(self._api, settings)
        self._made: Caller | None = None
        self._making = ForkLock()
        try:
            profile = arguments.checked_profile(profile)
            self._timeout = arguments.checked_timeout(timeout)
            arguments.checked_http(http)
            self._rate_limit = arguments.checked_rate_limit(rate_limit)
            self._retry = arguments.checked_retry(retry)
            self._polling = arguments.checked_polling(polling)
            self._max_response_bytes = arguments.checked_size(max_response_bytes)
            self._telemetry = arguments.checked_flag("telemetry", telemetry)
            self._hooks = (
                arguments.checked_hook("on_request", on_request),
                arguments.checked_hook("on_response", on_response),
                arguments.checked_hook("on_retry", on_retry),
            )
            self._on_drift = arguments.checked_hook("on_drift", on_drift)
            self._strict_responses = arguments.checked_flag("strict_responses", strict_responses)
            if telemetry:
                require_extra("opentelemetry", "otel")
            if not isinstance(rate_limit, Unset) and rate_limit and rate_limit.storage:
                require_extra("redis", "redis")
            for name in (scope.argument for scope in self._api.scopes):
                if settings.get(name) is not None:
                    arguments.checked_id(name, settings[name])
            self._settings = resolve_settings(self._api, settings, base_url, profile)
            self._http = arguments.http_for(http, self._settings)
        except (ConfigurationError, InvalidArgumentError) as error:
            error.api = self._api.name
            # The frames below hold the secrets of the environment and the profile.
            raise error.with_traceback(None) from None

    @property
    def _caller(self) -> Caller:
        """The caller; created with the first call, because its imports are slow."""
        if self._made is None:
            with self._making:
                if self._made is None:
                    self._made = self._make_caller()
        return self._made

    def _make_caller(self) -> Caller:
        from .assembly import assemble
        from .drift import Drift

        return assemble(
            self._api,
            self._settings,
            find_scope=self._find_scope,
            timeout=self._timeout,
            http=self._http,
            rate_limit=self._rate_limit,
            retry=self._retry,
            max_response_bytes=self._max_response_bytes,
            telemetry=self._telemetry,
            hooks=self._hooks,
            polling=self._polling,
            drift=Drift(self._on_drift, strict=self._strict_responses),
        )

    @property
    def stats(self) -> Stats:
        """Counts of requests, retries, bytes and seconds of waiting so far."""
        return self._caller.stats

    @property
    def rate_budget(self) -> LimiterStatistics | None:
        """The state of the key's rate limit in this process; None if the client has no limit."""
        return self._caller.rate_budget

    async def poller_statistics(self) -> list[PollerStatistics]:
        """Return the state of each poller that serves waits and watches in this event loop."""
        return self._caller.pollers.statistics()

    @property
    def drift(self) -> Drift:
        """Fields and values of responses so far that this version does not know."""
        return self._caller.drift

    def with_options(
        self, *, timeout: float | Unset | None = UNSET, retry: RetryPolicy | int | Unset = UNSET
    ) -> Self:
        """Return a client with other defaults, for calls that need them.

        Both share connections, rate limit, pollers and statistics; closing one closes both.

        Args:
            timeout: Default deadline of a call in seconds, None for no limit.
            retry: Retry policy, or the number of attempts.

        Returns:
            The new client.

        Raises:
            InvalidArgumentError: An argument is invalid.
        """
        return self._view(timeout=timeout, retry=retry)

    def _view(
        self,
        *,
        timeout: float | Unset | None,
        retry: RetryPolicy | int | Unset,
        **scopes: str | UUID | Unset,
    ) -> Self:
        """Return a client with other defaults, including scopes of the API."""
        caller = self._caller.derived(timeout=timeout, policy=retry, scopes=scopes)
        view = object.__new__(type(self))
        # Namespaces that were used already are bound to the old defaults.
        view.__dict__ = {name: value for name, value in vars(self).items() if name[0] == "_"}
        view.__dict__ |= {"_owner": self, "_made": caller}
        return view

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | float | bool | Sequence[str]] | None = None,
        json: object = UNSET,
        timeout: float | Unset | None = UNSET,
    ) -> RawResponse[Any]:
        """Send a request by its path, for operations that this version does not know.

        It is handled like all other calls: credentials, rate limit, retries of GET, HEAD, PUT and
        DELETE, and errors.

        Args:
            method: HTTP method.
            path: Percent-encoded path from the version segment on, such as ``/v1/things``. The
                placeholder of a scope is replaced with the client's value.
            params: Query parameters; a list is sent as one parameter per item.
            json: JSON body; none by default.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            The whole response; its result is the parsed JSON, the text if it is not JSON, or None.

        Raises:
            InvalidArgumentError: An argument cannot be sent; nothing was sent.
            CloudError: Any other failure; see its subclasses.
        """
        from .by_path import request_by_path

        json = veil(json)
        return await request_by_path(self._caller, method, path, params or {}, json, timeout)

    async def with_response(
        self,
        function: Callable[P, Awaitable[T]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> RawResponse[T]:
        """Make a call and return its whole response.

        Args:
            function: A method of this client, such as ``cloud.services.get``.
            *args: Its arguments.
            **kwargs: Its keyword arguments.

        Returns:
            The result together with status, headers, request ID, attempts and body. If the method
            sends several requests, they are those of the last one.

        Raises:
            CloudError: Any error that the method raises.
        """
        from .recording import recording

        with recording() as recorded:
            result = await function(*args, **kwargs)
        return recorded.response(result)

    @property
    def base_url(self) -> str:
        """Base URL of requests, without the version segment."""
        return self._settings.base_url

    async def close(self) -> None:
        """Close all connections; the client cannot be used again. A second call does nothing.

        Calls and waits that are still in progress end with an error.
        """
        await self._caller.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        settings: Settings | None = self.__dict__.get("_settings")
        where = f" of {settings.base_url} with {MASK}" if settings else ""
        return f"<{type(self).__name__}{where}>"

    def __del__(self) -> None:
        caller: Caller | None = self.__dict__.get("_made")
        if caller is not None and "_owner" not in self.__dict__ and caller.transport.needs_closing:
            warnings.warn(
                f"{self!r} was garbage collected unclosed: use `async with` or await close()",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )
            caller.transport.drop()

    async def _find_scope(self, scope: Scope) -> str:
        """Look up a scope with the API.

        Raises:
            ConfigurationError: This scope cannot be looked up.
        """
        if scope.find is None:
            raise ConfigurationError(f"no {scope.noun}: pass {scope.argument}")
        return await scope.find(self)


class AsyncNamespace(Uncopyable):
    """A group of operations of a client.

    Args:
        caller: The caller of the client.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
