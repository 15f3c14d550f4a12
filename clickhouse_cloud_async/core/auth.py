"""Authentication: sources of the Authorization header."""

from __future__ import annotations

import base64
import binascii
import copy
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .errors import CloudError, ConfigurationError
from .holding import sending_changes
from .loop_lock import LoopLock
from .values import Secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping


NO_AUTH = "none"
"""The authentication of operations that must not be sent credentials."""

RENEWAL_MARGIN = 60.0
"""Seconds before the end of a session at which it is renewed."""

RENEWAL_SHARE = 0.1
"""Part of a short session's life that takes the place of the margin."""


class Calls(Protocol):
    """The part of a caller that signing in needs."""

    async def call(self, operation: Any, *, body: object = ...) -> Any:
        """Carry out an `Operation`, and return its result.

        Its type is not named, because operations know their API, and an API its authenticators.
        """
        ...


class Authenticator(Protocol):
    """A source of the Authorization header."""

    @property
    def identity(self) -> str:
        """A non-secret name of the account, which identifies its rate limit."""
        ...

    @property
    def can_renew(self) -> bool:
        """Whether a header that the API refuses can be replaced by another one."""
        ...

    @property
    def current(self) -> Secret | None:
        """The cached header, if any; the same object as long as it does not change."""
        ...

    def bind(self, calls: Calls) -> None:
        """Set the client through which a header is requested."""
        ...

    async def authorize(self) -> Secret | None:
        """Return the header, requesting it if it is not cached; None for a request without one.

        Raises:
            CloudError: It cannot be obtained.
        """
        ...

    async def renew(self, refused: Secret) -> Secret:
        """Return a new header in place of one that the API has refused.

        Args:
            refused: The header that was refused.

        Raises:
            CloudError: It cannot be obtained.
        """
        ...


class Credential(NamedTuple):
    """One kind of credentials that an API accepts.

    Attributes:
        fields: Names of its parts: arguments of clients, settings of profiles and, with the API's
            prefix in front, environment variables. All of them are required.
        make: Creates the authenticator from the parts' values. It raises ValueError if they cannot
            be used; the error message is the name of the first part and the text of this error.
        public: The parts that are not secret.
        others: Authenticators of operations that need a different authentication, by its name,
            created from the same parts.
    """

    fields: tuple[str, ...]
    make: Callable[..., Authenticator]
    public: tuple[str, ...] = ()
    others: Mapping[str, Callable[..., Authenticator]] = {}


class StaticAuth:
    """The same header for every request.

    Args:
        header: The header.
        identity: A non-secret name of the account.
    """

    def __init__(self, header: Secret, identity: str) -> None:
        self._header = header
        self._identity = identity

    @property
    def header(self) -> Secret:
        """The header."""
        return self._header

    @property
    def identity(self) -> str:
        """A non-secret name of the account."""
        return self._identity

    @property
    def can_renew(self) -> bool:
        """False: a fixed header cannot be replaced."""
        return False

    @property
    def current(self) -> Secret | None:
        """The header."""
        return self._header

    def bind(self, calls: Calls) -> None:
        """Do nothing: no request is needed."""

    async def authorize(self) -> Secret | None:
        """Return the header."""
        return self._header

    async def renew(self, refused: Secret) -> Secret:
        """Return the refused header."""
        return refused


def basic_auth(user: Secret, password: Secret) -> StaticAuth:
    """Authenticate with a user or key and its password or secret.

    Raises:
        ValueError: The user contains a colon.
    """
    name = user.reveal()
    if ":" in name:
        raise ValueError("holds a colon, which would move the border to the secret")
    pair = f"{name}:{password.reveal()}".encode()
    return StaticAuth(Secret(f"Basic {base64.b64encode(pair).decode('ascii')}"), name)


def bearer_auth(token: Secret) -> StaticAuth:
    """Authenticate with a bearer token."""
    return StaticAuth(Secret(f"Bearer {token.reveal()}"), _digest(token.reveal()))


def credentials_in(header: Secret | None) -> tuple[Secret, ...]:
    """Return each secret that an Authorization header carries.

    Args:
        header: The header, with or without a scheme in front; None for none.
    """
    if header is None:
        return ()
    carried = header.reveal().rpartition(" ")[2]
    try:
        pair = base64.b64decode(carried, validate=True).decode()
    except ValueError:
        return (Secret(carried),)
    return (Secret(carried), Secret(pair.partition(":")[2]))


KEY_PAIR = Credential(("api_key", "api_secret"), basic_auth, public=("api_key",))
"""An API key with its secret."""

