"""The values that annotations of models allow in documents."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.codec.types import (
    is_literal,
    is_mapping,
    is_model,
    is_raw_object,
    is_sequence,
    is_union,
    model_fields,
)
from clickhouse_cloud_async.core.codec.unions import chooser
from clickhouse_cloud_async.core.model import Model, camel_case
from clickhouse_cloud_async.core.values import OpenText, Secret, SecretObject, Unset

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.codec.types import ModelField


EXTRA = "extra"
"""The field of a model for fields that this version does not know, by the API's names."""


@attrs.frozen
class Shape:
    """The values that an annotation allows, grouped by their form in documents.

    Attributes:
        models: Models that a mapping may represent.
        items: Annotations of the items of a list.
        values: Annotations of the values of a mapping.
        scalars: Types of text, numbers and booleans.
        words: The known constants.
        is_nullable: Whether null is allowed.
        is_free: Whether any mapping is allowed.
        is_secret: Whether the value is a secret, or a mapping of secrets.
    """

    models: tuple[type[Model], ...]
    items: tuple[Any, ...]
    values: tuple[Any, ...]
    scalars: tuple[Any, ...]
    words: tuple[Any, ...]
    is_nullable: bool
    is_free: bool
    is_secret: bool

    @property
    def takes_text(self) -> bool:
        """Whether any text is allowed, not only the known constants."""
        return any(scalar not in {int, float, bool} for scalar in self.scalars)

    @property
    def is_text(self) -> bool:
        """Whether only text is allowed."""
        return set(self.scalars) <= {str, Secret} and self.takes_text and not self.models

    def takes_words_alone(self, value: object) -> bool:
        """Return whether a value must be one of the known constants."""
        if not self.words or (value is None and self.is_nullable):
            return False
        if isinstance(value, str):
            return not self.takes_text
        return not (self.scalars or self.models or self.items or self.values or self.is_free)

    def has_word(self, value: object) -> bool:
        """Return whether a value is one of the known constants; True is not the number 1."""
        return any(
            word == value and isinstance(word, bool) == isinstance(value, bool)
            for word in self.words
        )

    @property
    def takes_scalars(self) -> bool:
        """Whether values other than lists and mappings are allowed."""
        return bool(self.scalars or self.words)


@cache
def shape_of(annotation: Any) -> Shape:
    """Return the values that an annotation allows."""
    parts = typing.get_args(annotation) if is_union(annotation) else (annotation,)
    parts = tuple(str if part is OpenText else part for part in parts if part is not Unset)
    models: tuple[Any, ...] = tuple(part for part in parts if is_model(part))
    lists = [part for part in parts if is_sequence(part)]
    mappings = [part for part in parts if is_mapping(part) and not is_raw_object(part)]
    is_free = object in parts or any(is_raw_object(part) for part in parts)
    return Shape(
        models=models,
        items=tuple(typing.get_args(part)[0] for part in lists),
        values=tuple(typing.get_args(part)[1] for part in mappings),
        scalars=_scalars(parts),
        words=tuple(dict.fromkeys(word for part in parts for word in _words(part))),
        is_nullable=type(None) in parts,
        is_free=is_free and not models,
        is_secret=bool({Secret, SecretObject} & set(parts)),
    )


def _scalars(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    known = tuple(
        part
        for part in dict.fromkeys(parts)
        if not (is_model(part) or is_sequence(part) or is_mapping(part) or is_raw_object(part))
        and not _words(part)
        and part not in {type(None), object, SecretObject}
    )
    # A text in place of a date must be a valid one.
    moments = tuple(part for part in known if part in {date, datetime})
    return moments or known


def _words(kind: Any) -> list[Any]:
    """Return the constants of a type; none if it is open."""
    if is_literal(kind):
        return list(typing.get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [word.value for word in kind]
    return []


def fields_of(model: type[Model]) -> Mapping[str, ModelField]:
    """Return the fields of a model by their names in documents."""
    return _fields_of(model)  # type: ignore[arg-type] # classes are hashable, unlike objects


@cache
def _fields_of(model: Any) -> Mapping[str, ModelField]:
    # Cached, because it takes longer than checking a resource.
    return {document_name(field.name): field for field in model_fields(model)}


def document_name(name: str) -> str:
    """Return the name of a field in documents: its name in Python, except for keywords."""
    return name.removesuffix("_")


def trimmed(annotation: Any, value: Any) -> Any:
    """Return a plain value without the fields that only responses have.

    Args:
        annotation: The annotation of such values in documents.
        value: The value in a response.
    """
    shape = shape_of(annotation)
    if isinstance(value, list) and shape.items:
        return [trimmed(shape.items[0], item) for item in value]
    if isinstance(value, Mapping) and shape.models:
        model = model_of(shape.models, value)
        fields = {} if model is None else fields_of(model)
        return {
            name: trimmed(fields[name].type, item) for name, item in value.items() if name in fields
        }
    if isinstance(value, Mapping) and shape.values:
        return {key: trimmed(shape.values[0], item) for key, item in value.items()}
    return value


def model_of(models: tuple[type[Model], ...], value: Mapping[str, object]) -> type[Model] | None:
    """Return the model, of several, that a mapping represents; None if it is ambiguous."""
    return chooser(models)({camel_case(key): item for key, item in value.items()})
