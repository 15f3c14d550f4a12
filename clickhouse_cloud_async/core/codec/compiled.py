"""Decoders of models: generated source, without a function call for a plain value.

Objects of one list mostly have the same keys. Each frequent set of keys gets a decoder of its own,
which reads the values in order; `python -m benchmarks` measures a list of services.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, cast

from clickhouse_cloud_async.core.values import UNSET

from .reading import FAILURES, notice
from .types import ModelField, is_response_only, is_sequence, members, model_fields, takes_extra

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.model import Model

Decoder = Callable[..., Any]

_PLAIN_TESTS: dict[Any, str] = {
    str: "type(value) is not str",
    int: "type(value) is not int",
    float: "type(value) is not int and type(value) is not float",
    bool: "value is not True and value is not False",
}


_VALUE = re.compile(r"\bvalue\b")

FREQUENT = 8
"""Occurrences of a set of keys before it gets a decoder of its own."""

MOST_SHAPES = 64
"""Maximum number of sets of keys that a model counts."""


def model_decoder(
    model: type[Model], decoder_of: Callable[[Any], Decoder], tolerant: Decoder
) -> Decoder:
    """Generate the function that turns a JSON object into a model.

    Args:
        model: The model class.
        decoder_of: Returns the decoder of a field's type.
        tolerant: Decodes an object with a value of a wrong type.
    """
    source = _Source(model, decoder_of)
    any_shape = source.for_any_shape()
    known = frozenset(field.wire for field in model_fields(model))
    seen: dict[tuple[str, ...], int] = {}
    by_shape: dict[tuple[str, ...], Decoder] = {}

    def decode_model(data: Any, _: object = None) -> Any:
        try:
            decoder = by_shape.get(tuple(data)) or learned(data)
            return decoder(data)
        except FAILURES:
            if type(data) is not dict:
                raise
            return tolerant(data)

    def learned(data: Any) -> Decoder:
        """Return the decoder for the keys of an object; frequent sets of keys have their own."""
        if type(data) is not dict:
            raise TypeError
        shape = tuple(data)
        decoder = any_shape
        count = seen.get(shape, 0) + 1
        if shape and (count > 1 or len(seen) < MOST_SHAPES):
            seen[shape] = count
            if count >= FREQUENT:
                decoder = source.for_shape(shape)
        if not known.issuperset(shape):
            decoder = _noticing((model, shape), decoder)
        if count >= FREQUENT:
            by_shape[shape] = decoder
        return decoder

    return decode_model


def _noticing(what: Hashable, decoder: Decoder) -> Decoder:
    """Make a decoder record that its objects have keys that the model does not know."""

    def decode_and_notice(data: Any) -> Any:
        notice(what)
        return decoder(data)

    return decode_and_notice


class _Source:
    """Writes and compiles the decoders of one model."""

    def __init__(self, model: type[Model], decoder_of: Callable[[Any], Decoder]) -> None:
        self._model = model
        self._fields = model_fields(model)
        self._only_answers = is_response_only(model)
        self._scope: dict[str, Any] = {
            "cls": model,
            "new": model.__new__,
            "UNSET": UNSET,
            "fail": _fail,
            "no_nulls": frozenset[str](),
        }
        self._codings: list[tuple[str, str]] = []
        for index, field in enumerate(self._fields):
            decoding = _decoding(index, field, self._scope, decoder_of)
            self._codings.append((_plain_test(field), decoding))

    def for_any_shape(self) -> Decoder:
        """Return the decoder that looks up every field."""
        write = _answer_field if self._only_answers else _shared_field
        lines = ["    get = data.get"]
        for field, coding in zip(self._fields, self._codings, strict=True):
            lines += write(field, *coding)
        return self._compiled(self._object(lines), "any shape")

    def for_shape(self, shape: tuple[str, ...]) -> Decoder:
        """Return the decoder of objects that have exactly these keys in this order."""
        targets = ", ".join(f"value_{index}" for index in range(len(shape)))
        lines = [f"    {targets}, = data.values()"]
        return self._compiled(lines + self._object(self._values(shape)), "one shape")

    def _values(self, shape: tuple[str, ...]) -> list[str]:
        """Return source that reads the values in order."""
        places = {wire: f"value_{index}" for index, wire in enumerate(shape)}
        lines: list[str] = []
        missing = "None" if self._only_answers else "UNSET"
        for field, (plain_test, decoding) in zip(self._fields, self._codings, strict=True):
            value = places.get(field.wire)
            if value is None:
                lines.append(f"    self.{field.name} = {missing}")
                continue
            lines += [
                f"    if {_VALUE.sub(value, plain_test)}:",
                f"        if {value} is not None:",
                f"            {value} = {_VALUE.sub(value, decoding)}",
                *(_note_null(field) if self._only_answers else ()),
                f"    self.{field.name} = {value}",
            ]
        return lines

    def _object(self, fields: list[str]) -> list[str]:
        """Return source that creates the object around its fields."""
        if not self._only_answers:
            extra = ["    self.extra = None"] if takes_extra(self._model) else []
            return ["    self = new(cls)", *fields, *extra, "    return self"]
        return [
            "    self = new(cls)",
            "    nulls = ()",
            *fields,
            "    self._nulls = frozenset(nulls) if nulls else no_nulls",
            "    return self",
        ]

    def _compiled(self, body: list[str], what: str) -> Decoder:
        name = f"<decoder of {self._model.__name__}, {what}>"
        source = "\n".join(["def decode_fields(data):", *body])
        return _compile(source, self._scope, name)


def _note_null(field: ModelField) -> list[str]:
    return ["        else:", f"            nulls = (*nulls, {field.name!r})"]


def _answer_field(field: ModelField, plain_test: str, decoding: str) -> list[str]:
    """Return source for a field of a response: missing is None, null is None and remembered."""
    return [
        f"    value = get({field.wire!r})",
        f"    if {plain_test}:",
        "        if value is not None:",
        f"            value = {decoding}",
        f"        elif {field.wire!r} in data:",
        f"            nulls = (*nulls, {field.name!r})",
        f"    self.{field.name} = value",
    ]


def _shared_field(field: ModelField, plain_test: str, decoding: str) -> list[str]:
    """Return source for a field that is sent too: missing is UNSET, null is None."""
    return [
        f"    value = get({field.wire!r}, UNSET)",
        f"    if {plain_test} and value is not UNSET and value is not None:",
        f"        value = {decoding}",
        f"    self.{field.name} = value",
    ]


def _plain_test(field: ModelField) -> str:
    """Return the source of the test whether a value has to be decoded; others stay as parsed."""
    parts = members(field.type)
    if parts.models or parts.enums or parts.raw or len(parts.others) != 1:
        return "True"
    return _PLAIN_TESTS.get(parts.others[0], "True")


def _decoding(
    index: int, field: ModelField, scope: dict[str, Any], decoder_of: Callable[[Any], Decoder]
) -> str:
    """Return source that decodes a value, without a call for known words and for lists."""
    parts = members(field.type)
    name = f"decode_{index}"
    scope[name] = decoder_of(field.type)
    if len(parts.enums) == 1 and parts.others == (str,):
        scope[f"known_{index}"] = {member.value: member for member in parts.enums[0]}.get
        return f"known_{index}(value) or {name}(value)"
    if len(parts.models) + len(parts.others) == 1 and not parts.enums and not parts.raw:
        kind: Any = (parts.models or parts.others)[0]
        # Null has been handled: the decoder need not test for it again.
        scope[name] = decoder_of(kind)
        if is_sequence(kind):
            scope[f"item_{index}"] = decoder_of(kind.__args__[0])
            # Many are empty, and Python 3.11 would create a function for those too.
            items = f"[item_{index}(item) for item in value] if value else []"
            return f"({items}) if type(value) is list else fail()"
    return f"{name}(value)"


def _fail() -> None:
    raise TypeError


def _compile(source: str, scope: dict[str, Any], name: str) -> Decoder:
    """Compile generated source, and register it so that tracebacks can show it."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), scope)  # noqa: S102  # our own source, made from our models
    return cast("Decoder", scope["decode_fields"])
