"""Checks of functions that callers pass."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TypeVar

from .errors import InvalidArgumentError

F = TypeVar("F")


def checked_function(name: str, function: F) -> F:
    """Check that a value is callable and not async.

    The coroutine of an async function would be truthy, and would never be awaited.

    Args:
        name: Its name in the error.
        function: The function.

    Raises:
        InvalidArgumentError: It cannot be called, or is async.
    """
    if not callable(function):
        kind = type(function).__name__
        raise InvalidArgumentError(f"{name}: expected a function, found {kind}")
    if iscoroutinefunction(function):
        raise InvalidArgumentError(f"{name}: expected a function that is not async")
    return function


def checked_async_function(name: str, function: F) -> F:
    """Check that a value is an async callable.

    Args:
        name: Its name in the error.
        function: The function, or an object whose calls are async.

    Raises:
        InvalidArgumentError: It cannot be called, or is not async.
    """
    if not callable(function):
        kind = type(function).__name__
        raise InvalidArgumentError(f"{name}: expected an async function, found {kind}")
    call = getattr(function, "__call__", None)  # noqa: B004 - an object's calls may be async
    if not any(map(iscoroutinefunction, (function, call))):
        raise InvalidArgumentError(
            f"{name}: expected an async function, found one that is not: define it with async def"
        )
    return function
