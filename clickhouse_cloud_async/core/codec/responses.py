"""JSON -> Python, for what the API answers: every field may be missing, null or newer than we are.

Each type is turned into a function once. Where one meets a wrong JSON type it just fails: `decode`
then walks the value again, slowly, to name the place.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar, cast

import cattrs

from clickhouse_cloud_async.core.errors import ResponseDecodeError
from clickhouse_cloud_async.core.values import Secret, SecretObject

from .compiled import model_decoder
from .hooks import Hooks
from .problems import FAILURES, first_problem
from .types import (
    is_literal,
    is_mapping,
    is_model,
    is_raw_object,
    is_sequence,
    is_union,
    members,
)
from .unions import chooser

if typing.TYPE_CHECKING:
    import enum

    from clickhouse_cloud_async.core.model import Model

T = TypeVar("T")
Decoder = Callable[..., Any]


def decode(kind: type[T] | Any, value: object) -> T:
    """Turn parsed JSON into the Python type that it is declared to be.

    Args:
        kind: A model class, or any annotation that a model's field may have.
        value: What the JSON parser gave.

    Raises:
        ResponseDecodeError: A value has the wrong JSON type; the message names its place.
    """
    message = None
    try:
        return cast("T", _hook(kind)(value))
    except RecursionError:
        message = "the response is nested too deeply to be read"
    except FAILURES:
        pass
    # Raised here, because an error raised above would carry frames that hold the value.
    raise ResponseDecodeError(message or first_problem(kind, value, _hook))


def _hook(kind: Any) -> Decoder:
    return _hooks.of(kind)


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


def _datetime(value: object, _: object = None) -> datetime:
    moment = datetime.fromisoformat(cast("str", value))
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _date(value: object, _: object = None) -> date:
    """A date; some answers spell it as the moment at which the day begins."""
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
        return [item(element) for element in cast("list[object]", value)]

    return decode_list


def _mapping(kind: Any) -> Decoder:
    item = _hook(typing.get_args(kind)[1])

    def decode_mapping(value: object, _: object = None) -> dict[str, object]:
        return {key: item(element) for key, element in _object(value).items()}

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
    decoders = {model: _hook(model) for model in models}

    def decode_variant(value: object, _: object = None) -> object:
        data = _object(value)
        model = choose(data)
        return data if model is None else decoders[model](data)

    return decode_variant


def _open_enum(kind: type[enum.StrEnum]) -> Decoder:
    known = {member.value: member for member in kind}.get

    def decode_enum(value: Any, _: object = None) -> str:
        return known(value) or _text(value)

    return decode_enum


def _first_fitting(kinds: tuple[Any, ...]) -> Decoder:
    # A datetime is also a string and an integer also a number: the narrower type comes first.
    decoders = [_hook(kind) for kind in sorted(kinds, key=lambda kind: kind in {str, float})]

    def decode_first(value: object, _: object = None) -> object:
        for decoder in decoders:
            try:
                return decoder(value)
            except (TypeError, ValueError):
                continue
        raise TypeError

    return decode_first


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
_converter.register_structure_hook_factory(is_model, lambda kind: model_decoder(kind, _hook))

_hooks = Hooks(_converter.get_structure_hook)
