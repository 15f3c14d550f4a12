"""Retries of requests that a settling resource refuses with 409."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

from clickhouse_cloud_async.core.errors import ConflictError
from clickhouse_cloud_async.core.telemetry import logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

RETRY_FOR = 900.0
"""Seconds for which a request is retried that is refused because of a transition."""

PAUSE = 10.0
"""Seconds between two attempts."""


async def retry_conflicts(
    send: Callable[[], Awaitable[T]],
    *,
    is_passing: Callable[[], Awaitable[bool]],
    announce: Callable[[str], object],
    speed: float,
) -> T:
    """Retry a request while the API refuses it with 409 although the state allows it.

    The API may show the new state before the transition that leads to it is over.

    Args:
        send: Sends the request once.
        is_passing: Returns whether the state, seen anew, still allows the request.
        announce: Called with a message before each wait.
        speed: Cloud seconds that pass in a second.

    Returns:
        What `send` returns.

    Raises:
        ConflictError: The state does not allow the request, or the conflict does not pass.
    """
    ends = time.monotonic() + RETRY_FOR / speed
    while True:
        try:
            return await send()
        except ConflictError as error:
            if error.has_ambiguous_attempt or time.monotonic() >= ends or not await is_passing():
                raise
            message = f"refused with 409, will be retried: {error.message}"
        logger.info("%s; next attempt in %.1f s", message, PAUSE / speed)
        announce(message)
        await asyncio.sleep(PAUSE / speed)
