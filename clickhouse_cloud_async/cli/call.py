"""Makes the calls of a command with a client, and prints their result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from .connection import connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clickhouse_cloud_async.core.client import AsyncAPIClient

    from .options import Changing, Options
    from .output import Fields

    C = TypeVar("C", bound=AsyncAPIClient)
    Calls: TypeAlias = Callable[[C], Awaitable[Any] | AsyncIterator[Any]]


def run_calls(
    kind: type[C],
    options: Options,
    calls: Calls[C],
    *,
    changing: Changing | None = None,
    fields: Fields[Any] | None = None,
) -> None:
    """Make calls with a client of an API, and print the result.

    Args:
        kind: The class of the client.
        options: How to reach it and how to print.
        calls: Makes the calls: a coroutine function that returns the result, or a function that
            returns the items of a list one by one, such as ``cloud.things.iterate()``.
        changing: Options of a command that changes something; for a dry run, the first request
            that is no read is printed and not sent.
        fields: What tables show unless something else is asked for.

    Raises:
        CloudError: A call failed.
        BadParameter: An option cannot be used.
    """
    asyncio.run(_run(kind, options, calls, changing, fields))


async def _run(
    kind: type[C],
    options: Options,
    calls: Calls[C],
    changing: Changing | None,
    fields: Fields[Any] | None,
) -> None:
    from clickhouse_cloud_async.core.held import first_held
    from clickhouse_cloud_async.core.holding import holding_changes

    from .dry_run import show_request
    from .output import note
    from .results import show, show_stream

    async with connect(kind, options) as client:
        if changing is not None and changing.dry_run:
            try:
                with holding_changes():
                    await _result(calls(client))
            except Exception as error:
                if (held := first_held(error)) is None:
                    raise
                show_request(options, held.request)
            else:
                note("dry run: nothing would change")
            return
        begun = calls(client)
        if isinstance(begun, AsyncIterator):
            await show_stream(options, begun, fields)
        else:
            show(options, await _result(begun), fields)


async def _result(begun: Awaitable[Any] | AsyncIterator[Any]) -> Any:
    if isinstance(begun, AsyncIterator):
        return [item async for item in begun]
    return await begun
