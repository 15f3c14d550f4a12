"""Putting a client's parts together, once it makes its first call."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from .attempts import Sender
from .caller import Caller
from .limiter import limiter_for
from .limits import DEFAULT_RATE_LIMIT, Budget, RateLimit
from .retry import RetryPolicy
from .telemetry import Observers
from .transport import Transport
from .values import Unset
from .waiting.policy import Polling
from .waiting.poller import Pollers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import aiohttp

    from .drift import Drift
    from .http_options import HTTPOptions
    from .settings import API, Credentials, Settings
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
    find_scope: Callable[[], Awaitable[str]],
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
    """Make the way of a client's calls: caller, sender, transport."""
    transport = Transport(settings.base_url, settings.credentials, http, max_response_bytes)
    budget = None if rate_limit is None else _budget(settings, rate_limit)
    observers = Observers(
        on_request=hooks[0],
        on_response=hooks[1],
        on_retry=hooks[2],
        tracer=_tracer(settings) if telemetry else None,
    )
    return Caller(
        api,
        transport,
        Sender(transport, budget, observers),
        timeout,
        RetryPolicy() if isinstance(retry, Unset) else retry,
        settings.organization_id,
        settings.organization_origin,
        find_scope,
        Pollers(Polling() if isinstance(polling, Unset) else polling, budget),
        drift,
    )


def _budget(settings: Settings, asked_for: RateLimit | Unset) -> Budget:
    identity = _identity(settings.credentials)
    limit = None if isinstance(asked_for, Unset) else asked_for
    local = limiter_for(settings.base_url, identity, limit, DEFAULT_RATE_LIMIT)
    if limit is None or limit.storage is None:
        return local
    from .shared_limits import SharedLimiter

    return SharedLimiter(local, limit, f"{settings.base_url} {identity}")


def _identity(credentials: Credentials) -> str:
    """What tells credentials apart without being secret."""
    if credentials.api_key is not None:
        return credentials.api_key
    return hashlib.sha256(credentials.secret.reveal().encode()).hexdigest()


def _tracer(settings: Settings) -> Tracer:
    from .tracing import OpenTelemetryTracer

    return OpenTelemetryTracer(settings.base_url)
