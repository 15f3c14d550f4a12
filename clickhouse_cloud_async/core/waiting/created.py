"""What a client has created just now, and reads may not show for a moment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

GRACE = 30.0
"""Seconds for which an absence is not believed after a creation."""

SHORTEST_GRACE = 5.0
"""Least seconds of it with an emulator whose clock is faster."""


class CreatedThings:
    """The things that a client has created within the last moments, by ID.

    Args:
        speed: Cloud seconds that pass in a second.
    """

    def __init__(self, speed: float) -> None:
        self._grace: float = max(GRACE / speed, SHORTEST_GRACE)
        self._until: dict[str, float] = {}

    def add(self, result: object) -> None:
        """Remember what the result of a creation shows.

        Args:
            result: The result; the thing itself, or an object that holds it.
        """
        now = time.monotonic()
        self._until = {key: until for key, until in self._until.items() if until > now}
        for key in _ids_in(result):
            self._until[key] = now + self._grace

    def is_expected(self, key: str) -> bool:
        """Return whether an absence of a thing is too early to be believed.

        Args:
            key: Its ID.
        """
        return time.monotonic() < self._until.get(key, 0.0)


def _ids_in(result: object) -> Iterator[str]:
    parts, model = [result], type(result)
    if attrs.has(model):
        parts += [getattr(result, field.name, None) for field in attrs.fields(model)]
    for part in parts:
        key = getattr(part, "id", None)
        if isinstance(key, str):
            yield key