BEARER = Credential(("token",), bearer_auth)
"""A bearer token."""


class NoAuth:
    """No header: for operations that need none.

    Args:
        lack: Error message of calls that need a header; empty if none is needed.
    """

    def __init__(self, lack: str = "") -> None:
        self._lack = lack

    @property
    def identity(self) -> str:
        """A constant name: requests without credentials share one rate limit."""
        return ""

    @property
    def can_renew(self) -> bool:
        """False: there is no header to replace."""
        return False

    @property
    def current(self) -> Secret | None:
        """There is no header."""
        return None

    def bind(self, calls: Calls) -> None:
        """Do nothing: no request is needed."""

    async def authorize(self) -> Secret | None:
        """Return no header.

        Raises:
            ConfigurationError: The call needs one.
        """
        if self._lack:
            raise ConfigurationError(self._lack)
        return None

    async def renew(self, refused: Secret) -> Secret:
        """Return the refused header."""
        return refused


class SessionToken(NamedTuple):
    """The result of a sign-in.

    Attributes:
        token: The bearer token.
        ends_at: When it ends, in seconds since 1970; None if that is not known.
    """

    token: Secret
    ends_at: float | None = None


class SessionAuth:
    """Signs in with the first call, and again shortly before or after a session ends.

    Args:
        identity: A non-secret name of the account. A token does not qualify, since each sign-in
            returns a new one.
        sign_in: Signs in through the client, with an operation that needs no session.
    """

    def __init__(self, identity: str, sign_in: Callable[[Calls], Awaitable[SessionToken]]) -> None:
        self._identity = identity
        self._calls: Calls | None = None
        self._sign_in = sign_in
        self._lock = LoopLock()
        self._header: Secret | None = None
        self._renew_at: float | None = None
        self._failures = 0
        self._failure: CloudError | None = None

    @property
    def identity(self) -> str:
        """A non-secret name of the account."""
        return self._identity

    @property
    def can_renew(self) -> bool:
        """True: a session that has ended is replaced by a new one."""
        return True

    @property
    def current(self) -> Secret | None:
        """The header, unless the session is about to end."""
        if self._renew_at is not None and time.time() >= self._renew_at:
            return None
        return self._header

    def bind(self, calls: Calls) -> None:
        """Set the client that signs in."""
        self._calls = calls

    async def authorize(self) -> Secret | None:
        """Return the header, signing in if there is no session."""
        return self.current or await self._renewed(None)

    async def renew(self, refused: Secret) -> Secret:
        """Return the header of a new session in place of the one that was refused."""
        return await self._renewed(refused)

    async def _renewed(self, refused: Secret | None) -> Secret:
        assert self._calls is not None, "it was bound when its client was put together"
        # 1. Callers without a session wait here.
        failures = self._failures
        async with self._lock.here:
            # 2. The first one signs in; the others use its session,
            header = self.current
            if header is not None and header is not refused:
                return header
            # 3. or its failure, which they share: fifty wrong passwords may lock an account.
            if self._failure is not None and failures != self._failures:
                raise copy.copy(self._failure)
            try:
                with sending_changes():
                    session = await self._sign_in(self._calls)
            except CloudError as error:
                self._failures += 1
                self._failure = copy.copy(error)  # without the frames of this call
                raise
            return self._begin(session)

    def _begin(self, session: SessionToken) -> Secret:
        self._failure = None
        self._header = header = Secret(f"Bearer {session.token.reveal()}")
        self._renew_at = None
        left = None if session.ends_at is None else session.ends_at - time.time()
        # If this machine's clock is wrong, only the API can tell that a session has ended.
        if session.ends_at is not None and left is not None and left > 0:
            self._renew_at = session.ends_at - min(RENEWAL_MARGIN, left * RENEWAL_SHARE)
        return header


def is_jwt(token: Secret) -> bool:
    """Return whether a token is a JSON Web Token; its signature is not checked."""
    return _claims(token) is not None


def end_of_jwt(token: Secret) -> float | None:
    """Return when a JSON Web Token ends, in seconds since 1970, without checking its signature.

    Args:
        token: The token.

    Returns:
        Its ``exp`` claim; None if it has none, or is not such a token.
    """
    end = (_claims(token) or {}).get("exp")
    return float(end) if isinstance(end, (int, float)) and not isinstance(end, bool) else None


def _claims(token: Secret) -> dict[str, Any] | None:
    import json

    parts = token.reveal().split(".")
    if len(parts) != len(("header", "claims", "signature")):
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    except (binascii.Error, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()
