"""Encodes requests: every value is checked against its declared type first."""

from __future__ import annotations

import enum
import math
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any
from uuid import UUID

import cattrs

from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.model import Model, RequestModel, camel_case
from clickhouse_cloud_async.core.values import UNSET, Secret, SecretObject, Veiled

from .hooks import Hooks
from .types import (
    is_literal,
    is_mapping,
    is_model,
    is_raw_object,
    is_sequence,
    is_union,
    members,
    model_fields,
    takes_extra,
)
from .unions import as_wire_keys, chooser
from .wire import moment

Encoder = Callable[..., Any]


class _MismatchError(Exception):
    """A value of a wrong type; its path is completed while the error passes the containers."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def below(self, step: str) -> _MismatchError:
        return _MismatchError(self.message, step + self.path)


def encode(kind: Any, value: object) -> Any:
    """Turn a request value into plain JSON values.

    Args:
        kind: The declared type: a model class, or any annotation that a model's field may have.
        value: The value to send. An object may be a model or a plain mapping, keyed by the API's
            names or by Python's.

    Raises:
        InvalidArgumentError: The value does not fit; the message names the place and the reason.
    """
    try:
        return _hook(kind)(value)
    except _MismatchError as mismatch:
        place = mismatch.path.lstrip(".")
        message = f"{place}: {mismatch.message}" if place else mismatch.message
    except RecursionError:
        message = "the value contains itself, or is nested too deeply to be sent"
    # Raised here, because the frames of the mismatch hold the values encoded so far.
    raise InvalidArgumentError(message)


class CollectedSecrets:
    """Collects the secrets of values that are encoded in the block, to keep them out of errors.

    It is a class, because a generator in its place would add a microsecond to each call.
    """

    __slots__ = ("_token",)

    def __enter__(self) -> list[Secret]:
        secrets: list[Secret] = []
        self._token = _revealed.set(secrets)
        return secrets

    def __exit__(self, *_: object) -> None:
        _revealed.reset(self._token)


def _hook(kind: Any) -> Encoder:
    return _hooks.of(kind)


_revealed: ContextVar[list[Secret]] = ContextVar("revealed")


def _mismatch(expected: str, value: object) -> _MismatchError:
    found = "None" if value is None else type(value).__name__
    return _MismatchError(f"expected {expected}, found {found}")


def _text(value: object) -> str:
    if isinstance(value, enum.StrEnum):
        return str(value.value)
    if isinstance(value, UUID):
        return str(value)
    if not isinstance(value, str):
        raise _mismatch("a str", value)
    return value


def _integer(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise _mismatch("an int", value)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _mismatch("a number", value)
    if not math.isfinite(value):
        raise _MismatchError(f"{value} cannot be written as JSON")
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise _mismatch("a bool", value)
    return value


def _secret(value: object) -> str:
    if not isinstance(value, (str, Secret)):
        raise _mismatch("a Secret or a str", value)
    secret = Secret(value)
    _revealed.get([]).append(secret)
    return secret.reveal()


def _secret_object(value: object) -> dict[str, Any]:
    if not isinstance(value, (Mapping, SecretObject)):
        raise _mismatch("a SecretObject or a mapping", value)
    encoded = _object(SecretObject(value).reveal())
    _revealed.get([]).extend(map(Secret, _texts(encoded)))
    return encoded


def _texts(value: object) -> Iterator[str]:
    """Yield every text below a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _datetime(value: object) -> str:
    parsed = _parsed(value, datetime, "a datetime")
    if parsed.tzinfo is None:
        raise _MismatchError("a datetime needs a time zone, such as datetime.UTC")
    return moment(parsed)


def _date(value: object) -> str:
    if isinstance(value, datetime):
        raise _MismatchError(
            "expected a date, found a datetime: call its date() in the zone you mean"
        )
    return _parsed(value, date, "a date").isoformat()


D = typing.TypeVar("D", bound=date)


def _parsed(value: object, kind: type[D], expected: str) -> D:
    if isinstance(value, kind):
        return value
    if not isinstance(value, str):
        raise _mismatch(expected, value)
    try:
        return kind.fromisoformat(value)
    except ValueError:
        raise _MismatchError(f"expected {expected}, found a str that is not in ISO 8601") from None


def _object(value: object) -> dict[str, Any]:
    """Encode a JSON object of unknown shape."""
    if not isinstance(value, Mapping):
        raise _mismatch("a mapping", value)
    return _encoded_items(value, _anything)


def _anything(value: object) -> Any:
    """Encode a value of any type that JSON has a form for."""
    if isinstance(value, Veiled):
        value = value.reveal()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, (list, tuple)):
        return _encoded_elements(value, _anything)
    if isinstance(value, (Model, datetime, date, Secret, SecretObject)):
        return _hook(type(value))(value)
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, (str, UUID)):
        return _text(value)
    raise _MismatchError(f"{type(value).__name__} cannot be written as JSON")


def _encoded_items(value: Mapping[Any, object], encoder: Encoder) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in value.items():
        if item is UNSET:
            continue
        try:
            result[_text(key)] = encoder(item)
        except _MismatchError as mismatch:
            raise mismatch.below(f".{key}") from None
    return result


def _encoded_elements(value: Sequence[object], encoder: Encoder) -> list[Any]:
    result: list[Any] = []
    for index, element in enumerate(value):
        try:
            result.append(encoder(element))
        except _MismatchError as mismatch:
            raise mismatch.below(f"[{index}]") from None
    return result


