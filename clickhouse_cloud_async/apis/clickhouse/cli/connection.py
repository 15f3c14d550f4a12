"""Clients made of the options of the command line."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloud
    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.fleet import AsyncFleet

    C = TypeVar("C", AsyncClickHouseCloud, ClickHouseCloud)

_PREFIX = "CLICKHOUSE_CLOUD"


def connect(options: Options) -> ClickHouseCloud:
    """Make a client of the API.

    Args:
        options: How to reach the API.

    Raises:
        ConfigurationError: There are no credentials, or a setting cannot be used.
        InvalidArgumentError: The timeout is not a positive number.
        BadParameter: Several profiles are named.
    """
    from clickhouse_cloud_async import ClickHouseCloud
    from clickhouse_cloud_async.core.client import DEFAULT_TIMEOUT

    if options.profile and len(options.profile) > 1:
        raise typer.BadParameter("this takes one profile; only fleets take several")
    timeout = DEFAULT_TIMEOUT if options.timeout is None else options.timeout
    (client,) = _clients(options, ClickHouseCloud, timeout)
    return client


@asynccontextmanager
async def open_fleet(options: Options) -> AsyncGenerator[AsyncFleet]:
    """Open the services of all profiles that are named.

    Args:
        options: How to reach the API.

    Raises:
        ConfigurationError: There are no credentials, or a setting cannot be used.
        BadParameter: One organisation or URL is to be that of several profiles.
    """
    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.core.client import DEFAULT_TIMEOUT
    from clickhouse_cloud_async.fleet import AsyncFleet

    if options.profile and len(options.profile) > 1 and (options.organization or options.url):
        raise typer.BadParameter(
            "each of several profiles has its own organisation and URL: name neither"
        )
    async with AsyncExitStack() as stack:
        clients = _clients(options, AsyncClickHouseCloud, DEFAULT_TIMEOUT)
        yield AsyncFleet.of([await stack.enter_async_context(client) for client in clients])


def _clients(options: Options, kind: type[C], timeout: float) -> list[C]:
    """A client for each profile; one where none is named."""
    from clickhouse_cloud_async import HTTPOptions

    # As for other programs of a shell, whose environment says how the network is reached.
    http = HTTPOptions(trust_env=True)
    clients: list[C] = []
    profiles: Sequence[str | None] = options.profile or (None,)
    for profile in profiles:
        if profile is not None:
            _select_profile(profile)
        clients.append(
            kind(
                organization_id=options.organization,
                base_url=options.url,
                timeout=timeout,
                http=http,
            )
        )
    return clients


def _select_profile(name: str) -> None:
    """Name a profile to the client and hide what would win over it.

    A profile's credentials, organisation and URL belong together: one from the environment among
    them could send a command to the wrong place.
    """
    for setting in ("API_KEY", "API_SECRET", "TOKEN", "ORGANIZATION_ID", "URL"):
        os.environ.pop(f"{_PREFIX}_{setting}", None)
    os.environ[f"{_PREFIX}_PROFILE"] = name
