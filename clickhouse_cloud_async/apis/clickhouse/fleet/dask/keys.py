"""The keys of a fleet on a cluster."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypedDict

import attrs

from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
from clickhouse_cloud_async.core.errors import ConfigurationError
from clickhouse_cloud_async.core.values import Secret, Unset, protect

if TYPE_CHECKING:
    from typing import Unpack

    from clickhouse_cloud_async.core.http_options import HTTPOptions
    from clickhouse_cloud_async.core.limits import RateLimit
    from clickhouse_cloud_async.core.retry import RetryPolicy
    from clickhouse_cloud_async.core.waiting.policy import Polling


class ClientOptions(TypedDict, total=False):
    """Settings of the clients on the workers: arguments of `AsyncClickHouseCloud`.

    If `http` is omitted, a client has at most four connections.
    """

    timeout: float | None
    http: HTTPOptions | None
    rate_limit: RateLimit | Unset | None
    retry: RetryPolicy | Unset
    polling: Polling | Unset


@attrs.frozen(kw_only=True)
class FleetKey:
    """An API key, or a bearer token, and the organisation that it is used for.

    Attributes:
        organization_id: ID of the organisation.
        api_key: ID of the key.
        api_secret: Secret of the key.
        token: A bearer token, in place of key and secret.
        base_url: Base URL of the API; that of ClickHouse Cloud by default.

    Raises:
        ConfigurationError: The credentials are missing or incomplete, or the base URL cannot be
            used.
    """

    organization_id: str
    api_key: str | None = None
    api_secret: Secret | None = attrs.field(default=None, converter=protect)
    token: Secret | None = attrs.field(default=None, converter=protect)
    base_url: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.token is None and self.api_key is None:
            # The credentials of this process are not those of the workers.
            raise ConfigurationError("a key of a fleet needs api_key and api_secret, or a token")
        object.__setattr__(self, "base_url", self.open().base_url)

    def open(self, **options: Unpack[ClientOptions]) -> AsyncClickHouseCloud:
        """Create a client that uses the key.

        Args:
            **options: Settings of the client.
        """
        return AsyncClickHouseCloud(
            self.api_key,
            self.api_secret,
            token=self.token,
            organization_id=self.organization_id,
            base_url=self.base_url,
            **options,
        )

    @property
    def identity(self) -> str:
        """Unique identifier without a secret; the same for all organisations."""
        name = self.api_key
        if name is None:
            assert self.token is not None, "checked by the constructor"
            name = hashlib.sha256(self.token.reveal().encode()).hexdigest()
        return f"{self.base_url} {name}"
