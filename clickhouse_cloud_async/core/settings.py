"""Resolves a client's credentials, scopes and base URL."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from .auth import NO_AUTH, NoAuth
from .errors import ConfigurationError, InvalidArgumentError
from .paths import segment
from .scopes import ScopeValue
from .urls import normalise_base_url
from .values import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from uuid import UUID

    from .api import API
    from .auth import Authenticator


CONNECTION = ("proxy", "ca_bundle", "client_cert", "client_key")
"""Connection settings that the environment and profiles may set; see `HTTPOptions`."""


class ConnectionSetting(NamedTuple):
    """A connection setting that was not passed as an argument.

    Attributes:
        value: The setting.
        origin: Its origin, for error messages.
    """

    value: str
    origin: str


class Settings(NamedTuple):
    """The settings of a client: credentials, scopes, base URL and connections.

    Attributes:
        authenticators: Sources of the Authorization header, by the name of the authentication; an
            empty name for the API's usual one.
        scopes: Values of the API's scopes that are known from the start, by argument.
        base_url: The base URL of requests.
        connection: Connection settings by name that were not passed as arguments.
        origins: Origin of each setting in use, by its name.
    """

    authenticators: Mapping[str, Authenticator]
    scopes: Mapping[str, ScopeValue]
    base_url: str
    connection: Mapping[str, ConnectionSetting]
    origins: Mapping[str, str]


class _Source(NamedTuple):
    """One source of settings.

    Attributes:
        values: The settings that it has.
        name: Returns the name of a setting in the source.
        origin: Returns the origin of a setting, for error messages.
    """

    values: Mapping[str, str | Secret | UUID]
    name: Callable[[str], str]
    origin: Callable[[str], str]


def resolve_settings(
    api: API,
    given: Mapping[str, str | Secret | UUID | None],
    base_url: str | None,
    profile: str | None = None,
) -> Settings:
    """Resolve the settings of a client: arguments, then the environment, then a profile.

    With a named profile the environment is ignored: one of its settings among those of the profile
    could send a request to the wrong server. Credentials come from exactly one of the three
    sources. All other settings apply only if they come from the source of the credentials or one
    before it, because others may belong to other credentials: a key of one organisation is not used
    with the ID of another, and not sent to a URL that is meant for another key.

    Args:
        api: The API.
        given: Arguments by the names of credentials' fields and of scopes.
        base_url: Base URL, as an argument.
        profile: Name of the profile; None for that of the environment, or the default one.

    Raises:
        ConfigurationError: There are no credentials, only half of them, or some beside a profile;
            the profile cannot be used; the base URL is not safe to send credentials to.
    """
    sources = [_arguments({**given, "url": base_url})]
    authenticators = _authenticators(api, sources[-1])
    if authenticators is not None and profile is not None:
        raise ConfigurationError("credentials and a profile are both passed: leave one of them out")
    if authenticators is None and profile is None:
        sources.append(_environment(api))
        authenticators = _authenticators(api, sources[-1])
    if authenticators is None:
        path = config_path(api)
        source = _profile(api, path, profile)
        if source is not None:
            sources.append(source)
            authenticators = _authenticators(api, source)
        if authenticators is None:
            lack = _lack(api, path)
            if api.needs_credentials:
                raise ConfigurationError(lack)
            authenticators = {"": NoAuth(lack), NO_AUTH: NoAuth()}
    return Settings(
        authenticators,
        _scopes(api, sources),
        _base_url(api, sources),
        _connection(sources),
        _origins(sources),
    )


def protect_settings(
    api: API, given: Mapping[str, str | Secret | UUID | None]
) -> dict[str, str | Secret | UUID | None]:
    """Wrap the secrets among a client's arguments, so that tracebacks do not show them.

    Args:
        api: The API.
        given: Arguments by the names of credentials' fields and of scopes.

    Raises:
        TypeError: An argument is not one of the API's.
    """
    secret = secret_settings(api)
    known = known_settings(api).difference(CONNECTION, ["url"])
    for name in given:
        if name not in known:
            raise TypeError(f"a client of {api.title} has no argument {name!r}")
    return {
        name: Secret(value) if name in secret and isinstance(value, str) else value
        for name, value in given.items()
    }


def config_path(api: API) -> Path:
    """Return the profile file of an API in the platform's user configuration folder."""
    import platformdirs

    return platformdirs.user_config_path(api.config_folder, appauthor=False) / "config.toml"


def _arguments(values: Mapping[str, str | Secret | UUID | None]) -> _Source:
    def name(setting: str) -> str:
        return "base_url" if setting == "url" else setting

    given = {setting: value for setting, value in values.items() if value is not None}
    return _Source(given, name, lambda setting: f"the argument {name(setting)}")


