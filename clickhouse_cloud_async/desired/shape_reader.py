"""Reads and validates the values of a description by the annotations of models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.codec import encode
from clickhouse_cloud_async.core.codec.types import takes_extra
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.text import did_you_mean
from clickhouse_cloud_async.core.values import Secret

from .external import ExternalSecret, Inputs, is_external, parse_external
from .interpolation import parse_references
from .references import Template
from .shapes import EXTRA, fields_of, model_of, shape_of
from .validation import shortened, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickhouse_cloud_async.core.model import Model

    from .shapes import Shape
    from .validation import ErrorCollector, FieldPath


IN_PLAIN = "this is a secret in plain text: write {env: VARIABLE} or {file: NAME} in its place"
"""The warning about a secret in a document."""


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
        model = model_of(models, value)
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
            if not shape.has_word(value):
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
