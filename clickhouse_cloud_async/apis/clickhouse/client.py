"""The async client of the ClickHouse Cloud API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.client import AsyncAPIClient
from clickhouse_cloud_async.core.errors import ConfigurationError, ResponseDecodeError
from clickhouse_cloud_async.core.settings import API

from .operations import AsyncNamespaces

if TYPE_CHECKING:
    from clickhouse_cloud_async.fleet import AsyncFleet


class AsyncClickHouseCloud(AsyncAPIClient, AsyncNamespaces):
    """The ClickHouse Cloud API: services, backups, ClickPipes, keys and all the rest.

    One client serves any number of concurrent callers. It is a context manager; whoever does
    without has to call `close`.

    Credentials come from the first of these that has any: the arguments; the environment, as
    ``CLICKHOUSE_CLOUD_API_KEY`` and ``CLICKHOUSE_CLOUD_API_SECRET`` or ``CLICKHOUSE_CLOUD_TOKEN``;
    the profile that ``CLICKHOUSE_CLOUD_PROFILE`` names (``default`` where unset) in
    ``clickhouse-cloud/config.toml`` in the platform's user configuration folder.

    Args:
        api_key: Id of an API key.
        api_secret: Secret of that key.
        token: A bearer token, in place of key and secret.
        organization_id: The organisation of every call that names none; where left out, the one
            that stands beside the credentials in the environment
            (``CLICKHOUSE_CLOUD_ORGANIZATION_ID``) or the profile, then the only organisation that
            the key sees.
        base_url: Where the API is, with or without ``/v1``; where left out, the URL that stands
            beside the credentials in the environment (``CLICKHOUSE_CLOUD_URL``) or the profile,
            then ``https://api.clickhouse.cloud``. Plain http is refused unless the host is this
            machine.
        timeout: Seconds for a whole call where the call does not say; None for no limit.
        http: How connections are made, or an aiohttp session, which stays the caller's to close.
        rate_limit: Requests that the key may make, shared by all clients of the process that use
            it; None for no limit. Where left out, 10 in 10 s, or what the server announces.
        retry: How often and how soon failed requests are sent again; a number for so many attempts.
        polling: How often is looked at what is waited for.
        max_response_bytes: The largest answer that is read, in bytes after decompression.
        telemetry: Whether OpenTelemetry's spans and metrics are made (extra ``otel``).
        on_request: Called before each attempt.
        on_response: Called after each attempt.
        on_retry: Called before the wait for another attempt, with cause and wait.
        on_drift: Called once with each thing in responses that this version does not know: fields,
            values, variants and types.
        strict_responses: Whether a value of a wrong JSON type makes a response unreadable. By
            default it is kept as it came, and logged once.

    Raises:
        ConfigurationError: There are no credentials, or a setting cannot be used.
        InvalidArgumentError: An argument is of the wrong type, or the timeout is not positive.
    """

    _api = API(
        env_prefix="CLICKHOUSE_CLOUD",
        config_folder="clickhouse-cloud",
        base_url="https://api.clickhouse.cloud",
        version_path="/v1",
        scope="organizationId",
        lookups={"serviceId": "services.get_by_name"},
    )

    @property
    def fleet(self) -> AsyncFleet:
        """The services of this client's organisation as one thing."""
        from clickhouse_cloud_async.fleet import AsyncFleet

        return AsyncFleet((self,))

    async def _find_scope(self) -> str:
        organizations = await self.organizations.list()
        if len(organizations) == 1:
            if not organizations[0].id:
                raise ResponseDecodeError("the organisation in the answer has no id")
            return organizations[0].id
        if not organizations:
            raise ConfigurationError("the credentials belong to no organisation")
        listed = ", ".join(f"{each.id} ({each.name})" for each in organizations)
        raise ConfigurationError(
            f"the credentials see several organisations, pass organization_id: {listed}"
        )