def _environment(api: API) -> _Source:
    names: dict[str, str] = {}
    for setting in known_settings(api):
        variables = (api.variable(setting), api.other_variables.get(setting))
        found = next((each for each in variables if each and os.environ.get(each)), None)
        if found is not None:
            names[setting] = found

    def name(setting: str) -> str:
        return names.get(setting) or api.variable(setting)

    return _Source({setting: os.environ[each] for setting, each in names.items()}, name, name)


def _profile(api: API, path: Path, name: str | None) -> _Source | None:
    from .profiles import read_profile

    name = name or os.environ.get(api.variable("profile")) or None
    profile = read_profile(path, name, known_settings(api))
    return None if profile is None else _Source(profile.values, str, profile.origin)


def _lack(api: API, path: Path) -> str:
    """Return the message for a client without credentials."""
    kinds = [" and ".join(kind.fields) for kind in api.credentials]
    variables = [" and ".join(map(api.variable, kind.fields)) for kind in api.credentials]
    return (
        f"no credentials: pass {' or '.join(kinds)}, set {' or '.join(variables)},"
        f" or write a profile to {path}"
    )


def _authenticators(api: API, source: _Source) -> dict[str, Authenticator] | None:
    """Return the authenticators for a source's credentials; None if it has none.

    Raises:
        ConfigurationError: It has half of them, two kinds of them, or some that cannot be sent.
    """
    kinds = [kind for kind in api.credentials if any(name in source.values for name in kind.fields)]
    if not kinds:
        return None
    if len(kinds) > 1:
        first, second = (next(n for n in kind.fields if n in source.values) for kind in kinds[:2])
        raise ConfigurationError(
            f"{source.origin(first)} and {source.name(second)} are both set: keep one of them"
        )
    (kind,) = kinds
    for missing in (name for name in kind.fields if name not in source.values):
        present = next(name for name in kind.fields if name in source.values)
        raise ConfigurationError(
            f"{source.origin(present)} is set without {source.name(missing)}: they come together"
        )
    values = [_checked(source, name) for name in kind.fields]
    try:
        others = {name: make(*values) for name, make in kind.others.items()}
        return {"": kind.make(*values), NO_AUTH: NoAuth(), **others}
    except ValueError as error:
        raise ConfigurationError(f"{source.origin(kind.fields[0])} {error}") from None


def _checked(source: _Source, name: str) -> Secret:
    """Return a part of credentials, checked for use in a header.

    Raises:
        ConfigurationError: It cannot be used.
    """
    value = source.values[name]
    if not isinstance(value, (str, Secret)):
        raise ConfigurationError(f"{source.origin(name)} must be a str, got {type(value).__name__}")
    secret = Secret(value)
    text = secret.reveal()
    if not text.strip() or not text.isprintable():
        raise ConfigurationError(
            f"{source.origin(name)} is empty or holds characters that no header may carry"
        )
    return secret


def _first(sources: list[_Source], setting: str) -> _Source | None:
    """Return the first source that has a setting."""
    return next((source for source in sources if setting in source.values), None)


def secret_settings(api: API) -> frozenset[str]:
    """Return the names of the settings whose values are secrets.

    Args:
        api: The API.
    """
    return frozenset(
        name for kind in api.credentials for name in kind.fields if name not in kind.public
    )


def _origins(sources: list[_Source]) -> dict[str, str]:
    origins: dict[str, str] = {}
    for source in sources:
        for name in source.values:
            origins.setdefault(name, source.origin(name))
    return origins


def known_settings(api: API) -> frozenset[str]:
    """Return the names of the settings that the environment and profiles may have."""
    fields = (field for kind in api.credentials for field in kind.fields)
    return frozenset((*fields, *(scope.argument for scope in api.scopes), *CONNECTION, "url"))


def _scopes(api: API, sources: list[_Source]) -> dict[str, ScopeValue]:
    found: dict[str, ScopeValue] = {}
    for scope in api.scopes:
        name = scope.argument
        source = _first(sources, name)
        if source is None:
            continue
        value, origin = source.values[name], source.origin(name)
        try:
            segment(origin, value)
        except InvalidArgumentError as error:
            raise ConfigurationError(error.message) from None
        # The caller knows the origin of an argument.
        found[name] = ScopeValue(str(value), None if source is sources[0] else origin)
    return found


def _base_url(api: API, sources: list[_Source]) -> str:
    source = _first(sources, "url")
    if source is None:
        return api.base_url
    value, origin = source.values["url"], source.origin("url")
    if not isinstance(value, str):
        raise ConfigurationError(f"{origin} must be a str, got {type(value).__name__}")
    return normalise_base_url(value, api.version_path, origin)


def _connection(sources: list[_Source]) -> dict[str, ConnectionSetting]:
    found: dict[str, ConnectionSetting] = {}
    for name in CONNECTION:
        source = _first(sources, name)
        if source is not None:
            found[name] = ConnectionSetting(str(source.values[name]), source.origin(name))
    if "client_key" in found and "client_cert" not in found:
        raise ConfigurationError(f"{found['client_key'].origin} is set without client_cert")
    return found
