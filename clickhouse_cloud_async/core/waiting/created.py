"""Resources that a client has just created, and that reads may not show yet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

T = TypeVar("T")

GRACE = 30.0
"""Seconds after a creation for which an absence is ignored."""

SHORTEST_GRACE = 5.0
"""Its minimum with an emulator whose clock is faster."""


@attrs.frozen
class _Created:
    """A resource that was created.

    Attributes:
        item: The resource as its creation returned it.
        path: The path of the request, which is that of the list it will appear in.
        until: End of the time for which an absence is ignored, by the monotonic clock.
    """

    item: Any = attrs.field(repr=False)
    path: str
    until: float


class CreatedThings:
    """The resources that a client has created recently, by ID.

    Args:
        speed: Cloud seconds that pass in a second.
    """

    def __init__(self, speed: float) -> None:
        self._grace: float = max(GRACE / speed, SHORTEST_GRACE)
        self._things: dict[str, _Created] = {}

    def add(self, result: object, path: str) -> None:
        """Remember the resources in the result of a creation.

        Args:
            result: The result; the resource itself, or an object that holds it.
            path: The path of the request.
        """
        now = time.monotonic()
        self._things = {key: each for key, each in self._things.items() if each.until > now}
        for item in _things_in(result):
            self._things[item.id] = _Created(item, path, now + self._grace)

    def discard(self, path: str) -> None:
        """Forget a deleted resource.

        Args:
            path: The path of the request that deleted it.
        """
        self._things.pop(path.rpartition("/")[2], None)

    def is_expected(self, key: str) -> bool:
        """Return whether an absence of a resource is to be ignored.

        Args:
            key: Its ID.
        """
        return key in self._things and time.monotonic() < self._things[key].until

    def expects(self, method: str, path: str) -> bool:
        """Return whether a request reads a resource that was just created.

        Args:
            method: HTTP method of the request.
            path: Its path.
        """
        if not self._things or method != "GET":
            return False
        return self.is_expected(path.rpartition("/")[2])

    def missing(self, model: type[T], path: str, listed: Container[str]) -> list[T]:
        """Return the resources that a list does not show yet, as their creations returned them.

        Args:
            model: Their type.
            path: The path of the list.
            listed: The IDs in the list.
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
