"""The mode of a context: whether it sends changes, or holds them back for a dry run."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_is_holding: ContextVar[bool] = ContextVar("is_holding", default=False)


def is_holding() -> bool:
    """Return whether this context holds changes back."""
    return _is_holding.get()


@contextmanager
def holding_changes() -> Generator[None]:
    """Hold back every request of this context but GET and HEAD.

    Raises:
        RequestHeld: From the call that would have sent one.
    """
    with _holding(value=True):
        yield


@contextmanager
def sending_changes() -> Generator[None]:
    """Send requests that this context would hold back, because reads in the block use POST."""
    with _holding(value=False):
        yield


@contextmanager
def _holding(*, value: bool) -> Generator[None]:
    token = _is_holding.set(value)
    try:
        yield
    finally:
        _is_holding.reset(token)
