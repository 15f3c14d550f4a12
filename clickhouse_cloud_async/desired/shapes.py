"""Validates the values of a description by the annotations of models."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.codec import encode
from clickhouse_cloud_async.core.codec.types import (
    is_literal,
    is_mapping,
    is_model,
    is_raw_object,
    is_sequence,
    is_union,
    model_fields,
    takes_extra,
)
from clickhouse_cloud_async.core.codec.unions import chooser
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.model import Model, camel_case
from clickhouse_cloud_async.core.text import did_you_mean
from clickhouse_cloud_async.core.values import OpenText, Secret, SecretObject, Unset

from .external import ExternalSecret, Inputs, is_external, parse_external
from .interpolation import parse_references
from .references import Template
from .validation import shortened, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickhouse_cloud_async.core.codec.types import ModelField

    from .validation import ErrorCollector, FieldPath


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


def _is_same(word: object, value: object) -> bool:
    """Return whether a value is equal to a constant; True is not the number 1."""
    return word == value and isinstance(word, bool) == isinstance(value, bool)


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
        model = _model_of(shape.models, value)
        fields = {} if model is None else fields_of(model)
        return {
            name: trimmed(fields[name].type, item) for name, item in value.items() if name in fields
        }
    if isinstance(value, Mapping) and shape.values:
        return {key: trimmed(shape.values[0], item) for key, item in value.items()}
    return value


def _model_of(models: tuple[type[Model], ...], value: Mapping[str, object]) -> type[Model] | None:
    """Return the model, of several, that a mapping represents; None if it is ambiguous."""
    return chooser(models)({camel_case(key): item for key, item in value.items()})


class ShapeReader:
    """Converts plain values by annotations, and collects errors.

    References become `Reference` and `Template`. Secrets become `Secret`, external ones
    `ExternalSecret`. File names are relative to the folder of the document. All other values stay
    unchanged.

    Args:
        inputs: Reads external values.
        errors: Collects the errors, and warnings about secrets.
    """

    def __init__(self, inputs: Inputs, errors: ErrorCollector) -> None:
        self._inputs = inputs
        self._errors = errors
        self._folder = Path(errors.file or "").parent

    def fields(
        self,
        known: Mapping[str, Any],
        given: Mapping[str, object],
        path: FieldPath,
        required: Iterable[str] = (),
    ) -> dict[str, Any]:
        """Read named fields.

        Args:
            known: The annotations of the known fields, by name.
            given: The fields in the document.
            path: Their path.
            required: Names of required fields.

        Returns:
            The values of the known fields.
        """
        read: dict[str, Any] = {}
        for name, value in given.items():
            if name in known:
                read[name] = self.value(known[name], value, (*path, name))
            else:
                self._errors.add((*path, name), unknown(name, known.keys()))
        for name in required:
            if name not in given:
                self._errors.add((*path, name), "is required")
        return read

    def value(self, annotation: Any, value: object, path: FieldPath) -> Any:
        """Read a value.

        Args:
            annotation: Its annotation.
            value: The value in the document.
            path: Its path.
        """
        shape = shape_of(annotation)
        if shape.is_secret:
            return self._secret(annotation, shape, value, path)
        if isinstance(value, str) and "${" in value and shape.takes_scalars:
            value = self._references(shape, value, path)
            if not isinstance(value, str):
                return value
        if isinstance(value, Mapping):
            return self._mapping(annotation, shape, value, path)
        if isinstance(value, list) and shape.items:
            return [
                self.value(shape.items[0], item, (*path, index)) for index, item in enumerate(value)
            ]
        return self._checked(annotation, value, path)

    def _mapping(
        self, annotation: Any, shape: Shape, value: Mapping[str, Any], path: FieldPath
    ) -> Any:
        takes_mappings = shape.models or shape.values or shape.is_free
        if is_external(value) and shape.takes_scalars and not takes_mappings:
            return self._external(annotation, value, path)
        if shape.models:
            return self._model(shape.models, value, path)
        if shape.values:
            return {
                key: self.value(shape.values[0], item, (*path, key)) for key, item in value.items()
            }
        return self._checked(annotation, value, path)

    def _model(
        self, models: tuple[type[Model], ...], value: Mapping[str, Any], path: FieldPath
    ) -> Any:
        model = _model_of(models, value)
        if model is None:
            names = sorted({name for each in models for name in fields_of(each)})
            self._errors.add(path, f"its fields do not identify its type; there are {names}")
            return value
        fields = fields_of(model)
        known = {name: field.type for name, field in fields.items()}
        if takes_extra(model):
            known[EXTRA] = Mapping[str, object]
        required = [name for name, field in fields.items() if field.required]
        return self.fields(known, value, path, required)

    def _checked(self, annotation: Any, value: object, path: FieldPath) -> object:
        if annotation is Path:
            name = self._checked(str, value, path)
            return str(self._folder / name) if isinstance(name, str) else name
        shape = shape_of(annotation)
        if shape.takes_words_alone(value):
            if not any(_is_same(word, value) for word in shape.words):
                known = [str(word) for word in shape.words]
                reason = f"{shortened(repr(value))} is not one of {', '.join(known)}"
                self._errors.add(path, reason + did_you_mean(str(value), known))
            return value
        try:
            encode(annotation, value)
        except InvalidArgumentError as error:
            self._errors.add(path, error.message)
        return value

    def _references(self, shape: Shape, text: str, path: FieldPath) -> Any:
        try:
            value = parse_references(text)
        except ValueError as error:
            self._errors.add(path, str(error))
            return text
        if isinstance(value, Template) and not shape.takes_text:
            self._errors.add(path, "takes only a reference, without text around it")
        return value

    def _external(self, annotation: Any, value: Mapping[str, object], path: FieldPath) -> Any:
        """Read an external value immediately if it is not a secret, because it is compared."""
        try:
            found = self._inputs.read(parse_external(value, self._folder))
        except ValueError as error:
            self._errors.add(path, str(error))
            return ""
        return self._checked(annotation, found.reveal(), path)

    def _secret(self, annotation: Any, shape: Shape, value: Any, path: FieldPath) -> Any:
        if isinstance(value, Mapping) and is_external(value):
            try:
                return ExternalSecret(parse_external(value, self._folder), self._inputs)
            except ValueError as error:
                self._errors.add(path, str(error))
                return Secret("")
        if isinstance(value, Mapping) and Secret not in shape.scalars:
            return self._secret_object(value, path)
        if isinstance(value, str):
            self._errors.warn(path, IN_PLAIN)
            return Secret(value)
        return self._checked(annotation, value, path)

    def _secret_object(self, value: Any, path: FieldPath) -> Any:
        """Read an object in which all text is secret, at any depth."""
        if isinstance(value, str) or (isinstance(value, Mapping) and is_external(value)):
            return self._secret(Secret, shape_of(Secret), value, path)
        if isinstance(value, Mapping):
            return {key: self._secret_object(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._secret_object(item, (*path, index)) for index, item in enumerate(value)]
        return value


IN_PLAIN = "this is a secret in plain text: write {env: VARIABLE} or {file: NAME} in its place"
"""Return the warning about a secret in a document."""
