"""Both clients by the same code."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import anyio.to_thread


class Either:
    """A client, or a part of it, whose calls are awaited whether the client is async or not.

    Args:
        owner: The client, or a namespace of it.
    """

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._owner, name)
        if not inspect.ismethod(value):
            return Either(value)
        if inspect.iscoroutinefunction(value):
            return value

        async def call(*args: Any, **keywords: Any) -> Any:
            return await anyio.to_thread.run_sync(functools.partial(value, *args, **keywords))

        return call
