"""Helpers for JSON as Python values."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeGuard

JsonObject: TypeAlias = dict[str, Any]


def is_object(value: object) -> TypeGuard[JsonObject]:
    """Return whether a value that came from JSON is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Return whether a value that came from JSON is an array."""
    return isinstance(value, list)


def without_nulls(value: JsonObject) -> JsonObject:
    """Return an object without the properties that are null."""
    return {name: item for name, item in value.items() if item is not None}


def deep_merge(old: object, new: object) -> object:
    """Merge one JSON value into another: objects by property; other values are replaced."""
    if not (is_object(old) and is_object(new)):
        return new
    return old | {name: deep_merge(old.get(name), value) for name, value in new.items()}
