"""The async client of the Omnistrate API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.client import (
    DEFAULT_TIMEOUT,
    MAX_RESPONSE_BYTES,
    AsyncAPIClient,
)
from clickhouse_cloud_async.core.values import UNSET, protect

from .api import OMNISTRATE
from .namespaces import AsyncNamespaces

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiohttp

    from clickhouse_cloud_async.apis.omnistrate.fleet import AsyncFleet
    from clickhouse_cloud_async.core.drift import DriftInfo
    from clickhouse_cloud_async.core.http_options import HTTPOptions
    from clickhouse_cloud_async.core.limits import RateLimit
    from clickhouse_cloud_async.core.retry import RetryPolicy
    from clickhouse_cloud_async.core.telemetry import RequestInfo, ResponseInfo, RetryInfo
    from clickhouse_cloud_async.core.values import Secret, Unset
    from clickhouse_cloud_async.core.waiting.policy import Polling


class AsyncOmnistrate(AsyncAPIClient, AsyncNamespaces):
    """The Omnistrate API: services with their plans, subscriptions, instances and more.

    One client serves any number of concurrent callers. Use it as a context manager, or close it
    with `close`.

    It signs in before the first call that needs credentials, and again before its session expires
    or when the API says that it has. Pass one of three: an API key, an e-mail address with its
    password, or a token. They come from the first of these sources that has any: the arguments; the
    environment, as ``OMNISTRATE_API_KEY``, as ``OMNISTRATE_EMAIL`` and ``OMNISTRATE_PASSWORD``, or
    as ``OMNISTRATE_TOKEN``; the profile that ``OMNISTRATE_PROFILE`` names (``default`` if unset) in
    ``omnistrate/config.toml`` in the platform's user configuration folder. Without credentials, a
    client can make calls that need none, such as `sign_ups.create`.

    Args:
        api_key: An API key of an organisation.
        email: E-mail address of a user; requires `password`.
        password: The user's password.
        token: A session token. The client cannot renew it.
        profile: Name of the profile to use; the environment is then ignored. Arguments take
            precedence over it.
        base_url: Base URL of the API, with or without ``/2022-09-01-00``. If omitted, the URL next
            to the credentials: in the environment (``OMNISTRATE_URL``) or in the profile; otherwise
            ``https://api.omnistrate.cloud``. Plain http is refused unless the host is this
            machine.
        timeout: Default timeout of a call in seconds, including retries; None for no limit.
        http: Connection settings, or an aiohttp session, which the caller has to close.
        rate_limit: Rate limit of the account, shared by all clients of the process that use the
            account; None for no limit, which is the default.
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
        ConfigurationError: Credentials are incomplete, or a setting cannot be used.
        InvalidArgumentError: An argument is of the wrong type, or the timeout is not positive.
    """

    _api = OMNISTRATE

    def __init__(
        self,
        api_key: str | Secret | None = None,
        *,
        email: str | None = None,
        password: str | Secret | None = None,
        token: str | Secret | None = None,
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
        api_key, password, token = protect(api_key), protect(password), protect(token)
        super().__init__(
            api_key=api_key,
            email=email,
            password=password,
            token=token,
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
        """The fleet of this client's instances: actions on many instances at once."""
        from clickhouse_cloud_async.apis.omnistrate.fleet import AsyncFleet

        return AsyncFleet((self,))
