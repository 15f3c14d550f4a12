"""Decodes responses: every field may be missing, null or newer than this version.

Each type is turned into a function once. At a wrong JSON type it just fails. In tolerant mode the
value is then kept unchanged; otherwise `decode` walks the value again, slowly, to find its path.
"""

from __future__ import annotations

import enum
import functools
import operator
import typing
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar, cast

import cattrs

from clickhouse_cloud_async.core.errors import ResponseDecodeError
from clickhouse_cloud_async.core.model import Model, RequestModel, ResponseModel
from clickhouse_cloud_async.core.values import UNSET, Secret, SecretObject, veil

from .compiled import model_decoder
from .deviations import Deviation, DriftKind, deviations
from .hooks import Hooks
from .protection import protect_in
from .reading import FAILURES, is_tolerant, notice, reading_strictly
from .types import (
    holds_secret,
    is_literal,
    is_mapping,
    is_model,
    is_raw_object,
    is_response_only,
    is_sequence,
    is_union,
    members,
    model_fields,
)
from .unions import chooser

if typing.TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")
Decoder = Callable[..., Any]


def decode(kind: type[T] | Any, value: object) -> T:
    """Turn parsed JSON into the Python type that it is declared to be.

    Args:
        kind: A model class, or any annotation that a model's field may have.
        value: What the JSON parser gave.

    Raises:
        ResponseDecodeError: A value has the wrong JSON type; the message names its place. Where it
            is read tolerantly, only the value as a whole.
    """
    message = None
    try:
        decoder: Callable[[object], T] = _hooks.of(kind)
        return decoder(value)
    except RecursionError:
        message = "the response is nested too deeply to be read"
    except FAILURES:
        pass
    # Raised here, because an error raised above would carry frames that hold the value.
    raise ResponseDecodeError(message or first_problem(kind, value))


def deviations_of(kind: Any, value: object, *, exact: bool = False) -> Iterator[Deviation]:
    """Yield how a value differs from what it is declared to be; see `deviations`."""
    return deviations(kind, value, _hook, exact=exact)


def first_problem(kind: Any, value: object) -> str:
    """Return the path of the first value that cannot be decoded, and what was expected there."""
    found = deviations_of(kind, value, exact=True)
    return next(f"{each.path}: {each.detail}" for each in found if each.kind is DriftKind.TYPE)


def _hook(kind: Any) -> Decoder:
    return _hooks.of(kind)


def _kept(kind: Any, value: object) -> object:
    """Decode a value inside another, or keep it unchanged if it has a wrong type."""
    try:
        return _hook(kind)(value)
    except FAILURES:
        notice((kind, type(value)))
    # A value in place of a secret may be one.
    return veil(value) if holds_secret(kind) else value


# --- leaves -----------------------------------------------------------------------------------


def _text(value: object, _: object = None) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _integer(value: object, _: object = None) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise TypeError


def _number(value: object, _: object = None) -> float:
    if value.__class__ is float or value.__class__ is int:
        return cast("float", value)
    raise TypeError


def _boolean(value: object, _: object = None) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _secret(value: object, _: object = None) -> Secret:
    return Secret(_text(value))


def _secret_object(value: object, _: object = None) -> SecretObject:
    return SecretObject(_object(value))


def _datetime(value: Any, _: object = None) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _date(value: object, _: object = None) -> date:
    """Decode a date, which some responses spell as a timestamp at the start of the day."""
    return datetime.fromisoformat(cast("str", value)).date()


def _object(value: object, _: object = None) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _anything(value: object, _: object = None) -> object:
    return value


def _nothing(value: object, _: object = None) -> None:
    if value is not None:
        raise TypeError


_LEAVES: dict[Any, Decoder] = {
    str: _text,
    int: _integer,
    float: _number,
    bool: _boolean,
    Secret: _secret,
    SecretObject: _secret_object,
    datetime: _datetime,
    date: _date,
    type(None): _nothing,
}


# --- containers and unions --------------------------------------------------------------------


def _sequence(kind: Any) -> Decoder:
    item = _hook(typing.get_args(kind)[0])

    def decode_list(value: object, _: object = None) -> list[object]:
        if value.__class__ is not list:
            raise TypeError
        elements = cast("list[object]", value)
        try:
            return [item(element) for element in elements]
        except FAILURES:
            if not is_tolerant():
                raise
        return [_kept(kind.__args__[0], element) for element in elements]

    return decode_list


