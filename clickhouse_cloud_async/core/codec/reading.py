"""How one response is read: what happens at a value that the contract does not know."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable

T = TypeVar("T")

FAILURES = (TypeError, ValueError, AttributeError, OverflowError)
"""What decoders raise where a value is not what it is declared to be."""

_noticed: ContextVar[set[Hashable] | None] = ContextVar("noticed", default=None)


def read_tolerantly(
    decode: Callable[[Any, object], T], kind: Any, value: object
) -> tuple[T, set[Hashable]]:
    """Decode a value, and keep what is of a wrong type in it as it came.

    It is no context manager, which would take half a microsecond of each call.

    Args:
        decode: Decodes a value of some type.
        kind: The type.
        value: Parsed JSON.

    Returns:
        What it was decoded to, and what was noticed on the way: the same has the same key whenever
        it is met.
    """
    noticed: set[Hashable] = set()
    token = _noticed.set(noticed)
    try:
        return decode(kind, value), noticed
    finally:
        _noticed.reset(token)


@contextmanager
def reading_strictly() -> Generator[None, None, None]:
    """Fail at a value of a wrong type, as is done outside of both."""
    token = _noticed.set(None)
    try:
        yield
    finally:
        _noticed.reset(token)


def is_tolerant() -> bool:
    """Return whether a value of a wrong type is kept as it came."""
    return _noticed.get() is not None


def notice(what: Hashable) -> None:
    """Remember a deviation from the contract; it is described later.

    Args:
        what: The same whenever the same is met again, so that it is described once.
    """
    noticed = _noticed.get()
    if noticed is not None:
        noticed.add(what)
