"""JSON -> Python, for what the API answers: every field may be missing, null or newer than we are.

Each type is turned into a function once; for a model that function is generated source without a
call per plain field. Where it meets a wrong JSON type it just fails: `decode` then walks the value
again, slowly, to name the place.
"""

from __future__ import annotations

import linecache
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar, cast

import cattrs

from clickhouse_cloud_async.core.errors import ResponseDecodeError
from clickhouse_cloud_async.core.values import UNSET, Secret

from .types import (
    ModelField,
    is_literal,
    is_mapping,
    is_model,
    is_raw_object,
    is_response_only,
    is_sequence,
    is_union,
    json_name,
    members,
    model_fields,
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
    try:
        return cast("T", _converter.get_structure_hook(kind)(value, kind))
    except (TypeError, ValueError, AttributeError, OverflowError):
        place, found = _locate(kind, value, "$")
        raise ResponseDecodeError(f"{place}: expected {_expected(found)}") from None


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
        decoder = _object if parts.raw else _anything
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


# --- models -----------------------------------------------------------------------------------


def _model(model: type[Model]) -> Decoder:
    """Generate the decoder of a model."""
    fields = model_fields(model)
    tracks_nulls = is_response_only(model)
    scope: dict[str, Any] = {"cls": model, "new": model.__new__, "UNSET": UNSET, "text": _text}
    lines = [
        "def decode_model(data, _=None):",
        "    if data.__class__ is not dict:",
        "        return None if data is None else fail()",
        "    get = data.get",
        "    self = new(cls)",
    ]
    scope["fail"] = lambda: _object(None)
    if tracks_nulls:
        lines.append("    nulls = None")
    for index, field in enumerate(fields):
        lines += _field_lines(index, field, scope, tracks_nulls=tracks_nulls)
    if tracks_nulls:
        scope["none"] = frozenset[str]()
        lines.append("    self._nulls = none if nulls is None else frozenset(nulls)")
    lines.append("    return self")
    return _compiled("\n".join(lines), scope, f"<decoder of {model.__name__}>")


def _field_lines(
    index: int, field: ModelField, scope: dict[str, Any], *, tracks_nulls: bool
) -> list[str]:
    missing = "" if tracks_nulls else ", UNSET"
    lines = [f"    value = get({field.wire!r}{missing})"]
    absent = "value is None" if tracks_nulls else "value is None or value is UNSET"
    note_null = [
        f"        if {field.wire!r} in data:",
        f"            nulls = [*nulls, {field.name!r}] if nulls else [{field.name!r}]",
    ]
    parts = members(field.type)
    if parts.others == (str,) and not parts.models and not parts.enums and not parts.raw:
        lines += ["    if value.__class__ is str:", "        pass"]
        decoding = "text(value)"
    else:
        lines += ["    if False:", "        pass"]
        scope[f"decode_{index}"] = _hook(field.type)
        decoding = f"decode_{index}(value)"
    lines += [f"    elif {absent}:", *(note_null if tracks_nulls else ["        pass"])]
    lines += ["    else:", f"        value = {decoding}", f"    self.{field.name} = value"]
    return lines


def _compiled(source: str, scope: dict[str, Any], name: str) -> Decoder:
    """Compile generated source so that tracebacks can show it."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), scope)  # noqa: S102  # our own source, made from our models  # our own source, made from our models
    return cast("Decoder", scope["decode_model"])


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


def _hook(kind: Any) -> Decoder:
    return _converter.get_structure_hook(kind)


# --- naming the place of a failure ------------------------------------------------------------


def _locate(kind: Any, value: object, place: str) -> tuple[str, tuple[Any, object]]:
    """Find the innermost value that cannot be decoded: its place, its type and itself."""
    for inner_kind, inner, step in _children(kind, value):
        try:
            _hook(inner_kind)(inner)
        except (TypeError, ValueError, AttributeError, OverflowError):
            return _locate(inner_kind, inner, place + step)
    return place, (kind, value)


def _children(kind: Any, value: object) -> list[tuple[Any, object, str]]:
    parts = members(kind)
    if isinstance(value, dict):
        model = chooser(parts.models)(value) if parts.models else None
        if model is not None:
            return [
                (field.type, value[field.wire], f".{field.wire}")
                for field in model_fields(model)
                if value.get(field.wire) is not None
            ]
    for part in parts.others:
        if isinstance(value, list) and is_sequence(part):
            item = typing.get_args(part)[0]
            return [(item, element, f"[{index}]") for index, element in enumerate(value)]
        if isinstance(value, Mapping) and is_mapping(part):
            item = typing.get_args(part)[1]
            return [(item, element, f".{key}") for key, element in value.items()]
    return []


def _expected(found: tuple[Any, object]) -> str:
    kind, value = found
    parts = members(kind)
    names = [
        *("object" for _ in (parts.models or ([1] if parts.raw else []))),
        *("string" for _ in parts.enums),
        *(json_name(typing.get_origin(part) or part) for part in parts.others),
    ]
    wanted = " or ".join(dict.fromkeys(names)) or "another value"
    kind_found = json_name(type(value))
    return f"{wanted}, found {kind_found if kind_found != wanted else 'one that is malformed'}"
