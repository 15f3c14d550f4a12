"""Carries out a command on one resource."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.options import Output
from clickhouse_cloud_async.cli.output import note
from clickhouse_cloud_async.cli.results import show

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.desired.verbs import AsyncDesiredVerbs

    from .about import DesiredOf


def act_on_one(
    about: DesiredOf,
    options: Options,
    act: Callable[[AsyncDesiredVerbs], Awaitable[str]],
    message: str,
) -> None:
    """Carry out a command on a resource, and print the result.

    Args:
        about: The API.
        options: How to reach the API and how to print.
        act: The action; returns the ID of the resource.
        message: The message about its success.

    Raises:
        CloudError: The action failed.
    """

    async def run() -> str:
        async with about.open(options) as verbs:
            return await act(verbs)

    resource_id = asyncio.run(run())
    if options.format is Output.TABLE and options.query is None:
        note(f"{message} ({resource_id})")
    else:
        show(options, {"id": resource_id})