def _mapping(kind: Any) -> Decoder:
    item = _hook(typing.get_args(kind)[1])

    def decode_mapping(value: object, _: object = None) -> dict[str, object]:
        elements = _object(value)
        try:
            return {key: item(element) for key, element in elements.items()}
        except FAILURES:
            if not is_tolerant():
                raise
        return {key: _kept(kind.__args__[1], element) for key, element in elements.items()}

    return decode_mapping


def _union(kind: Any) -> Decoder:
    parts = members(kind)
    decoder: Decoder
    if len(parts.models) > 1:
        decoder = _variants(parts.models)
    elif parts.models:
        decoder = _hook(parts.models[0])
    elif parts.enums:
        decoder = _open_enum(parts.enums[0])
    elif len(parts.others) == 1:
        decoder = _hook(parts.others[0])
    elif parts.others:
        decoder = _first_fitting(parts.others)
    else:
        decoder = _object if parts.raw or parts.mapping else _anything
    if not parts.nullable:
        return decoder
    return lambda value, _=None: None if value is None else decoder(value)


def _variants(models: tuple[type[Model], ...]) -> Decoder:
    choose = chooser(models)
    known: Any = functools.reduce(operator.or_, models)
    decoders = {model: _hook(model) for model in models}

    def decode_variant(value: object, _: object = None) -> object:
        data = _object(value)
        model = choose(data)
        if model is None:
            notice((models, tuple(data)))
            # A field that is secret in a known variant may be secret in this one too.
            return protect_in(data, known)
        return decoders[model](data)

    return decode_variant


def _open_enum(kind: type[enum.StrEnum | enum.IntEnum]) -> Decoder:
    if issubclass(kind, enum.IntEnum):
        return _open_numbers(kind)
    known = {member.value: member for member in kind}.get

    def decode_enum(value: Any, _: object = None) -> str:
        member = known(value)
        if member is not None:
            return member
        text = _text(value)
        notice((kind, text))
        return text

    return decode_enum


def _open_numbers(kind: type[enum.IntEnum]) -> Decoder:
    known = {member.value: member for member in kind}.get

    def decode_number(value: Any, _: object = None) -> int:
        number = _integer(value)
        return known(number, number)

    return decode_number


def _first_fitting(kinds: tuple[Any, ...]) -> Decoder:
    # A datetime is also a string and an integer also a number: the narrower type comes first.
    decoders = [_hook(kind) for kind in sorted(kinds, key=lambda kind: kind in {str, float})]

    def decode_first(value: object, _: object = None) -> object:
        with reading_strictly():
            for decoder in decoders:
                try:
                    return decoder(value)
                except (TypeError, ValueError):
                    continue
        raise TypeError

    return decode_first


# --- models ---


def _model(kind: type[Model]) -> Decoder:
    return model_decoder(kind, _hook, _tolerant(kind))


def _tolerant(kind: type[Model]) -> Decoder:
    """Return the decoder of objects with a value of a wrong type; it need not be fast."""
    only_answers = is_response_only(kind)

    def decode_field_by_field(data: dict[str, object]) -> Model:
        if not is_tolerant():
            raise  # noqa: PLE0704 - called while the failure is handled
        model = kind.__new__(kind)
        for field in model_fields(kind):
            value = data.get(field.wire, None if only_answers else UNSET)
            if value is not None and value is not UNSET:
                value = _kept(field.type, value)
            setattr(model, field.name, value)
        if isinstance(model, ResponseModel):
            names = (f.name for f in model_fields(kind) if data.get(f.wire, UNSET) is None)
            model._nulls = frozenset(names)  # noqa: SLF001  # its own
        elif isinstance(model, RequestModel):
            model.extra = None
        return model

    return decode_field_by_field


# --- dispatch ---------------------------------------------------------------------------------

_converter = cattrs.Converter(detailed_validation=False)
for _kind, _leaf in _LEAVES.items():
    _converter.register_structure_hook(_kind, _leaf)
_converter.register_structure_hook_factory(lambda kind: kind is object, lambda _: _anything)
_converter.register_structure_hook_factory(is_mapping, _mapping)
_converter.register_structure_hook_factory(is_raw_object, lambda _: _object)
_converter.register_structure_hook_factory(is_sequence, _sequence)
_converter.register_structure_hook_factory(is_union, _union)
_converter.register_structure_hook_factory(is_literal, lambda _: _anything)
_converter.register_structure_hook_factory(is_model, _model)

_hooks = Hooks(_converter.get_structure_hook)
