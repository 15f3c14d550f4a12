"""How one response is read: what happens at a value that the contract does not know."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable

FAILURES = (TypeError, ValueError, AttributeError, OverflowError)
"""What decoders raise where a value is not what it is declared to be."""

_noticed: ContextVar[set[Hashable] | None] = ContextVar("noticed", default=None)


class TolerantReading:
    """Keep values of a wrong type as they come, instead of failing.

    The context is what was noticed on the way; the same has the same key whenever it is met. It is
    no generator, which would take a microsecond of each call.
    """

    __slots__ = ("_token",)

    def __enter__(self) -> set[Hashable]:
        noticed: set[Hashable] = set()
        self._token = _noticed.set(noticed)
        return noticed

    def __exit__(self, *_: object) -> None:
        _noticed.reset(self._token)


@contextmanager
def reading_strictly() -> Generator[None, None, None]:
    """Fail at a value of a wrong type, as is done outside of both."""
    token = _noticed.set(None)
    try:
        yield
    finally:
        _noticed.reset(token)


def is_tolerant() -> bool:
    """Whether a value of a wrong type is kept as it came."""
    return _noticed.get() is not None


def notice(what: Hashable) -> None:
    """Remember a deviation from the contract; it is described later.

    Args:
        what: The same whenever the same is met again, so that it is described once.
    """
    noticed = _noticed.get()
    if noticed is not None:
        noticed.add(what)
