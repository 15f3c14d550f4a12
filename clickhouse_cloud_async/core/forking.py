"""Resets locks and counts in forked processes.

A fork copies the memory of the process but only one of its threads. A lock that another thread
holds at that time is never released in the child, and a request of another thread never ends there.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class Resettable(Protocol):
    """An object that is reset in a forked process."""

    def reset_after_fork(self) -> None:
        """Replace locks, and discard state of the parent's threads."""


_resettable: weakref.WeakSet[Resettable] = weakref.WeakSet()


def resets_after_fork(thing: Resettable) -> None:
    """Reset an object in every process forked from this one, as long as the object exists."""
    _resettable.add(thing)


class ForkLock:
    """A lock that is free in a forked process, even if a thread of the parent holds it."""

    def __init__(self) -> None:
        self.reset_after_fork()
        resets_after_fork(self)

    def reset_after_fork(self) -> None:
        """Replace the lock: the thread that may hold it does not exist in this process."""
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _reset_all() -> None:
    for thing in list(_resettable):
        thing.reset_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_all)
