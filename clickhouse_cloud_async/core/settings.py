"""Where a client's credentials, organisation and base URL come from."""

from __future__ import annotations

import base64
import ipaddress
import math
import os
import re
import stat
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from .errors import ConfigurationError, InvalidArgumentError
from .paths import segment
from .values import Secret

_PLAIN_PATH = re.compile(r"[A-Za-z0-9._~%!$&'()*+,;=:@/-]*")

if TYPE_CHECKING:
    from pathlib import Path


class API(NamedTuple):
    """What tells one API from another before any request is made.

    Attributes:
        env_prefix: Start of the environment variables, such as ``CLICKHOUSE_CLOUD``.
        config_folder: Name of the folder below the platform's user configuration folder.
        base_url: Origin of the API where nothing else is said.
        version_path: Path segment that every operation's path starts with, such as ``/v1``; a base
            URL may end with it.
        scope: Path parameter that the client fills in where a call leaves it out.
    """

    env_prefix: str
    config_folder: str
    base_url: str
    version_path: str
    scope: str


class Credentials(NamedTuple):
    """An API key with its secret, or a bearer token."""

    api_key: str | None
    secret: Secret

    def authorization(self) -> str:
        """The value of the Authorization header."""
        if self.api_key is None:
            return f"Bearer {self.secret.reveal()}"
        pair = f"{self.api_key}:{self.secret.reveal()}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"


class Settings(NamedTuple):
    """What a client needs to know before its first request."""

    credentials: Credentials
    organization_id: str | None
    base_url: str


def resolve_settings(
    api: API,
    *,
    api_key: str | None,
    api_secret: str | Secret | None,
    token: str | Secret | None,
    organization_id: str | None,
    base_url: str | None,
) -> Settings:
    """Settle what a client uses: arguments first, then the environment, then a profile.

    Credentials come whole from one of the three. The organisation and the base URL of a profile
    count only where its credentials do, because they belong together.

    Raises:
        ConfigurationError: There are no credentials, or only half of them; the profile cannot be
            used; the base URL is not safe to send credentials to.
    """
    if base_url is not None and not isinstance(base_url, str):
        raise ConfigurationError(f"base_url has to be a str, not {type(base_url).__name__}")
    prefix = api.env_prefix
    env = {
        name: os.environ.get(f"{prefix}_{name.upper()}") or None
        for name in ("api_key", "api_secret", "token", "organization_id", "url", "profile")
    }
    profile: dict[str, str] = {}
    credentials = _credentials("the arguments", api_key, api_secret, token) or _credentials(
        "the environment", env["api_key"], env["api_secret"], env["token"]
    )
    if credentials is None:
        path = config_path(api)
        profile = _read_profile(path, env["profile"])
        credentials = _credentials(
            f"the profile in {path}",
            profile.get("api_key"),
            profile.get("api_secret"),
            profile.get("token"),
        )
        if credentials is None:
            raise ConfigurationError(
                "no credentials: pass api_key and api_secret (or token), set"
                f" {prefix}_API_KEY and {prefix}_API_SECRET (or {prefix}_TOKEN),"
                f" or write a profile to {path}"
            )
    return Settings(
        credentials,
        _checked_organization(
            env["organization_id"] or profile.get("organization_id")
            if organization_id is None
            else organization_id
        ),
        normalise_base_url(
            base_url or env["url"] or profile.get("url") or api.base_url, api.version_path
        ),
    )


def checked_timeout(timeout: float | None) -> float | None:
    """Check a time limit in seconds.

    Raises:
        InvalidArgumentError: It is not a positive number.
    """
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise InvalidArgumentError(f"timeout: expected seconds, found {type(timeout).__name__}")
    if not timeout > 0 or math.isinf(timeout):
        raise InvalidArgumentError(f"timeout: {timeout} is not a positive number of seconds")
    return timeout


