"""Describes where a response differs from its declared type."""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .reading import FAILURES, reading_strictly
from .types import is_mapping, is_sequence, json_name, members, model_fields
from .unions import chooser

Decoder = Callable[..., Any]


class DriftKind(enum.StrEnum):
    """The kinds of deviations from the contract."""

    FIELD = "unknown field"
    VALUE = "unknown value"
    VARIANT = "unknown variant"
    TYPE = "wrong type"


class Deviation(NamedTuple):
    """A difference between a value and its declared type, without the value itself.

    Attributes:
        path: Where the value stands, from ``$`` on.
        kind: How it differs.
        detail: For a wrong type, what was expected and found.
    """

    path: str
    kind: DriftKind
    detail: str = ""


def deviations(
    kind: Any, value: object, decoder_of: Callable[[Any], Decoder], *, exact: bool = False
) -> Iterator[Deviation]:
    """Yield every deviation in a value, in depth-first order.

    Args:
        kind: The declared type of the value.
        value: Parsed JSON.
        decoder_of: Returns the decoder of a type.
        exact: Whether paths name the index of list items and the keys of mappings.
    """
    with reading_strictly():
        found = list(_Walk(decoder_of, exact=exact).through(kind, value, "$"))
    yield from dict.fromkeys(found)


class _Walk:
    """A walk through a value and its declared type."""

    def __init__(self, decoder_of: Callable[[Any], Decoder], *, exact: bool) -> None:
        self._decoder_of = decoder_of
        self._exact = exact

    def through(self, kind: Any, value: object, path: str) -> Iterator[Deviation]:
        """Yield the deviations of a value and of the values below it."""
        parts = members(kind)
        if isinstance(value, dict) and parts.models:
            yield from self._through_object(parts.models, value, path)
            return
        for part in parts.others:
            if isinstance(value, list) and is_sequence(part):
                yield from self._through_items(part, value, path)
                return
            if isinstance(value, dict) and is_mapping(part):
                yield from self._through_mapping(part, value, path)
                return
        words = [known for known in parts.enums if isinstance(value, _word_type(known))]
        if words and not isinstance(value, bool):
            if all(value not in known.__members__.values() for known in words):
                yield Deviation(path, DriftKind.VALUE)
            return
        try:
            self._decoder_of(kind)(value)
        except FAILURES:
            yield Deviation(path, DriftKind.TYPE, _difference(kind, value))

    def _through_object(
        self, models: tuple[Any, ...], value: dict[str, Any], path: str
    ) -> Iterator[Deviation]:
        model = chooser(models)(value)
        if model is None:
            yield Deviation(path, DriftKind.VARIANT)
            return
        fields = model_fields(model)
        for field in fields:
            # In an object, null always means that there is no value.
            if value.get(field.wire) is not None:
                yield from self.through(field.type, value[field.wire], f"{path}.{field.wire}")
        for key in value.keys() - {field.wire for field in fields}:
            yield Deviation(f"{path}.{key}", DriftKind.FIELD)

    def _through_items(self, kind: Any, value: list[Any], path: str) -> Iterator[Deviation]:
        for index, item in enumerate(value):
            step = f"[{index}]" if self._exact else "[]"
            yield from self.through(typing.get_args(kind)[0], item, path + step)

    def _through_mapping(self, kind: Any, value: dict[str, Any], path: str) -> Iterator[Deviation]:
        for key, item in value.items():
            # The keys of a mapping are data: like values they must not be named.
            step = f".{key}" if self._exact else ".*"
            yield from self.through(typing.get_args(kind)[1], item, path + step)


def _word_type(kind: type[enum.StrEnum | enum.IntEnum]) -> type[str | int]:
    return str if issubclass(kind, enum.StrEnum) else int


def _difference(kind: Any, value: object) -> str:
    parts = members(kind)
    names = [
        *(["object"] if parts.models or parts.raw else []),
        *(json_name(_word_type(known)) for known in parts.enums),
        *(json_name(typing.get_origin(part) or part) for part in parts.others),
    ]
    wanted = " or ".join(dict.fromkeys(names)) or "another value"
    found = json_name(type(value))
    return f"expected {wanted}, found {'one that is malformed' if found == wanted else found}"
