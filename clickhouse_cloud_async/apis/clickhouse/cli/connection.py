"""Clients of this API, created from the options of the command line."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.cli.call import Calls
    from clickhouse_cloud_async.cli.options import Changing, Options
    from clickhouse_cloud_async.cli.output import Fields
    from clickhouse_cloud_async.fleet import AsyncFleet


def run(
    options: Options,
    calls: Calls[AsyncClickHouseCloud],
    *,
    changing: Changing | None = None,
    fields: Fields[Any] | None = None,
) -> None:
    """Make calls with a client of this API, and print the result.

    Args:
        options: How to reach it and how to print.
        calls: As in `run_calls` of the command line's engine; `changing` and `fields` too.
        changing: Options of a command that changes something.
        fields: The fields that tables show by default.

    Raises:
        CloudError: A call failed.
        BadParameter: An option cannot be used.
    """
    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.cli.call import run_calls

    run_calls(AsyncClickHouseCloud, options, calls, changing=changing, fields=fields)


@asynccontextmanager
async def open_fleet(options: Options) -> AsyncGenerator[AsyncFleet]:
    """Open the services of all selected profiles.

    Args:
        options: How to reach the API.

    Raises:
        ConfigurationError: There are no credentials, or a setting cannot be used.
        BadParameter: An organisation or URL is given together with several profiles.
    """
    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.cli.connection import connect_profile
    from clickhouse_cloud_async.fleet import AsyncFleet

    profiles = options.profiles
    if len(profiles) > 1 and (options.organization or options.url):
        raise typer.BadParameter(
            "--organization and --url cannot be combined with several profiles"
        )
    clients = [
        connect_profile(AsyncClickHouseCloud, options, profile, timeout=None, shows_progress=True)
        for profile in profiles
    ]
    async with AsyncExitStack() as stack:
        yield AsyncFleet.of([await stack.enter_async_context(client) for client in clients])
