"""Asks for the settings of a profile, checks and writes them; lists, shows and removes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import typer

from clickhouse_cloud_async.core.client import api_of
from clickhouse_cloud_async.core.errors import ConfigurationError
from clickhouse_cloud_async.core.profiles import (
    DEFAULT_PROFILE,
    chosen_profile,
    profile_names,
    read_profile,
)
from clickhouse_cloud_async.core.settings import (
    CONNECTION,
    config_path,
    known_settings,
)
from clickhouse_cloud_async.core.urls import normalise_base_url
from clickhouse_cloud_async.core.values import MASK

from .confirm import ask, ask_secret, ask_text, check_terminal, confirm_by_name
from .connection import http_options
from .output import note
from .profile_file import choose_profile, remove_profile, write_profile
from .results import show

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.api import API
    from clickhouse_cloud_async.core.auth import Credential

    from .account_of import Account
    from .options import Changing, Options
    from .output import Fields


def configure(account: Account, options: Options, *, check: bool) -> None:
    """Prompt for credentials, check them, and write them to a profile.

    Args:
        account: The API.
        options: Name of the profile, and how to reach the API.
        check: Whether they are checked.

    Raises:
        BadParameter: There is no terminal to ask on, or several profiles are named.
        CloudError: The API refuses the credentials, or the file cannot be written.
        Abort: A profile of that name exists, and was not to be replaced.
    """
    check_terminal("the credentials in the environment")
    api = api_of(account.load())
    path, name = config_path(api), options.single_profile or DEFAULT_PROFILE
    if name in profile_names(path):
        ask(f"There is a profile {name} already. Replace it?")
    values = _ask_settings(api, options)
    if check:
        who = asyncio.run(_identify(account, options, values))
        note(f"{api.title} accepts these credentials as {who}")
    write_profile(path, name, values)
    note(f"written to {path}")
    if name != chosen_profile(path):
        note(f"use it with --profile {name}, or make it the default: chcloud profiles use {name}")


def _ask_settings(api: API, options: Options) -> dict[str, str]:
    kind = _ask_kind(api)
    values: dict[str, str] = {}
    for field in kind.fields:
        question = _title(field)
        values[field] = ask_text(question) if field in kind.public else ask_secret(question)
    if any(scope.argument == "organization_id" for scope in api.scopes):
        organization = options.organization or ask_text(
            "Organisation ID (empty to detect it)", optional=True
        )
        if organization:
            values["organization_id"] = organization
    url = options.url or ask_text("Base URL", default=api.base_url)
    if url != api.base_url:
        values["url"] = normalise_base_url(url, api.version_path)
    for setting in CONNECTION:
        given = getattr(options, setting)
        if given is not None:
            values[setting] = str(given)
    return values


def _title(field: str) -> str:
    """Return the name of a setting as it is written in prose."""
    text = field.replace("_", " ")
    return text[:1].upper() + text[1:] if not text.startswith("api ") else f"API{text[3:]}"


def _ask_kind(api: API) -> Credential:
    """Return the kind of credentials that the user has."""
    kinds = {" and ".join(kind.fields): kind for kind in api.credentials}
    if len(kinds) == 1:
        return api.credentials[0]
    first, *others = kinds
    choice = ask_text(f"Credentials ({first}, or {', or '.join(others)})", default=first)
    if choice not in kinds:
        raise typer.BadParameter(f"{choice!r} is not one of {'; '.join(kinds)}")
    return kinds[choice]


async def _identify(account: Account, options: Options, values: dict[str, str]) -> str:
    arguments: dict[str, Any] = {
        name: value for name, value in values.items() if name not in {"url", *CONNECTION}
    }
    client: Any = account.load()
    async with client(base_url=values.get("url"), http=http_options(options), **arguments) as cloud:
        found = (await account.identify(cloud)).to_dict()
    return next((str(found[key]) for key in ("name", "email", "id") if found.get(key)), "valid")


def show_profiles(account: Account, options: Options) -> None:
    """List the profiles.

    Args:
        account: The API.
        options: How to print.

    Raises:
        ConfigurationError: The file cannot be used.
    """
    api = api_of(account.load())
    path = config_path(api)
    chosen = chosen_profile(path)
    rows: list[dict[str, Any]] = []
    for name in profile_names(path):
        profile = read_profile(path, name, known_settings(api))
        values = {} if profile is None else profile.values
        rows.append(
            {
                "name": name,
                "chosen": name == chosen,
                "url": values.get("url", api.base_url),
                "organization_id": values.get("organization_id"),
            }
        )
    show(options, rows, _COLUMNS)


_COLUMNS: Fields[dict[str, Any]] = {
    "name": lambda row: row["name"],
    "chosen": lambda row: "*" if row["chosen"] else "",
    "url": lambda row: row["url"],
    "organisation": lambda row: row["organization_id"],
}


def use_profile(account: Account, name: str) -> None:
    """Choose the default profile.

    Args:
        account: The API.
        name: Name of the profile.

    Raises:
        ConfigurationError: There is no such profile, or the file cannot be used.
    """
    api = api_of(account.load())
    choose_profile(config_path(api), name)
    note(f"{name} is the default unless {api.variable('profile')} or --profile names another")


def show_profile(account: Account, options: Options, name: str) -> None:
    """Show the settings of a profile, secrets masked.

    Args:
        account: The API.
        options: How to print.
        name: Name of the profile.

    Raises:
        ConfigurationError: There is no such profile, or the file cannot be used.
    """
    api = api_of(account.load())
    path = config_path(api)
    profile = read_profile(path, name, known_settings(api))
    if profile is None:
        raise ConfigurationError(f"{path} has no profile {name!r}")
    show(options, {key: shown_setting(api, key, value) for key, value in profile.values.items()})


def shown_setting(api: API, name: str, value: str) -> str:
    """Return a setting as it may be shown.

    Args:
        api: The API.
        name: Name of the setting.
        value: Its value.
    """
    secret = {
        field for kind in api.credentials for field in kind.fields if field not in kind.public
    }
    if name in secret:
        return MASK
    if name == "proxy" and "@" in value:
        scheme, _, rest = value.partition("://")
        return f"{scheme}://{MASK}@{rest.rpartition('@')[2]}"
    return value


def delete_profile(account: Account, name: str, changing: Changing) -> None:
    """Remove a profile, once its name has been typed.

    Args:
        account: The API.
        name: Name of the profile.
        changing: Whether to ask for confirmation, and whether it is a dry run.

    Raises:
        ConfigurationError: There is no such profile, or the file cannot be used.
        CommandError: Another name was typed.
    """
    path = config_path(api_of(account.load()))
    if name not in profile_names(path):
        raise ConfigurationError(f"{path} has no profile {name!r}")
    confirm_by_name(changing, f"remove the profile {name}", name)
    if changing.dry_run:
        note(f"dry run: {name} would be removed from {path}")
        return
    remove_profile(path, name)
    note(f"{name} is removed from {path}")
