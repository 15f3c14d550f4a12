"""Runs the command of ``chcloud services awake``."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async import AsyncClickHouseCloud, CloudError
from clickhouse_cloud_async.cli.child import run_child
from clickhouse_cloud_async.cli.commands.waits import shown_progress
from clickhouse_cloud_async.cli.connection import connect
from clickhouse_cloud_async.cli.output import complain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.cli.options import Options


def run_awake(options: Options, service: str, command: Sequence[str], *, stop_again: bool) -> int:
    """Run a command while a service runs.

    Args:
        options: How to reach the API, and how long to wait for the service.
        service: ID or name of the service.
        command: Command to run, with its arguments.
        stop_again: Whether to stop the service again if it was stopped before.

    Returns:
        The exit code of the command.

    Raises:
        CloudError: The service does not run, or cannot be stopped after a command that succeeded.
        CommandError: The command cannot be run.
    """
    return asyncio.run(_run(options, service, command, stop_again=stop_again))


async def _run(options: Options, service: str, command: Sequence[str], *, stop_again: bool) -> int:
    given: dict[str, Any] = {} if options.timeout is None else {"timeout": options.timeout}
    code = 0
    try:
        async with AsyncExitStack() as stack:
            cloud = await stack.enter_async_context(connect(AsyncClickHouseCloud, options))
            with shown_progress("service", service) as show:
                await stack.enter_async_context(
                    cloud.services.awake(service, stop_again=stop_again, on_progress=show, **given)
                )
            code = await run_child(command)
    except CloudError as error:
        if not code:
            raise
        # The command has already failed, and its exit code is more important.
        complain(str(error))
    return code
