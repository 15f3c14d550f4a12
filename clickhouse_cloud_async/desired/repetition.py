"""Resources that are described once and created several times: ``for_each``.

It takes a list of items, or a mapping. ``${each}`` stands for the item, ``${each.key}`` and
``${each.value}`` for key and value, ``${each.value.region}`` for a field of such a value.
There are no conditions and no expressions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .validation import ErrorCollector, FieldPath

FOR_EACH = "for_each"
"""The field of a resource that repeats it."""

_EACH = re.compile(r"\$\$\{|\$\{\s*each((?:\.[\w-]+)*)\s*\}")


def repeat(
    fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector
) -> Iterator[dict[str, Any]]:
    """Yield the resources of an entry of a document: itself, or one for each item.

    Args:
        fields: The fields of the entry.
        path: Its path.
        errors: Collects the errors.
    """
    if FOR_EACH not in fields:
        yield dict(fields)
        return
    items = _items(fields[FOR_EACH])
    if items is None:
        errors.add((*path, FOR_EACH), "takes a list of texts or numbers, or a mapping")
        return
    rest = {name: value for name, value in fields.items() if name != FOR_EACH}
    for key, value in items:
        yield _Substitution(key, value, errors).fields(rest, path)


def _items(given: object) -> list[tuple[Any, Any]] | None:
    """Return keys and values to repeat over; None for an invalid value."""
    if isinstance(given, Mapping):
        return list(given.items())
    if isinstance(given, list) and all(_is_plain(item) for item in given):
        return [(item, item) for item in given]
    return None


def _is_plain(item: object) -> bool:
    return isinstance(item, str | int | float) and not isinstance(item, bool)


class _Substitution:
    """Replaces references to an item in an entry by its values."""

    def __init__(self, key: object, value: object, errors: ErrorCollector) -> None:
        self._key = key
        self._value = value
        self._errors = errors

    def fields(self, fields: Mapping[str, Any], path: FieldPath) -> dict[str, Any]:
        return {name: self._in(value, (*path, name)) for name, value in fields.items()}

    def _in(self, value: Any, path: FieldPath) -> Any:
        if isinstance(value, Mapping):
            return self.fields(value, path)
        if isinstance(value, list):
            return [self._in(item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, str) or "${" not in value:
            return value
        # A number that is the whole value remains a number.
        if (whole := _EACH.fullmatch(value)) and whole[1] is not None:
            return self._find(whole[1], path)
        return _EACH.sub(lambda found: self._text(found, path), value)

    def _text(self, found: re.Match[str], path: FieldPath) -> str:
        if found[1] is None:
            return found[0]
        value = self._find(found[1], path)
        if isinstance(value, Mapping | list):
            self._errors.add(path, f"{found[0]} is not text that could stand within another")
        return str(value)

    def _find(self, steps: str, path: FieldPath) -> Any:
        first, *rest = steps.split(".")[1:] or ["value"]
        value: Any = {"key": self._key, "value": self._value}
        for step in (first, *rest):
            if not isinstance(value, Mapping) or step not in value:
                self._errors.add(path, f"${{each{steps}}} is not there: {step} is unknown")
                return ""
            value = value[step]
        return value
