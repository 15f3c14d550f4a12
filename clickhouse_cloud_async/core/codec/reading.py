"""The mode in which a response is read: what happens to values of unknown types."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable

T = TypeVar("T")

FAILURES = (TypeError, ValueError, AttributeError, OverflowError)
"""Exceptions of decoders for a value that is not of its declared type."""

_noticed: ContextVar[set[Hashable] | None] = ContextVar("noticed", default=None)


def read_tolerantly(
    decode: Callable[[Any, object], T], kind: Any, value: object
) -> tuple[T, set[Hashable]]:
    """Decode a value, and keep values of a wrong type in it unchanged.

    A context manager in its place would add half a microsecond to each call.

    Args:
        decode: Decodes a value of some type.
        kind: The type.
        value: Parsed JSON.

    Returns:
        The decoded value, and a key for each kind of deviation, which is the same each time.
    """
    noticed: set[Hashable] = set()
    token = _noticed.set(noticed)
    try:
        return decode(kind, value), noticed
    finally:
        _noticed.reset(token)


@contextmanager
def reading_strictly() -> Generator[None, None, None]:
    """Fail at a value of a wrong type within the block, as is the default."""
    token = _noticed.set(None)
    try:
        yield
    finally:
        _noticed.reset(token)


def is_tolerant() -> bool:
    """Return whether a value of a wrong type is kept unchanged."""
    return _noticed.get() is not None


def notice(what: Hashable) -> None:
    """Record a deviation from the contract; it is described later.

    Args:
        what: A key that is the same for the same deviation, so that it is described once.
    """
    noticed = _noticed.get()
    if noticed is not None:
        noticed.add(what)
