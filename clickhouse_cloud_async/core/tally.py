"""Counts the requests that a part of a program sends."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


class Tally:
    """A count of requests.

    Args:
        around: The tally that this one is a part of.

    Attributes:
        requests: Attempts that were sent so far.
    """

    __slots__ = ("_around", "requests")

    def __init__(self, around: Tally | None) -> None:
        self._around = around
        self.requests: int = 0

    def add(self) -> None:
        """Count a request, here and in the tallies around."""
        self.requests += 1
        if self._around is not None:
            self._around.add()


_tally: ContextVar[Tally | None] = ContextVar("tally", default=None)


@contextmanager
def counting() -> Generator[Tally, None, None]:
    """Count the requests that this context sends, and those that it begins from now on."""
    tally = Tally(_tally.get())
    token = _tally.set(tally)
    try:
        yield tally
    finally:
        _tally.reset(token)


def count_request() -> None:
    """Count a request for whoever counts in this context."""
    tally = _tally.get()
    if tally is not None:
        tally.add()
