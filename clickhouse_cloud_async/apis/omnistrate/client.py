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
    """The Omnistrate API: services with their plans, subscriptions, instances and all the rest.

    One client serves any number of concurrent callers. It is a context manager; used
    otherwise, it has to be closed with `close`.

    It signs in with the first call that needs it, and again before its session ends or when the API
    says that it has. Pass one of the three: an API key, an e-mail address with its password, or a
    token. They come whole from the first of these that has them: the arguments; the environment, as
    ``OMNISTRATE_API_KEY``, as ``OMNISTRATE_EMAIL`` and ``OMNISTRATE_PASSWORD``, or as
    ``OMNISTRATE_TOKEN``; the profile that ``OMNISTRATE_PROFILE`` names (``default`` where unset) in
    ``omnistrate/config.toml`` in the platform's user configuration folder. Without any of them, a
    client can make the calls that take no credentials, such as `sign_ups.create`.

    Args:
        api_key: An API key of an organisation.
        email: E-mail address of a user; comes with `password`.
        password: The user's password.
        token: The token of a sign-in. The client cannot renew it.
        profile: Name of the profile that all settings are taken from, but for arguments; the
            environment does not count then.
        base_url: Base URL of the API, with or without ``/2022-09-01-00``. If omitted, the URL next
            to the credentials: in the environment (``OMNISTRATE_URL``) or in the profile; otherwise
            ``https://api.omnistrate.cloud``. Plain http is refused unless the host is this
            machine.
        timeout: Default deadline of a call in seconds, retries included; None for no limit.
        http: Connection settings, or an aiohttp session, which the caller has to close.
        rate_limit: Rate limit of the account, shared by all clients of the process that use the
            account; None for no limit, which is the default.
        retry: Retry policy, or the number of attempts.
        polling: Polling intervals of the ``wait_until`` family.
        max_response_bytes: The largest response that is read, in bytes after decompression.
        telemetry: Whether OpenTelemetry's spans and metrics are made (extra ``otel``).
        on_request: Called before each attempt.
        on_response: Called after each attempt.
        on_retry: Called before the wait for another attempt, with cause and wait.
        on_drift: Called once with each thing in responses that this version does not know: fields,
            values, variants and types.
        strict_responses: Whether a value of a wrong JSON type makes a response unreadable. By
            default it is kept as it came, and logged once.

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
        """The fleet of all instances that this client sees: actions on many of them at once."""
        from clickhouse_cloud_async.apis.omnistrate.fleet import AsyncFleet

        return AsyncFleet((self,))
