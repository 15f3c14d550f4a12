"""Reads the annotations of models and operations."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, Union
from uuid import UUID

import attrs

from clickhouse_cloud_async.core.model import Model, RequestModel, ResponseModel, wire_name
from clickhouse_cloud_async.core.values import OpenText, Secret, SecretObject, Unset


@attrs.frozen
class ModelField:
    """One field of a model: its name in Python, its name in JSON and its type."""

    name: str
    wire: str
    type: Any
    required: bool


@attrs.frozen
class Members:
    """The members of a union, sorted by kind.

    Attributes:
        models: The model classes.
        enums: The enum classes.
        others: All others except None, `Unset`, plain mappings and a UUID beside a str.
        nullable: Whether None belongs to the union.
        raw: Whether a JSON object of unknown shape belongs to the union.
        mapping: Whether any mapping may stand for one of the models.
    """

    models: tuple[type[Model], ...]
    enums: tuple[type[enum.StrEnum | enum.IntEnum], ...]
    others: tuple[Any, ...]
    nullable: bool
    raw: bool
    mapping: bool


def is_union(annotation: Any) -> bool:
    """Return whether an annotation is ``A | B`` or ``Optional[A]``."""
    return typing.get_origin(annotation) in {Union, types.UnionType}


def is_model(annotation: Any) -> bool:
    """Return whether an annotation is a model class."""
    return isinstance(annotation, type) and issubclass(annotation, Model)


def is_raw_object(annotation: Any) -> bool:
    """Return whether an annotation is a JSON object of unknown shape."""
    return annotation in {dict[str, object], Mapping[str, object]}


def is_sequence(annotation: Any) -> bool:
    """Return whether an annotation is a list of something."""
    return typing.get_origin(annotation) in {list, Sequence}


def is_mapping(annotation: Any) -> bool:
    """Return whether an annotation is a mapping from text to something."""
    return typing.get_origin(annotation) in {dict, Mapping}


def is_literal(annotation: Any) -> bool:
    """Return whether an annotation is a `Literal`."""
    return typing.get_origin(annotation) is Literal


def members(annotation: Any) -> Members:
    """Sort the members of an annotation; an annotation that is no union has one member."""
    parts: tuple[Any, ...]
    parts = typing.get_args(annotation) if is_union(annotation) else (annotation,)
    # Open text differs from text for type checkers only.
    parts = tuple(dict.fromkeys(str if part is OpenText else part for part in parts))
    models = tuple(part for part in parts if isinstance(part, type) and issubclass(part, Model))
    enums = tuple(
        part
        for part in parts
        if isinstance(part, type) and issubclass(part, enum.StrEnum | enum.IntEnum)
    )
    # An id may be given as a UUID; in JSON it is text.
    known = {*models, *enums, type(None), Unset, UUID}
    others = tuple(
        part
        for part in parts
        if part not in known and not is_raw_object(part) and not is_literal(part)
    )
    return Members(
        models,
        enums,
        others,
        nullable=type(None) in parts,
        raw=dict[str, object] in parts,
        mapping=Mapping[str, object] in parts,
    )


def model_fields(model: type[Model]) -> tuple[ModelField, ...]:
    """Return the fields of a model that are part of its JSON, in order."""
    return _fields(model)  # type: ignore[arg-type]  # classes are hashable


@cache
def _fields(model: Any) -> tuple[ModelField, ...]:
    hints = typing.get_type_hints(model)
    return tuple(
        ModelField(
            field.name,
            wire_name(model, field.name),
            hints[field.name],
            field.default is attrs.NOTHING,
        )
        for field in attrs.fields(model)
        if field.init and field.metadata.get("is_field", True)
    )


@cache
def holds_secret(annotation: Any) -> bool:
    """Return whether a value of a type may hold a secret, at any depth."""
    waiting, seen = [annotation], set[Any]()
    while waiting:
        kind = waiting.pop()
        if kind in {Secret, SecretObject}:
            return True
        if kind in seen:
            continue
        seen.add(kind)
        waiting += typing.get_args(kind)
        if is_model(kind):
            waiting += (field.type for field in model_fields(kind))
    return False


def takes_extra(model: type[Model]) -> bool:
    """Return whether objects of a model may carry fields that it does not know."""
    return issubclass(model, RequestModel)


def is_response_only(model: type[Model]) -> bool:
    """Return whether only the API makes objects of this model."""
    return issubclass(model, ResponseModel)


_JSON_NAMES = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
    type(None): "null",
    Secret: "string",
    SecretObject: "object",
    datetime: "date-time string",
    date: "date string",
}


def json_name(kind: type) -> str:
    """Return the name of a Python type in JSON."""
    return _JSON_NAMES.get(kind, kind.__name__)
