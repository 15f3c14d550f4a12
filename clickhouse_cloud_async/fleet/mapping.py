"""An action that calls a function of the caller with each service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.errors import InvalidArgumentError, OutcomeUnknownError
from clickhouse_cloud_async.core.functions import checked_async_function

from .steps import Action, Step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def mapping(function: Callable[[Any], Awaitable[Any]], at_once: int) -> Action:
    """Call a function with each service.

    Args:
        function: The function, which is called with a member of the fleet.
        at_once: Maximum number of concurrent calls per client.

    Raises:
        InvalidArgumentError: The function is not async, or `at_once` is less than 1.
    """
    checked_async_function("function", function)
    if isinstance(at_once, bool) or not isinstance(at_once, int) or at_once < 1:
        raise InvalidArgumentError(f"at_once must be a number of at least 1, got {at_once!r}")

    async def send(each: Any, timeout: float | None) -> Any:
        limit = asyncio.timeout(timeout)
        try:
            async with limit:
                return await function(each)
        except TimeoutError:
            if not limit.expired():
                raise
        raise OutcomeUnknownError("the function did not return before the timeout")

    step = Step(name="map", send=send, is_observable=False, is_result=True)
    return Action(name="map", steps=(step,), at_once=at_once)
