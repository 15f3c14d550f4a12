"""The fleet that a command is about."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from clickhouse_cloud_async.fleet import AsyncFleet

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .options import Options


@asynccontextmanager
async def open_fleet(options: Options) -> AsyncGenerator[AsyncFleet]:
    """Open the services of all profiles that are named.

    Args:
        options: How to reach the API.

    Raises:
        ConfigurationError: There are no credentials, or a setting cannot be used.
    """
    async with AsyncExitStack() as stack:
        clients = options.connect_all()
        yield AsyncFleet.of([await stack.enter_async_context(client) for client in clients])
