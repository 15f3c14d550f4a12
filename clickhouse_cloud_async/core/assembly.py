"""Assembles the parts of a client for its first call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .attempts import Sender
from .caller import Caller
from .limiter_registry import limiter_for
from .limits import Budget, RateLimit
from .retry import RetryPolicy
from .scopes import ScopeFinder, Scopes
from .telemetry import Observers
from .transport import Transport
from .values import Unset
from .waiting.policy import Polling
from .waiting.poller import Pollers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import aiohttp

    from .api import API, Scope
    from .drift import Drift
    from .http_options import HTTPOptions
    from .settings import Settings
    from .telemetry import RequestInfo, ResponseInfo, RetryInfo, Tracer

Hooks = tuple[
    "Callable[[RequestInfo], object] | None",
    "Callable[[ResponseInfo], object] | None",
    "Callable[[RetryInfo], object] | None",
]
"""The hooks before and after an attempt, and before the wait for another one."""


def assemble(
    api: API,
    settings: Settings,
    *,
    find_scope: Callable[[Scope], Awaitable[str]],
    timeout: float | None,
    http: aiohttp.ClientSession | HTTPOptions | None,
    rate_limit: RateLimit | Unset | None,
    retry: RetryPolicy | Unset,
    max_response_bytes: int,
    telemetry: bool,
    hooks: Hooks,
    polling: Polling | Unset,
    drift: Drift,
) -> Caller:
    """Create the caller of a client, with its sender and its transport."""
    transport = Transport(settings.base_url, http, max_response_bytes)
    budget = None if rate_limit is None else _budget(api, settings, rate_limit)
    observers = Observers(
        on_request=hooks[0],
        on_response=hooks[1],
        on_retry=hooks[2],
        tracer=_tracer(api, settings) if telemetry else None,
    )
    caller = Caller(
        api,
        transport,
        Sender(transport, budget, observers, settings.authenticators),
        timeout,
        RetryPolicy() if isinstance(retry, Unset) else retry,
        Scopes(api, settings.scopes, ScopeFinder(find_scope)),
        Pollers(Polling() if isinstance(polling, Unset) else polling, budget),
        drift,
    )
    for authenticator in settings.authenticators.values():
        authenticator.bind(caller)
    return caller


def _budget(api: API, settings: Settings, asked_for: RateLimit | Unset) -> Budget | None:
    """Return the limiter of a client's credentials; None if neither API nor client sets a limit."""
    limit = None if isinstance(asked_for, Unset) else asked_for
    default = limit
    if api.rate_limit is not None:
        requests, per = api.rate_limit
        default = RateLimit(requests, per=per)
    if default is None:
        return None
    identity = settings.authenticators[""].identity
    local = limiter_for(settings.base_url, identity, limit, default)
    if limit is None or limit.storage is None:
        return local
    from .shared_limits import SharedLimiter

    return SharedLimiter(local, limit, f"{settings.base_url} {identity}")


def _tracer(api: API, settings: Settings) -> Tracer:
    from .tracing import OpenTelemetryTracer

    return OpenTelemetryTracer(settings.base_url, api.metrics)
