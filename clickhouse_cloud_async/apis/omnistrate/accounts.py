"""Credentials of Omnistrate, with which clients sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from clickhouse_cloud_async.core.auth import (
    BEARER,
    Credential,
    SessionAuth,
    SessionToken,
    basic_auth,
    bearer_auth,
    end_of_jwt,
)
from clickhouse_cloud_async.core.errors import AuthenticationError, BadRequestError

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.auth import Calls
    from clickhouse_cloud_async.core.caller import Caller
    from clickhouse_cloud_async.core.values import Secret

API_KEY_EMAIL = "apikey@apikeys.invalid"
"""The address with which API keys sign in, as its password."""


def account_auth(email: Secret, password: Secret) -> SessionAuth:
    """Sign in with an e-mail address and a password."""
    return _session(email.reveal(), email.reveal(), password)


def api_key_auth(api_key: Secret) -> SessionAuth:
    """Sign in with an API key."""
    return _session(bearer_auth(api_key).identity, API_KEY_EMAIL, api_key)


ACCOUNT = Credential(
    ("email", "password"), account_auth, public=("email",), others={"basic": basic_auth}
)
"""A user's e-mail address and password."""

API_KEY = Credential(("api_key",), api_key_auth)
"""An API key of an organisation."""

TOKEN = BEARER
"""A token from an earlier sign-in."""


def _session(identity: str, email: str, password: Secret) -> SessionAuth:
    async def sign_in(calls: Calls) -> SessionToken:
        from .operations.sessions import AsyncSessions

        sessions = AsyncSessions(cast("Caller", calls))
        try:
            result = await sessions.sign_in(email=email, password=password)
        except BadRequestError as error:
            # The API responds to a wrong password with 400, not with 401.
            refusal = _refusal(error)
        else:
            return SessionToken(result.jwt_token, end_of_jwt(result.jwt_token))
        raise refusal

    return SessionAuth(identity, sign_in)


def _refusal(error: BadRequestError) -> AuthenticationError:
    """Convert a refusal of credentials to an authentication error."""
    refusal = AuthenticationError(
        error.message,
        operation=error.operation,
        method=error.method,
        path=error.path,
        status=error.status,
        request_id=error.request_id,
        attempts=error.attempts,
    )
    refusal.api, refusal.code = error.api, error.code
    return refusal
