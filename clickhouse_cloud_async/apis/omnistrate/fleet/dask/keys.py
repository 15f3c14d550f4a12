"""The keys of a fleet on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import attrs

from clickhouse_cloud_async.apis.omnistrate.client import AsyncOmnistrate
from clickhouse_cloud_async.core.client import identity_of
from clickhouse_cloud_async.core.errors import ConfigurationError
from clickhouse_cloud_async.core.values import Secret, Unset, protect

if TYPE_CHECKING:
    from typing import Unpack

    from clickhouse_cloud_async.core.http_options import HTTPOptions
    from clickhouse_cloud_async.core.limits import RateLimit
    from clickhouse_cloud_async.core.retry import RetryPolicy
    from clickhouse_cloud_async.core.waiting.policy import Polling


class ClientOptions(TypedDict, total=False):
    """Settings of the clients on the workers: arguments of `AsyncOmnistrate`.

    If `http` is omitted, a client has at most four connections.
    """

    timeout: float | None
    http: HTTPOptions | None
    rate_limit: RateLimit | Unset | None
    retry: RetryPolicy | Unset
    polling: Polling | Unset


@attrs.frozen(kw_only=True)
class FleetKey:
    """Credentials of an account: an API key, an e-mail address and password, or a token.

    Attributes:
        api_key: An API key.
        email: E-mail address of a user.
        password: The user's password.
        token: The token of a sign-in.
        base_url: Base URL of the API; that of Omnistrate by default.

    Raises:
        ConfigurationError: The credentials are missing or incomplete, or the base URL cannot be
            used.
    """

    api_key: Secret | None = attrs.field(default=None, converter=protect)
    email: str | None = None
    password: Secret | None = attrs.field(default=None, converter=protect)
    token: Secret | None = attrs.field(default=None, converter=protect)
    base_url: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.api_key is None and self.email is None and self.token is None:
            # The credentials of this process are not those of the workers.
            raise ConfigurationError(
                "a key of a fleet needs api_key, email and password, or a token"
            )
        object.__setattr__(self, "base_url", self.open().base_url)

    def open(self, **options: Unpack[ClientOptions]) -> AsyncOmnistrate:
        """Create a client that uses the key.

        Args:
            **options: Settings of the client.
        """
        return AsyncOmnistrate(
            self.api_key,
            email=self.email,
            password=self.password,
            token=self.token,
            base_url=self.base_url,
            **options,
        )

    @property
    def organization_id(self) -> str:
        """Name of the account, since the API has no organisations to choose."""
        return identity_of(self.open())

    @property
    def identity(self) -> str:
        """Unique identifier without a secret."""
        return f"{self.base_url} {self.organization_id}"
