"""Where a client's credentials, organisation and base URL come from."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, NamedTuple

from .errors import ConfigurationError, InvalidArgumentError
from .paths import segment
from .urls import normalise_base_url
from .values import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SETTINGS = frozenset(("api_key", "api_secret", "token", "organization_id", "url"))
"""What the environment and a profile may say of a client."""


class API(NamedTuple):
    """What tells one API from another before any request is made.

    Attributes:
        env_prefix: Start of the environment variables, such as ``CLICKHOUSE_CLOUD``.
        config_folder: Name of the folder below the platform's user configuration folder.
        base_url: Origin of the API where nothing else is said.
        version_path: Path segment that every operation's path starts with, such as ``/v1``; a base
            URL may end with it.
        scope: Path parameter that the client fills in where a call leaves it out.
        lookups: For path parameters that are UUIDs, the method that finds one by its name.
    """

    env_prefix: str
    config_folder: str
    base_url: str
    version_path: str
    scope: str
    lookups: Mapping[str, str] = {}


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
    """What a client needs to know before its first request.

    Attributes:
        credentials: What it authenticates with.
        organization_id: The organisation of calls that name none; None where it has to be found.
        organization_origin: Where that comes from, for error messages; None for an argument.
        base_url: Where requests go.
    """

    credentials: Credentials
    organization_id: str | None
    organization_origin: str | None
    base_url: str


class _Source(NamedTuple):
    """One place that settings come from.

    Attributes:
        values: The settings that it has.
        name: Gives the name of a setting there.
        origin: Gives where a setting stands, for error messages.
    """

    values: Mapping[str, str | Secret]
    name: Callable[[str], str]
    origin: Callable[[str], str]


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

    Credentials come whole from one of the three. The organisation and the base URL count only
    where they stand beside these credentials or before them in that order, because they may
    belong to others: a key of one organisation is not used with the id of another, and not sent to
    a URL that somebody wrote for another key.

    Raises:
        ConfigurationError: There are no credentials, or only half of them; the profile cannot be
            used; the base URL is not safe to send credentials to.
    """
    arguments = _arguments(
        api_key=api_key,
        api_secret=api_secret,
        token=token,
        organization_id=organization_id,
        url=base_url,
    )
    sources = [arguments]
    credentials = _credentials(arguments)
    if credentials is None:
        sources.append(_environment(api))
        credentials = _credentials(sources[-1])
    if credentials is None:
        path = config_path(api)
        profile = _profile(path, os.environ.get(f"{api.env_prefix}_PROFILE") or None)
        if profile is not None:
            sources.append(profile)
            credentials = _credentials(profile)
        if credentials is None:
            prefix = api.env_prefix
            raise ConfigurationError(
                "no credentials: pass api_key and api_secret (or token), set"
                f" {prefix}_API_KEY and {prefix}_API_SECRET (or {prefix}_TOKEN),"
                f" or write a profile to {path}"
            )
    organization, origin = _organization(sources)
    return Settings(credentials, organization, origin, _base_url(api, sources))


def config_path(api: API) -> Path:
    """The profile file of an API in the platform's user configuration folder."""
    import platformdirs

    return platformdirs.user_config_path(api.config_folder, appauthor=False) / "config.toml"


def _arguments(**values: str | Secret | None) -> _Source:
    def name(setting: str) -> str:
        return "base_url" if setting == "url" else setting

    given = {setting: value for setting, value in values.items() if value is not None}
    return _Source(given, name, lambda setting: f"the argument {name(setting)}")


def _environment(api: API) -> _Source:
    def name(setting: str) -> str:
        return f"{api.env_prefix}_{setting.upper()}"

    values = {each: value for each in SETTINGS if (value := os.environ.get(name(each)))}
    return _Source(values, name, name)


def _profile(path: Path, name: str | None) -> _Source | None:
    from .profiles import read_profile

    profile = read_profile(path, name, SETTINGS)
    return None if profile is None else _Source(profile.values, str, profile.origin)


def _credentials(source: _Source) -> Credentials | None:
    """The credentials of a source; None where it has none.

    Raises:
        ConfigurationError: It has half of them, two kinds of them, or some that cannot be sent.
    """
    given = [name for name in ("token", "api_key", "api_secret") if name in source.values]
    if "token" in given and len(given) > 1:
        raise ConfigurationError(
            f"{source.origin('token')} and {source.name(given[1])} are both set: keep either the"
            " token or the key"
        )
    if "token" in given:
        return Credentials(None, _checked(source, "token"))
    if not given:
        return None
    if len(given) == 1:
        (missing,) = {"api_key", "api_secret"} - {*given}
        raise ConfigurationError(
            f"{source.origin(given[0])} is set without {source.name(missing)}: a key and its secret"
            " come together"
        )
    key = _checked(source, "api_key").reveal()
    if ":" in key:
        raise ConfigurationError(f"{source.origin('api_key')} holds a colon, which no key id does")
    return Credentials(key, _checked(source, "api_secret"))


def _checked(source: _Source, name: str) -> Secret:
    value = source.values[name]
    if not isinstance(value, (str, Secret)):
        raise ConfigurationError(
            f"{source.origin(name)} has to be a str, not {type(value).__name__}"
        )
    secret = Secret(value)
    text = secret.reveal()
    if not text.strip() or not text.isprintable():
        raise ConfigurationError(
            f"{source.origin(name)} is empty or holds characters that no header may carry"
        )
    return secret


def _first(sources: list[_Source], setting: str) -> _Source | None:
    """The first source that has a setting."""
    return next((source for source in sources if setting in source.values), None)


def _organization(sources: list[_Source]) -> tuple[str | None, str | None]:
    source = _first(sources, "organization_id")
    if source is None:
        return None, None
    value, origin = source.values["organization_id"], source.origin("organization_id")
    try:
        segment(origin, value)
    except InvalidArgumentError as error:
        raise ConfigurationError(error.message) from None
    # Who passes an organisation as an argument need not be told where it comes from.
    return str(value), None if source is sources[0] else origin


def _base_url(api: API, sources: list[_Source]) -> str:
    source = _first(sources, "url")
    if source is None:
        return api.base_url
    value, origin = source.values["url"], source.origin("url")
    if not isinstance(value, str):
        raise ConfigurationError(f"{origin} has to be a str, not {type(value).__name__}")
    return normalise_base_url(value, api.version_path, origin)
