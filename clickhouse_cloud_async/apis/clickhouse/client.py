"""The async client of the ClickHouse Cloud API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.client import (
    DEFAULT_TIMEOUT,
    MAX_RESPONSE_BYTES,
    AsyncAPIClient,
)
from clickhouse_cloud_async.core.values import UNSET, protect

from .api import CLICKHOUSE_CLOUD
from .namespaces import AsyncNamespaces

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self
    from uuid import UUID

    import aiohttp

    from clickhouse_cloud_async.core.drift import DriftInfo
    from clickhouse_cloud_async.core.http_options import HTTPOptions
    from clickhouse_cloud_async.core.limits import RateLimit
    from clickhouse_cloud_async.core.retry import RetryPolicy
    from clickhouse_cloud_async.core.telemetry import RequestInfo, ResponseInfo, RetryInfo
    from clickhouse_cloud_async.core.values import Secret, Unset
    from clickhouse_cloud_async.core.waiting.policy import Polling
    from clickhouse_cloud_async.fleet import AsyncFleet


class AsyncClickHouseCloud(AsyncAPIClient, AsyncNamespaces):
    """The ClickHouse Cloud API: services, backups, ClickPipes, API keys and more.

    One client serves any number of concurrent callers. Use it as a context manager, or close it
    with `close`.

    Credentials come from the first of these that has any: the arguments; the environment, as
    ``CLICKHOUSE_CLOUD_API_KEY`` and ``CLICKHOUSE_CLOUD_API_SECRET`` or ``CLICKHOUSE_CLOUD_TOKEN``;
    the profile that ``CLICKHOUSE_CLOUD_PROFILE`` names (``default`` if unset) in
    ``clickhouse-cloud/config.toml`` in the platform's user configuration folder.

    Args:
        api_key: ID of an API key.
        api_secret: Secret of that key.
        token: A bearer token, in place of key and secret.
        organization_id: Default organisation of all calls. If omitted, the one next to the
            credentials: in the environment (``CLICKHOUSE_CLOUD_ORGANIZATION_ID``) or in the
            profile; otherwise the only organisation that the key belongs to.
        profile: Name of the profile to use; the environment is then ignored. Arguments take
            precedence over it.
        base_url: Base URL of the API, with or without ``/v1``. If omitted, the URL next to the
            credentials: in the environment (``CLICKHOUSE_CLOUD_URL``) or in the profile; otherwise
            ``https://api.clickhouse.cloud``. Plain http is refused unless the host is this machine.
        timeout: Default timeout of a call in seconds, including retries; None for no limit.
        http: Connection settings, or an aiohttp session, which the caller has to close.
        rate_limit: Rate limit of the key, shared by all clients of the process that use the key;
            None for no limit. If omitted, 10 requests in 10 s, or the limit that the server sends.
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
        ConfigurationError: There are no credentials, or a setting cannot be used.
        InvalidArgumentError: An argument is of the wrong type, or the timeout is not positive.
    """

    _api = CLICKHOUSE_CLOUD

    def __init__(
        self,
        api_key: str | None = None,
        api_secret: str | Secret | None = None,
        *,
        token: str | Secret | None = None,
        organization_id: str | UUID | None = None,
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
        api_secret, token = protect(api_secret), protect(token)
        super().__init__(
            api_key=api_key,
            api_secret=api_secret,
            token=token,
            organization_id=organization_id,
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

    @property
    def fleet(self) -> AsyncFleet:
        """The fleet of this client's organisation: actions on many services at once."""
        from clickhouse_cloud_async.fleet import AsyncFleet

        return AsyncFleet((self,))

    def with_options(
        self,
        *,
        timeout: float | Unset | None = UNSET,
        retry: RetryPolicy | int | Unset = UNSET,
        organization_id: str | UUID | Unset = UNSET,
    ) -> Self:
        """Return a client with other defaults, for calls that need them.

        Both share connections, rate limit, pollers and statistics; closing one closes both.

        Args:
            timeout: Default timeout of a call in seconds, None for no limit.
            retry: Retry policy, or the number of attempts.
            organization_id: Default organisation of all calls.

        Returns:
            The new client.

        Raises:
            InvalidArgumentError: An argument is invalid.
        """
        return self._view(timeout=timeout, retry=retry, organization_id=organization_id)
