"""Timers on the emulator's clock."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from .json_values import JsonObject
    from .store import Path, Store

TIMERS: Path = ("_timers",)
"""Path of the timers in the store."""

_MOST_OUTDATED: Final = 1_000
"""Entries of timers that were moved or cancelled, beside as many as there are timers."""


@attrs.frozen
class Timer:
    """A timer that is due.

    Args:
        due: Its time, in emulated seconds.
        name: Its name, as in `Registry.timer`.
        path: Its document.
    """

    due: float
    name: str
    path: Path


class Timers:
    """Timers by document and name: setting one again moves it.

    They are documents themselves, so that they are saved with all others.

    Args:
        store: The store of the documents.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._documents = store.collection(TIMERS)
        self._queue: list[tuple[float, int, str]] = []
        self._last = 0
        self.reload()

    def reload(self) -> None:
        """Load the timers from the store."""
        self._documents = self._store.collection(TIMERS)
        self._build_queue()
        self._last = max((number for _, number, _ in self._queue), default=0)

    def _build_queue(self) -> None:
        documents = self._documents.peek_all()
        self._queue = [(timer["due"], timer["number"], key) for key, timer in documents.items()]
        heapify(self._queue)

    def set(self, path: Path, name: str, due: float) -> None:
        """Set a timer of a document, which replaces one of the same name.

        Args:
            path: Path of the document.
            name: Its name.
            due: Its time, in emulated seconds.
        """
        self._last += 1
        key = _key(path, name)
        self._documents[key] = {
            "due": due,
            "number": self._last,
            "name": name,
            "path": list(path),
        }
        heappush(self._queue, (due, self._last, key))
        # A service whose queries move its timer would leave an entry for each of them.
        if len(self._queue) > 2 * len(self._documents) + _MOST_OUTDATED:
            self._build_queue()

    def cancel(self, path: Path, name: str) -> None:
        """Cancel a timer of a document, if there is one."""
        self._documents.pop(_key(path, name), None)

    def due_at(self, path: Path, name: str) -> float | None:
        """Return the time at which a timer of a document is due, or None if there is none."""
        timer = self._documents.peek(_key(path, name))
        return None if timer is None else timer["due"]

    def is_due(self, now: float) -> bool:
        """Return whether a timer may be due by a time, in emulated seconds."""
        return bool(self._queue) and self._queue[0][0] <= now

    def take(self, now: float) -> Timer | None:
        """Remove and return the first timer that is due by a time.

        Args:
            now: Emulated seconds.

        Returns:
            The timer, or None if none is due.
        """
        while self.is_due(now):
            due, number, key = heappop(self._queue)
            timer: JsonObject | None = self._documents.peek(key)
            if timer is not None and timer["number"] == number:
                del self._documents[key]
                return Timer(due, timer["name"], tuple(timer["path"]))
        return None


def _key(path: Path, name: str) -> str:
    return "/".join((name, *path))
