"""Access tokens of API7 Cloud, which contain their expiry."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.auth import Credential, StaticAuth, bearer_auth, end_of_jwt, is_jwt
from clickhouse_cloud_async.core.errors import ConfigurationError

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.values import Secret


class TokenAuth(StaticAuth):
    """A personal access token.

    An expired token is refused before anything is sent, as the API would refuse it.

    Args:
        token: The token.

    Raises:
        ValueError: It is not a JSON Web Token, or has expired.
    """

    def __init__(self, token: Secret) -> None:
        if not is_jwt(token):
            raise ValueError("is not an access token of API7 Cloud, which is a JSON Web Token")
        bearer = bearer_auth(token)
        super().__init__(bearer.header, bearer.identity)
        self._end = end_of_jwt(token)
        if self._has_expired:
            raise ValueError(self._expired)

    @property
    def _has_expired(self) -> bool:
        return self._end is not None and self._end <= time.time()

    @property
    def _expired(self) -> str:
        end = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self._end))
        return f"expired at {end}: create another token in the console"

    @property
    def current(self) -> Secret | None:
        """The header; None once the token has expired."""
        return None if self._has_expired else super().current

    async def authorize(self) -> Secret | None:
        """Return the header.

        Raises:
            ConfigurationError: The token has expired.
        """
        if self._has_expired:
            raise ConfigurationError(f"the access token {self._expired}")
        return await super().authorize()


ACCESS_TOKEN = Credential(("token",), TokenAuth)
"""A personal access token."""
