"""The JSON Schema of documents, for completion and checks in editors."""

from __future__ import annotations

import inspect
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.codec.types import takes_extra
from clickhouse_cloud_async.core.codec.unions import Variant
from clickhouse_cloud_async.core.values import Secret

from .external import ExternalSource
from .loading import annotations_of
from .repetition import FOR_EACH
from .shapes import EXTRA, fields_of, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clickhouse_cloud_async.core.model import Model

    from .kind import Kind
    from .kinds import Kinds
    from .shapes import Shape

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_ATTRIBUTE = re.compile(r"^    (\w+): (.+(?:\n        .+)*)", re.MULTILINE)
_SCALARS: Mapping[Any, dict[str, Any]] = {
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    Secret: {"type": "string", "writeOnly": True},
    datetime: {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\d[T ]\d"},
    date: {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"},
}
_RESERVED_TEXTS: Mapping[str, str] = {
    "id": "ID of the resource, regardless of its name.",
    "organization": "ID of its organisation.",
    "absent": "Whether it must not exist.",
    "strict": "Whether to remove entries that are not described, such as permissions.",
}
_ADOPT: Mapping[str, Any] = {
    "adopt": {
        "type": "boolean",
        "description": "Whether existing resources that are in no fleet become a part of this one.",
        "default": True,
    }
}
_EXTERNAL = "ExternalValue"
_ITEM = "EachValue"
_REFERENCE = "Reference"


def schema_of(kinds: Kinds, title: str) -> dict[str, Any]:
    """Return the schema of one file of a document.

    Only `plan` checks what a single value does not show: whether names are unique, whether
    references have a target, and whether values contradict each other.

    Args:
        kinds: The kinds that documents may contain.
        title: Title of the documents.
    """
    writer = _Writer()
    resources = {kind.name: writer.resource(kind) for kind in kinds}
    return {
        "$schema": DRAFT,
        "title": title,
        "type": "object",
        "properties": {
            "fleet": {
                "type": "string",
                "description": "Name of the fleet; in a folder, one of the files has it.",
            },
            "organization": {
                "type": "string",
                "description": "ID of the organisation of all resources that name none.",
            },
            "defaults": {
                "type": "object",
                "description": "Default fields of resources, by kind.",
                "properties": {kind.name: writer.defaults(kind) for kind in kinds},
                "additionalProperties": False,
            },
            "prune": {
                "type": "array",
                "description": "Kinds of which all resources that are not described are deleted.",
                "items": {"enum": list(kinds.names)},
            },
            **(_ADOPT if kinds.owned else {}),
            **{
                kind.name: {
                    "type": "array",
                    "description": _summary(type(kind)),
                    "items": resources[kind.name],
                }
                for kind in kinds
            },
        },
        "additionalProperties": False,
        "$defs": writer.definitions,
    }


class _Writer:
    """Writes schemas, and collects those of models."""

    def __init__(self) -> None:
        self.definitions: dict[str, Any] = {
            _EXTERNAL: _external(),
            _ITEM: {
                "type": "string",
                "description": "A value of for_each, whatever its type.",
                "pattern": r"^\$\{\s*each(\.[\w-]+)*\s*\}$",
            },
            _REFERENCE: {
                "type": "string",
                "description": "An attribute of another resource, such as ${services.clicks.id}.",
                "pattern": r"^\$\{.+\}$",
            },
        }

    def resource(self, kind: Kind[Any]) -> dict[str, Any]:
        """Return the schema of a resource."""
        schema = self._fields(kind)
        schema["properties"][FOR_EACH] = {
            "type": ["array", "object"],
            "description": "Creates a resource for each item; ${each} stands for the item.",
            "items": {"type": ["string", "number"]},
        }
        if kind.key:
            schema["anyOf"] = [{"required": list(kind.key)}, {"required": ["id"]}]
        return schema

    def defaults(self, kind: Kind[Any]) -> dict[str, Any]:
        """Return the schema of the defaults of a kind."""
        schema = self._fields(kind)
        for name in (*kind.key, "id"):
            del schema["properties"][name]
        return schema

    def _fields(self, kind: Kind[Any]) -> dict[str, Any]:
        texts = field_texts(kind)
        return {
            "type": "object",
            "properties": {
                name: _described(self.value(annotation), texts.get(name))
                for name, annotation in annotations_of(kind).items()
            },
            "additionalProperties": False,
        }

    def value(self, annotation: Any) -> dict[str, Any]:
        """Return the schema of a value."""
        shape = shape_of(annotation)
        choices = list({str(choice): choice for choice in self._choices(shape)}.values())
        if not any(_is_any_text(choice) for choice in choices):
            choices.append(_definition(_ITEM))
            if shape.takes_scalars:
                choices.append(_definition(_REFERENCE))
        if shape.is_nullable:
            choices.append({"type": "null"})
        return choices[0] if len(choices) == 1 else {"anyOf": choices}

    def _choices(self, shape: Shape) -> Iterable[dict[str, Any]]:
        if shape.words:
            yield {"enum": list(shape.words)}
        for scalar in shape.scalars:
            yield _SCALARS.get(scalar, {"type": "string"})
        if shape.takes_scalars and not (shape.models or shape.values or shape.is_free):
            yield _definition(_EXTERNAL)
        for model in shape.models:
            yield self._model(model)
        for item in shape.items:
            yield {"type": "array", "items": self.value(item)}
        for item in shape.values:
            yield {"type": "object", "additionalProperties": self.value(item)}
        if shape.is_free or (shape.is_secret and not shape.scalars):
            yield {"type": "object"}

    def _model(self, model: type[Model]) -> dict[str, Any]:
        name = model.__name__
        if name not in self.definitions:
            # The name is registered first, because a model may contain itself.
            schema: dict[str, Any] = {"type": "object", "description": _summary(model)}
            self.definitions[name] = schema
            described = dict(_attributes(model))
            properties: dict[str, Any] = {}
            for field_name, field in fields_of(model).items():
                words = Variant(model).tags.get(field.wire)
                value = self.value(field.type) if words is None else {"enum": list(words)}
                properties[field_name] = _described(value, described.get(field.name))
            if takes_extra(model):
                properties[EXTRA] = {"type": "object", "description": "Fields by the API's names."}
            schema["properties"] = properties
            schema["required"] = [key for key, field in fields_of(model).items() if field.required]
            schema["additionalProperties"] = False
        return _definition(name)


def _is_any_text(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "string" and "pattern" not in schema


def _described(schema: dict[str, Any], text: str | None) -> dict[str, Any]:
    return schema if text is None else {"description": text, **schema}


def _external() -> dict[str, Any]:
    places: dict[ExternalSource, dict[str, Any]] = {
        ExternalSource.ENV: {"type": "string", "minLength": 1, "description": "A variable."},
        ExternalSource.FILE: {"type": "string", "minLength": 1, "description": "A file."},
        ExternalSource.STDIN: {"const": True, "description": "Standard input."},
    }
    return {
        "type": "object",
        "description": "A value outside of the document, such as a secret.",
        "properties": {
            **{str(source): schema for source, schema in places.items()},
            "version": {
                "type": ["string", "integer"],
                "description": "Version of the value; raise it when the value changes.",
            },
        },
        "oneOf": [{"required": [str(source)]} for source in places],
        "additionalProperties": False,
    }


def _definition(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def field_texts(kind: Kind[Any]) -> Mapping[str, str]:
    """Return the descriptions of a resource's fields in documents.

    Args:
        kind: The kind of the resource.
    """
    said = {name: text for model in kind.models for name, text in _attributes(model)}
    texts = {field.name: said[field.argument] for field in kind.fields if field.argument in said}
    texts |= {
        field.name: f"Names of {field.refers_to}, or one of them."
        for field in kind.fields
        if field.refers_to is not None
    }
    if kind.parent is not None:
        texts[kind.parent.field] = f"Name of its parent, one of {kind.parent.kind}."
    return {**texts, **_RESERVED_TEXTS}


def _summary(described: type) -> str:
    return (inspect.getdoc(described) or "").partition("\n")[0]


def _attributes(model: type[Model]) -> Iterable[tuple[str, str]]:
    """Yield the fields of a model with their descriptions in its docstring."""
    _, _, section = (inspect.getdoc(model) or "").partition("Attributes:\n")
    for found in _ATTRIBUTE.finditer(section):
        yield found[1], " ".join(found[2].split())
