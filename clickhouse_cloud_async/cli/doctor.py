"""The owner of the credentials in use, and the data for problem reports, without secrets."""

from __future__ import annotations

import asyncio
import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async._version import __version__
from clickhouse_cloud_async.core.client import api_of
from clickhouse_cloud_async.core.errors import CloudError
from clickhouse_cloud_async.core.proxies import proxy_for
from clickhouse_cloud_async.core.settings import config_path, resolve_settings

from .configure import shown_setting
from .connection import connect
from .results import show

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.api import API
    from clickhouse_cloud_async.core.client import AsyncAPIClient
    from clickhouse_cloud_async.core.settings import Settings

    from .account_of import Account
    from .options import Options

_PACKAGES = ("aiohttp", "attrs", "cattrs", "orjson", "typer", "rich")


def show_identity(account: Account, options: Options) -> None:
    """Show the owner of the credentials in use.

    Args:
        account: The API.
        options: How to reach it and how to print.

    Raises:
        CloudError: There are no credentials, or the API refuses them.
    """
    api = api_of(account.load())
    settings = _settings(api, options)
    found = asyncio.run(_identity(account, options))
    show(
        options,
        {
            "api": api.title,
            "url": settings.base_url,
            "credentials": _credentials(api, settings),
            **found,
        },
    )


async def _identity(account: Account, options: Options) -> dict[str, Any]:
    async with connect(account.load(), options) as cloud:
        identity: dict[str, Any] = (await account.identify(cloud)).to_dict()
    return identity


def show_diagnosis(account: Account, options: Options) -> None:
    """Show settings, connection and versions.

    Args:
        account: The API.
        options: How to reach it and how to print.

    Raises:
        CloudError: The problem, after everything else was shown.
    """
    api = api_of(account.load())
    facts: dict[str, Any] = _versions()
    problem: CloudError | None = None
    try:
        _add_settings(facts, api, options)
        facts |= asyncio.run(_examine(account, options))
    except CloudError as error:
        problem = error
        facts["problem"] = str(error)
    show(options, facts)
    if problem is not None:
        raise problem


def _versions() -> dict[str, Any]:
    found: dict[str, str | None] = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return {
        "version": __version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "packages": " ".join(f"{name} {number}" for name, number in found.items()),
    }


def _settings(api: API, options: Options) -> Settings:
    return resolve_settings(api, {}, options.url, options.single_profile)


def _add_settings(facts: dict[str, Any], api: API, options: Options) -> None:
    """Add base URL and credentials with their origins, as far as they can be determined."""
    path = config_path(api)
    facts["api"] = api.title
    facts["profile_file"] = f"{path}{'' if path.exists() else ' (none)'}"
    settings = _settings(api, options)
    facts["credentials"] = _credentials(api, settings)
    facts["url"] = _with_origin(settings.base_url, settings.origins.get("url"))
    for name, scope in settings.scopes.items():
        facts[name] = _with_origin(scope.value, settings.origins.get(name))
    for name, (value, origin) in settings.connection.items():
        facts[name] = _with_origin(shown_setting(api, name, value), origin)
    proxy = options.proxy or proxy_for(settings.base_url, None, trust_env=True)
    if "proxy" not in facts:
        facts["proxy"] = shown_setting(api, "proxy", proxy) if proxy else "none"


def _with_origin(value: str, origin: str | None) -> str:
    # The client sees an option of the command line as an argument.
    return value if origin is None or origin.startswith("the argument") else f"{value} ({origin})"


def _credentials(api: API, settings: Settings) -> str:
    """Return the parts of the credentials in use, with their origins."""
    fields = [field for kind in api.credentials for field in kind.fields]
    return ", ".join(settings.origins[name] for name in fields if name in settings.origins)


async def _examine(account: Account, options: Options) -> dict[str, Any]:
    """Return data from the API about itself and the credentials."""
    async with connect(account.load(), options) as cloud:
        began = time.perf_counter()
        response = await cloud.with_response(account.identify, cloud)
        elapsed = time.perf_counter() - began
        if account.probe is not None:
            await account.probe(cloud)
        return {
            "identity": response.result.to_dict(),
            "clock_difference_seconds": _clock_difference(response.headers),
            "first_response_ms": round(elapsed * 1000),
            "rate_limit": _rate_limit(cloud),
            "unknown_in_responses": [f"{each.operation} {each.path}" for each in cloud.drift],
        }


def _clock_difference(headers: Any) -> float | None:
    from clickhouse_cloud_async.core.server_time import clock_offset

    return round(clock_offset(headers).total_seconds(), 1) if "Date" in headers else None


def _rate_limit(cloud: AsyncAPIClient) -> str:
    budget = cloud.rate_budget
    return "none" if budget is None else f"{budget.limit.requests} in {budget.limit.per:g} s"
