"""Lists of enabled features, whose entries are identified by some of their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.emulation.problems import conflict, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject


def enable(
    entries: list[JsonObject], entry: JsonObject, *known_by: str, is_new: bool = False
) -> None:
    """Add an entry to a list, and replace the one with the same identity.

    Args:
        entries: The list.
        entry: The entry.
        *known_by: Fields that identify it.
        is_new: Whether it must be new.

    Raises:
        Problem: 409 if it must be new and exists.
    """
    place = _place(entries, entry, known_by)
    if place is None:
        entries.append(entry)
    elif is_new:
        raise conflict(f"{_words(entry, known_by)} exists already")
    else:
        entries[place] = entry


def disable(entries: list[JsonObject], entry: Mapping[str, Any], *known_by: str) -> None:
    """Remove an entry from a list.

    Args:
        entries: The list.
        entry: The values that identify it.
        *known_by: The fields that identify it.

    Raises:
        Problem: 404 if it does not exist.
    """
    place = _place(entries, entry, known_by)
    if place is None:
        raise not_found(_words(entry, known_by))
    del entries[place]


def _place(
    entries: list[JsonObject], entry: Mapping[str, Any], known_by: tuple[str, ...]
) -> int | None:
    for place, known in enumerate(entries):
        if all(known.get(name) == entry.get(name) for name in known_by):
            return place
    return None


def _words(entry: Mapping[str, Any], known_by: tuple[str, ...]) -> str:
    return " ".join(f"{name} {entry.get(name)}" for name in known_by)