_LEAVES: dict[Any, Encoder] = {
    str: _text,
    int: _integer,
    float: _number,
    bool: _boolean,
    Secret: _secret,
    SecretObject: _secret_object,
    datetime: _datetime,
    date: _date,
}


def _sequence(kind: Any) -> Encoder:
    item = _hook(typing.get_args(kind)[0])

    def encode_sequence(value: object) -> list[Any]:
        if isinstance(value, (str, bytes, bytearray)) or not isinstance(value, Sequence):
            raise _mismatch("a list", value)
        return _encoded_elements(value, item)

    return encode_sequence


def _mapping(kind: Any) -> Encoder:
    item = _hook(typing.get_args(kind)[1])

    def encode_mapping(value: object) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _mismatch("a mapping", value)
        return _encoded_items(value, item)

    return encode_mapping


def _union(kind: Any) -> Encoder:
    parts = members(kind)
    encoders: list[Encoder] = []
    if parts.models:
        encoders.append(_variants(parts.models, raw=parts.raw))
    elif parts.raw or parts.mapping:
        encoders.append(_object)
    if any(issubclass(kind, enum.StrEnum) for kind in parts.enums):
        encoders.append(_text)
    # A text may stand for a date, and is checked as one.
    moments = {date, datetime} & set(parts.others)
    encoders.extend(_hook(other) for other in moments or parts.others)
    # Constants without an enum; their owner says which they are.
    encoders = encoders or [_text]

    def encode_union(value: object) -> Any:
        if value is None and parts.nullable:
            return None
        for encoder in encoders[:-1]:
            try:
                return encoder(value)
            except _MismatchError:
                continue
        return encoders[-1](value)

    return encode_union


def _variants(models: tuple[type[Model], ...], *, raw: bool) -> Encoder:
    choose = chooser(models)
    names = " or ".join(model.__name__ for model in models)

    def encode_variant(value: object) -> Any:
        if isinstance(value, models):
            return _hook(type(value))(value)
        if not isinstance(value, Mapping):
            raise _mismatch(f"{names} or a mapping", value)
        model = choose({**{camel_case(str(key)): item for key, item in value.items()}, **value})
        if model is not None:
            return _hook(model)(value)
        if raw:
            return _object(value)
        raise _MismatchError(f"the mapping does not say which of {names} it is")

    return encode_variant


def _model(kind: type[Model]) -> Encoder:
    fields = [(field, _hook(field.type)) for field in model_fields(kind)]

    def encode_model(value: object) -> dict[str, Any]:
        given = _given(kind, value)
        result: dict[str, Any] = {}
        for field, encoder in fields:
            item = given.get(field.wire, UNSET)
            if item is UNSET:
                if field.required:
                    raise _MismatchError("is required", f".{field.name}")
                continue
            try:
                result[field.wire] = encoder(item)
            except _MismatchError as mismatch:
                raise mismatch.below(f".{field.name}") from None
        if _EXTRA in given:
            result |= _extra(kind, given[_EXTRA])
        return result

    return encode_model


_EXTRA = "extra"


def _given(model: type[Model], value: object) -> Mapping[str, object]:
    """Return the values of a model, or of a mapping in its place, by wire name."""
    if isinstance(value, model):
        given = {field.wire: getattr(value, field.name) for field in model_fields(model)}
        if isinstance(value, RequestModel) and value.extra is not None:
            given[_EXTRA] = value.extra
        return given
    if not isinstance(value, Mapping):
        raise _mismatch(f"{model.__name__} or a mapping", value)
    extra = {_EXTRA: value[_EXTRA]} if takes_extra(model) and _EXTRA in value else {}
    try:
        return as_wire_keys(model, {k: v for k, v in value.items() if k not in extra}) | extra
    except KeyError as error:
        raise _MismatchError(str(error.args[0])) from None


def _extra(model: type[Model], value: object) -> dict[str, Any]:
    """Encode the fields that a model does not know.

    Raises:
        _MismatchError: The model knows one of them, or one cannot be sent.
    """
    if value is None:
        return {}
    try:
        extra = _object(value.reveal() if isinstance(value, Veiled) else value)
    except _MismatchError as mismatch:
        raise mismatch.below(f".{_EXTRA}") from None
    for field in model_fields(model):
        if field.wire in extra:
            message = f"is a field of {model.__name__}: pass it as {field.name!r}"
            raise _MismatchError(message, f".{_EXTRA}.{field.wire}")
    return extra


_converter = cattrs.Converter(detailed_validation=False)
for _kind, _leaf in _LEAVES.items():
    _converter.register_unstructure_hook(_kind, _leaf)
_converter.register_unstructure_hook_factory(lambda kind: kind is object, lambda _: _anything)
_converter.register_unstructure_hook_factory(is_mapping, _mapping)
_converter.register_unstructure_hook_factory(is_raw_object, lambda _: _object)
_converter.register_unstructure_hook_factory(is_sequence, _sequence)
_converter.register_unstructure_hook_factory(is_union, _union)
_converter.register_unstructure_hook_factory(is_literal, lambda _: _anything)
_converter.register_unstructure_hook_factory(is_model, _model)

_hooks = Hooks(_converter.get_unstructure_hook)
