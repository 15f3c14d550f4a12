"""Writes the Python annotation of a schema."""

from __future__ import annotations

import ast
import re
from typing import Any

from clickhouse_cloud_async.core.contract import Schema, ref_name, types_of

from .schemas import Kind, Schemas, is_nullable

_PRIMITIVES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_INCOMING = {"date-time": "datetime", "date": "date"}
_OUTGOING = {
    "date-time": "datetime | str",
    "date": "date | str",
    "uuid": "str | UUID",
    "boolean": "bool",
}


class Annotations:
    """Writes annotations.

    Args:
        schemas: The schemas that annotations may refer to.
    """

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def incoming(self, schema: Schema) -> str:
        """Return the type of a value in responses, without nullability."""
        return self._write(schema, outgoing=False, secret=False)

    def outgoing(self, schema: Schema) -> str:
        """Return the type of a value in requests, without nullability."""
        return self._write(schema, outgoing=True, secret=False)

    def is_secret(self, schema: Schema) -> bool:
        """Return whether a schema, or the target of its reference, is marked as secret."""
        while True:
            if schema.get("x-secret"):
                return True
            if "$ref" not in schema:
                return False
            schema = self._schemas.schemas[ref_name(schema)]

    def models_with_secrets(self, annotation: str) -> list[str]:
        """Return the models in an annotation whose mappings may hold secrets."""
        secretive = {
            self._schemas.python_name(name)
            for name in self._schemas.schemas
            if self._schemas.holds_secret(name)
        }
        return [
            f"dict[str, {name}]" if mapping else name
            for mapping, name in re.findall(r"(Mapping\[str, )?(\w+)", annotation)
            if name in secretive
        ]

    def _write(self, schema: Schema, *, outgoing: bool, secret: bool) -> str:
        secret = secret or bool(schema.get("x-secret"))
        if "$ref" in schema:
            return self._reference(ref_name(schema), outgoing=outgoing, secret=secret)
        listed = self._schemas.enum_of(schema)
        if listed is not None:
            return f"{listed.name} | {'OpenText' if listed.has_texts else 'int'}"
        if "const" in schema or "enum" in schema:
            return self._constant(schema)
        for key in ("oneOf", "anyOf"):
            if key in schema:
                return self._union(schema[key], outgoing=outgoing, secret=secret)
        if len(schema.get("allOf", ())) == 1:
            return self._write(schema["allOf"][0], outgoing=outgoing, secret=secret)
        return self._by_types(schema, outgoing=outgoing, secret=secret)

    def _by_types(self, schema: Schema, *, outgoing: bool, secret: bool) -> str:
        kinds = [kind for kind in types_of(schema) if kind != "null"]
        if not kinds and is_nullable(schema):
            return "None"
        if not kinds and secret and not outgoing:
            # Its type is unknown, but it must not be shown.
            return "Secret | SecretObject"
        parts = [self._plain(kind, schema, outgoing=outgoing, secret=secret) for kind in kinds]
        return " | ".join(dict.fromkeys(parts)) or "object"

    def _reference(self, name: str, *, outgoing: bool, secret: bool) -> str:
        target = self._schemas.schemas[name]
        kind = self._schemas.kind(name)
        python_name = self._schemas.python_name(name)
        listed = self._schemas.enum_of(target)
        if listed is not None:
            return f"{python_name} | {'OpenText' if listed.has_texts else 'int'}"
        if kind is Kind.ALIAS:
            return self._write(target, outgoing=outgoing, secret=secret)
        return f"{python_name} | Mapping[str, object]" if outgoing else python_name

    def _constant(self, schema: Schema) -> str:
        values = schema.get("enum", [schema.get("const")])
        plain = [value for value in values if value is not None]
        kind = _PRIMITIVES[next(k for k in types_of(schema) if k != "null")]
        if kind == "float":
            return kind
        words = f"Literal[{', '.join(repr(value) for value in plain)}]"
        return f"{words} | {'OpenText' if kind == 'str' else kind}"

    def _union(self, children: list[Schema], *, outgoing: bool, secret: bool) -> str:
        parts: list[str] = []
        for child in children:
            if types_of(child) == ("null",):
                continue
            written = self._write(child, outgoing=outgoing, secret=secret)
            parts.extend(part for part in written.split(" | ") if part not in parts)
        if not outgoing and any(self._is_object(child) for child in children) and len(parts) > 1:
            parts.append("dict[str, object]")
        if "OpenText" in parts and "str" in parts:
            parts.remove("str")
        for text in ("str", "OpenText"):
            if text in parts:
                parts.append(parts.pop(parts.index(text)))
        if "Mapping[str, object]" in parts:
            parts.append(parts.pop(parts.index("Mapping[str, object]")))
        return " | ".join(parts)

    def _is_object(self, schema: Schema) -> bool:
        return "$ref" in schema and self._schemas.kind(ref_name(schema)) in {Kind.MODEL, Kind.UNION}

    def _plain(self, kind: str, schema: Schema, *, outgoing: bool, secret: bool) -> str:
        if kind == "array":
            item = self._write(schema.get("items", {}), outgoing=outgoing, secret=secret)
            return f"Sequence[{item}]" if outgoing else f"list[{item}]"
        if kind == "object":
            values: Any = schema.get("additionalProperties")
            item = "object"
            if isinstance(values, dict) and values:
                item = self._write(values, outgoing=outgoing, secret=secret)
            if secret and item == "object":
                return "SecretObject | Mapping[str, object]" if outgoing else "SecretObject"
            return f"Mapping[str, {item}]" if outgoing else f"dict[str, {item}]"
        if kind == "string" and secret:
            return "Secret | str" if outgoing else "Secret"
        formats = _OUTGOING if outgoing else _INCOMING
        if kind == "string" and schema.get("format") in formats:
            return formats[schema["format"]]
        return _PRIMITIVES.get(kind, "object")


class Spelling(ast.NodeTransformer):
    """Rewrites annotations of arguments, so that type checkers find misspelt words and keys.

    Args:
        enums: Enums that may also be given as words.
        models: Models that may also be given as typed dictionaries.
    """

    def __init__(self, enums: frozenset[str], models: frozenset[str] = frozenset()) -> None:
        self._enums = enums
        self._models = models

    def written(self, annotation: str) -> str:
        """Return an annotation with words beside enums, and typed dictionaries for mappings."""
        return ast.unparse(self.visit(ast.parse(annotation, mode="eval")))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Rewrite a union."""
        parts: list[str] = []
        for part in _parts(node):
            text = ast.unparse(self.visit(part))
            models = [name for name in parts if name in self._models]
            if text in self._enums:
                parts += (text, f"{text}Text")
            elif text == "Mapping[str, object]" and models:
                parts += (f"{name}Dict" for name in models)
            else:
                parts.append(text)
        return ast.parse(" | ".join(dict.fromkeys(parts)), mode="eval").body


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_parts(node.left), *_parts(node.right)]
    return [node]


def protecting(annotation: str) -> str:
    """Return the name of the function that wraps a secret value of a type."""
    if "SecretObject" in annotation:
        return "protect_object"
    return "protect_values" if "Mapping" in annotation else "protect"
