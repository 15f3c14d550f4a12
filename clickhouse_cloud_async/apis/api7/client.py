"""The async client of the API7 Cloud API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.client import (
    DEFAULT_TIMEOUT,
    MAX_RESPONSE_BYTES,
    AsyncAPIClient,
)
from clickhouse_cloud_async.core.values import UNSET, protect

from .api import API7_CLOUD
from .namespaces import AsyncNamespaces

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    import aiohttp

    from clickhouse_cloud_async.core.drift import DriftInfo
    from clickhouse_cloud_async.core.http_options import HTTPOptions
    from clickhouse_cloud_async.core.limits import RateLimit
    from clickhouse_cloud_async.core.retry import RetryPolicy
    from clickhouse_cloud_async.core.telemetry import RequestInfo, ResponseInfo, RetryInfo
    from clickhouse_cloud_async.core.values import Secret, Unset
    from clickhouse_cloud_async.core.waiting.policy import Polling


class AsyncAPI7Cloud(AsyncAPIClient, AsyncNamespaces):
    """The API7 Cloud API: control planes, applications, APIs, consumers and more.

    One client serves any number of concurrent callers. Use it as a context manager, or close it
    with `close`.

    The token comes from the first of these that has one: the argument; the environment, as
    ``API7_CLOUD_TOKEN`` or ``API7_CLOUD_ACCESS_TOKEN``; the profile that ``API7_CLOUD_PROFILE``
    names (``default`` if unset) in ``api7-cloud/config.toml`` in the platform's user configuration
    folder.

    Args:
        token: A personal access token.
        organization_id: Default organisation of all calls. If omitted, the one next to the token:
            in the environment (``API7_CLOUD_ORGANIZATION_ID``) or in the profile; otherwise the
            only organisation of the token's user.
        control_plane_id: Default control plane of all calls. If omitted, the one next to the token:
            in the environment (``API7_CLOUD_CONTROL_PLANE_ID``) or in the profile; otherwise the
            only control plane of the organisation.
        profile: Name of the profile to use; the environment is then ignored. Arguments take
            precedence over it.
        base_url: Base URL of the API, with or without ``/api/v1``. If omitted, the URL next to the
            token: in the environment (``API7_CLOUD_URL`` or ``API7_CLOUD_ADDR``) or in the profile;
            otherwise ``https://api.api7.cloud``. Plain http is refused unless the host is this
            machine.
        timeout: Default timeout of a call in seconds, including retries; None for no limit.
        http: Connection settings, or an aiohttp session, which the caller has to close.
        rate_limit: Rate limit of the token, shared by all clients of the process that use the
            token; None for no limit, which is the default.
        retry: Retry policy, or the number of attempts.
        polling: Polling intervals of the ``wait_until`` family.
        max_response_bytes: Largest response body that is accepted, in bytes after decompression.
        telemetry: Whether to record OpenTelemetry spans and metrics (extra ``otel``).
        on_request: Called before each attempt.
        on_response: Called after each attempt.
        on_retry: Called before the wait for a retry, with its cause and duration.
        on_drift: Called once for each unknown field, value, variant or type in responses.
        strict_responses: Whether a value of a wrong JSON type raises `ResponseDecodeError`. By
            default it is kept as received, and logged once.

    Raises:
        ConfigurationError: There is no token, it has expired, or a setting cannot be used.
        InvalidArgumentError: An argument is of the wrong type, or the timeout is not positive.
    """

    _api = API7_CLOUD

    def __init__(
        self,
        token: str | Secret | None = None,
        *,
        organization_id: str | None = None,
        control_plane_id: str | None = None,
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
    ) -> None:
        token = protect(token)
        super().__init__(
            token=token,
            organization_id=organization_id,
            control_plane_id=control_plane_id,
            profile=profile,
            base_url=base_url,
            timeout=timeout,
            http=http,
            rate_limit=rate_limit,
            retry=retry,
            polling=polling,
            max_response_bytes=max_response_bytes,
            telemetry=telemetry,
            on_request=on_request,
            on_response=on_response,
            on_retry=on_retry,
            on_drift=on_drift,
            strict_responses=strict_responses,
        )

    def with_options(
        self,
        *,
        timeout: float | Unset | None = UNSET,
        retry: RetryPolicy | int | Unset = UNSET,
        organization_id: str | Unset = UNSET,
        control_plane_id: str | Unset = UNSET,
    ) -> Self:
        """Return a client with other defaults, for calls that need them.

        Both share connections, rate limit, pollers and statistics; closing one closes both.

        Args:
            timeout: Default timeout of a call in seconds, None for no limit.
            retry: Retry policy, or the number of attempts.
            organization_id: Default organisation of all calls.
            control_plane_id: Default control plane of all calls.

        Returns:
            The new client.

        Raises:
            InvalidArgumentError: An argument is invalid.
        """
        return self._view(
            timeout=timeout,
            retry=retry,
            organization_id=organization_id,
            control_plane_id=control_plane_id,
        )
