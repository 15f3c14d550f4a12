"""What a client has created just now, and reads may not show for a moment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

T = TypeVar("T")

GRACE = 30.0
"""Seconds for which an absence is not believed after a creation."""

SHORTEST_GRACE = 5.0
"""Least seconds of it with an emulator whose clock is faster."""


@attrs.frozen
class _Created:
    """A thing that was created.

    Attributes:
        item: The thing as its creation showed it.
        path: The path of the request, which is that of the list it comes to stand in.
        until: When an absence is believed, by the monotonic clock.
    """

    item: Any = attrs.field(repr=False)
    path: str
    until: float


class CreatedThings:
    """The things that a client has created within the last moments, by ID.

    Args:
        speed: Cloud seconds that pass in a second.
    """

    def __init__(self, speed: float) -> None:
        self._grace: float = max(GRACE / speed, SHORTEST_GRACE)
        self._things: dict[str, _Created] = {}

    def add(self, result: object, path: str) -> None:
        """Remember what the result of a creation shows.

        Args:
            result: The result; the thing itself, or an object that holds it.
            path: The path of the request.
        """
        now = time.monotonic()
        self._things = {key: each for key, each in self._things.items() if each.until > now}
        for item in _things_in(result):
            self._things[item.id] = _Created(item, path, now + self._grace)

    def discard(self, path: str) -> None:
        """Forget what was deleted.

        Args:
            path: The path of the request that deleted it.
        """
        self._things.pop(path.rpartition("/")[2], None)

    def is_expected(self, key: str) -> bool:
        """Return whether an absence of a thing is too early to be believed.

        Args:
            key: Its ID.
        """
        return key in self._things and time.monotonic() < self._things[key].until

    def expects(self, method: str, path: str) -> bool:
        """Return whether a request reads a thing that was just created.

        Args:
            method: HTTP method of the request.
            path: Its path.
        """
        if not self._things or method != "GET":
            return False
        return self.is_expected(path.rpartition("/")[2])

    def missing(self, model: type[T], path: str, listed: Container[str]) -> list[T]:
        """Return the things that a list does not show yet, as their creations showed them.

        Args:
            model: Their type.
            path: The path of the list.
            listed: The IDs of what it shows.
        """
        return [
            each.item
            for key, each in self._things.items()
            if each.path == path
            and isinstance(each.item, model)
            and key not in listed
            and self.is_expected(key)
        ]


def _things_in(result: object) -> Iterator[Any]:
    parts, model = [result], type(result)
    if attrs.has(model):
        parts += [getattr(result, field.name, None) for field in attrs.fields(model)]
    for part in parts:
        if isinstance(getattr(part, "id", None), str):
            yield part
