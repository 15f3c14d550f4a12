"""Completes the fields of a resource with defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merge(
    replaces: Mapping[str, tuple[str, ...]], defaults: Mapping[str, Any], fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the fields of a resource, completed with the defaults.

    Mappings are merged key by key, everything else is replaced.

    Args:
        replaces: For a field, the other fields of the defaults that it replaces.
        defaults: The defaults of its kind.
        fields: The fields that the resource itself has.
    """
    replaced = {name for field in fields for name in replaces.get(field, ())}
    kept = {name: value for name, value in defaults.items() if name not in replaced}
    return _merged(kept, fields)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        there = merged.get(name)
        is_joined = isinstance(there, Mapping) and isinstance(value, Mapping)
        merged[name] = _merged(dict(there or ()), value) if is_joined else value
    return merged
