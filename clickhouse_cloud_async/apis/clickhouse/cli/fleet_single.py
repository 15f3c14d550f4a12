"""Does something to one resource of a fleet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.options import Output
from clickhouse_cloud_async.cli.output import note
from clickhouse_cloud_async.cli.results import show

from .connection import open_fleet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.fleet import AsyncFleet


def act_on_one(options: Options, act: Callable[[AsyncFleet], Awaitable[str]], message: str) -> None:
    """Do something to a resource, and say so.

    Args:
        options: How to reach the API and how to print.
        act: What is done; returns the ID of the resource.
        message: What is said of it.

    Raises:
        CloudError: It could not be done.
    """

    async def run() -> str:
        async with open_fleet(options) as fleet:
            return await act(fleet)

    resource_id = asyncio.run(run())
    if options.format is Output.TABLE and options.query is None:
        note(f"{message} ({resource_id})")
    else:
        show(options, {"id": resource_id})