def checked_size(size: int) -> int:
    """Check a limit in bytes.

    Raises:
        InvalidArgumentError: It is not a positive whole number.
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise InvalidArgumentError(f"max_response_bytes: {size} is not a positive number of bytes")
    return size


def config_path(api: API) -> Path:
    """The profile file of an API in the platform's user configuration folder."""
    import platformdirs

    return platformdirs.user_config_path(api.config_folder, appauthor=False) / "config.toml"


def normalise_base_url(url: str, version_path: str) -> str:
    """Check a base URL and bring it to the form ``scheme://host[:port][/prefix]``.

    Raises:
        ConfigurationError: It is no http(s) URL, it carries credentials, a query or a fragment, or
            it is plain http to a host that is not this machine.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError("the base URL has no valid host and port") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ConfigurationError("the base URL has to look like https://api.example.com")
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("the base URL must not carry credentials")
    if parts.query or parts.fragment:
        raise ConfigurationError("the base URL must not have a query or a fragment")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ConfigurationError(
            f"refusing to send credentials to {host} over plain http: use https"
        )
    path = parts.path.rstrip("/").removesuffix(version_path).rstrip("/")
    if not _PLAIN_PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise ConfigurationError("the path of the base URL has to be percent-encoded and plain")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _credentials(
    where: str,
    api_key: str | None,
    api_secret: str | Secret | None,
    token: str | Secret | None,
) -> Credentials | None:
    if token is not None and (api_key is not None or api_secret is not None):
        raise ConfigurationError(f"{where} name both a key and a token: keep one of them")
    if token is not None:
        return Credentials(None, _checked("token", token))
    if api_key is None and api_secret is None:
        return None
    if api_key is None or api_secret is None:
        missing = "api_key" if api_key is None else "api_secret"
        raise ConfigurationError(f"{where} lack {missing}: a key and its secret come together")
    key = _checked("api_key", api_key).reveal()
    if ":" in key:
        raise ConfigurationError(f"the api_key in {where} holds a colon, which no key id does")
    return Credentials(key, _checked("api_secret", api_secret))


def _checked(name: str, value: str | Secret) -> Secret:
    if not isinstance(value, (str, Secret)):
        raise ConfigurationError(f"{name} has to be a str, not {type(value).__name__}")
    secret = Secret(value)
    text = secret.reveal()
    if not text.strip() or not text.isprintable():
        raise ConfigurationError(f"{name} is empty or holds characters that no header may carry")
    return secret


def _checked_organization(value: str | None) -> str | None:
    if value is not None:
        try:
            segment("organization_id", value)
        except InvalidArgumentError as error:
            raise ConfigurationError(error.message) from None
    return value


def _read_profile(path: Path, name: str | None) -> dict[str, str]:
    if not path.is_file():
        if name is not None:
            raise ConfigurationError(f"there is no profile {name!r}: {path} does not exist")
        return {}
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigurationError(f"others may read {path}: run chmod 600 on it")
    profiles = _parse_profiles(path)
    if name is None:
        name = "default"
        if name not in profiles:
            return {}
    elif name not in profiles:
        known = ", ".join(sorted(profiles)) or "none"
        raise ConfigurationError(f"{path} has no profile {name!r}; it has: {known}")
    return profiles[name]


def _parse_profiles(path: Path) -> dict[str, dict[str, str]]:
    import tomllib

    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ConfigurationError(f"{path} is not valid TOML") from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    known = {"api_key", "api_secret", "token", "organization_id", "url"}
    for name, profile in document.items():
        if not isinstance(profile, dict):
            raise ConfigurationError(f"{path}: {name} has to stand in a profile such as [default]")
        for key, value in profile.items():
            if key not in known:
                raise ConfigurationError(f"{path}: profile {name} has an unknown setting {key!r}")
            if not isinstance(value, str):
                raise ConfigurationError(f"{path}: {name}.{key} has to be a string")
    return document
