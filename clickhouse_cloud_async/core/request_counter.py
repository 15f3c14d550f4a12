"""Counts the requests that a part of a program sends."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


class RequestCounter:
    """Counts requests.

    Args:
        parent: The counter of the enclosing block, which counts them too.

    Attributes:
        requests: Attempts that were sent so far.
    """

    __slots__ = ("_parent", "requests")

    def __init__(self, parent: RequestCounter | None) -> None:
        self._parent = parent
        self.requests: int = 0

    def add(self) -> None:
        """Count a request, also in the enclosing counters."""
        self.requests += 1
        if self._parent is not None:
            self._parent.add()


_counter: ContextVar[RequestCounter | None] = ContextVar("request_counter", default=None)


@contextmanager
def count_requests() -> Generator[RequestCounter, None, None]:
    """Count the requests that the block sends, and those of the tasks that it starts."""
    counter = RequestCounter(_counter.get())
    token = _counter.set(counter)
    try:
        yield counter
    finally:
        _counter.reset(token)


def add_request() -> None:
    """Count a request that is about to be sent, if the context has a counter."""
    counter = _counter.get()
    if counter is not None:
        counter.add()
