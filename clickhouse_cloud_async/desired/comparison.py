"""Comparisons of the values of a field, a function for each method.

Each function takes the name of a field, its actual value and its desired value, both as plain
values. It returns the changes between them: one for the field as a whole, or one for each entry.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

from clickhouse_cloud_async.core.codec import json_bytes
from clickhouse_cloud_async.core.values import UNSET

from .diff import FieldChange, entry_changes

Comparison: TypeAlias = Callable[[str, Any, Any], list[FieldChange]]
"""Compares the actual value of a field with the desired one."""

_NOTHING: tuple[Any, ...] = (None, "", [], {})
"""Values of a field within an entry that are equivalent to its absence."""


def as_value(field: str, before: Any, after: Any) -> list[FieldChange]:
    """Compare values as a whole; lists in the order of their items."""
    if before == after:
        return []
    return [FieldChange(field, None, UNSET if before is None else before, after)]


def as_outlined(field: str, before: Any, after: Any) -> list[FieldChange]:
    """Compare values as a whole; of mappings in them, only the desired fields."""
    return as_value(field, _like(before, after), after)


def as_set(field: str, before: Any, after: Any) -> list[FieldChange]:
    """Compare lists without regard to order, item by item."""
    return entry_changes(field, _members(before), _members(after))


def as_mapping(field: str, before: Any, after: Any) -> list[FieldChange]:
    """Compare mappings key by key; keys that are not desired are removed."""
    return entry_changes(field, before or {}, after or {})


def as_stated(field: str, before: Any, after: Any) -> list[FieldChange]:
    """Compare mappings key by key, but only the desired keys; all others stay."""
    there, wanted = before or {}, after or {}
    return entry_changes(field, {key: there.get(key) for key in wanted}, wanted)


def keyed(*by: str, at_least: Collection[str] = (), sets: Collection[str] = ()) -> Comparison:
    """Compare lists of mappings without regard to order, matched by some of their fields.

    Only the desired fields of an entry are compared.

    Args:
        *by: The fields that identify an entry, such as ``source``.
        at_least: Fields of an entry with lists that may have more items than are desired.
        sets: Fields of an entry with lists whose order is irrelevant.
    """
    alike = {**dict.fromkeys(sets, _has_same), **dict.fromkeys(at_least, _has_all)}

    def compare(field: str, before: Any, after: Any) -> list[FieldChange]:
        there, wanted = _entries(before, by), _entries(after, by)
        for key, entry in wanted.items():
            if key in there:
                there[key] = {
                    name: value
                    if name in alike and alike[name](there[key].get(name), value)
                    else _like(there[key].get(name), value)
                    for name, value in entry.items()
                }
        return entry_changes(field, there, wanted)

    return compare


def _has_all(before: Any, after: Any) -> bool:
    """Return whether a list has all desired items."""
    return set(after or ()) <= set(before or ())


def _has_same(before: Any, after: Any) -> bool:
    """Return whether a list has exactly the desired items."""
    return set(after or ()) == set(before or ())


def _like(before: Any, after: Any) -> Any:
    """Reduce a value to the fields of the desired value."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return {name: _like(before.get(name), value) for name, value in after.items()}
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [_like(*pair) for pair in zip(before, after, strict=True)]
    return after if before in _NOTHING and after in _NOTHING else before


def _entries(value: Any, by: Sequence[str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for entry in value or ():
        key = ", ".join(_key(entry.get(name)) for name in by)
        # Entries that were created elsewhere may share a key; all of them are compared.
        while key in result:
            key += " (again)"
        result[key] = {name: item for name, item in entry.items() if name not in by}
    return result


def _members(value: Any) -> dict[str, Any]:
    return {_key(item): True for item in value or ()}


def _key(item: Any) -> str:
    if isinstance(item, list):
        return ", ".join(sorted(map(_key, item)))
    return item if isinstance(item, str) else json_bytes(item).decode()
