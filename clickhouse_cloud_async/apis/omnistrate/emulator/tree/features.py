"""Lists of what is switched on, in which an entry is known by some of its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.emulation.problems import conflict, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject


def enable(
    entries: list[JsonObject], entry: JsonObject, *known_by: str, is_new: bool = False
) -> None:
    """Put an entry into a list, in place of one that is known by the same values.

    Args:
        entries: The list.
        entry: The entry.
        *known_by: Fields that it is known by.
        is_new: Whether there must not be one yet.

    Raises:
        Problem: 409 if there is one and must not be.
    """
    place = _place(entries, entry, known_by)
    if place is None:
        entries.append(entry)
    elif is_new:
        raise conflict(f"{_words(entry, known_by)} exists already")
    else:
        entries[place] = entry


def disable(entries: list[JsonObject], entry: Mapping[str, Any], *known_by: str) -> None:
    """Take an entry out of a list.

    Args:
        entries: The list.
        entry: What it is known by.
        *known_by: The fields that count.

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
