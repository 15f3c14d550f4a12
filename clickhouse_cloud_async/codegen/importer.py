"""Imports a specification: converts an OpenAPI 3.0 or 3.1 document to a contract of facts.

A contract holds the facts of an API without descriptions. Operations are sorted by
path and method, schemas by name; the order of properties and enum values follows the present
contract, so that importing a newer document gives a small diff.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

Json = dict[str, Any]

FORMAT = 1
METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
PROSE = frozenset(
    ("title", "description", "summary", "example", "examples", "externalDocs", "xml", "$comment")
)
IGNORED = PROSE | {"x-sources"}

_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMA_MAPS = ("properties", "patternProperties", "$defs")
_SCHEMAS = (
    "items",
    "additionalProperties",
    "not",
    "propertyNames",
    "contains",
    "if",
    "then",
    "else",
)


class SpecificationError(Exception):
    """The document cannot be converted; the message says where and why."""


def read_document(path: Path) -> Json:
    """Read a specification from a JSON file, or from YAML where PyYAML is installed.

    Raises:
        SpecificationError: The file cannot be read, or does not hold an object.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecificationError(f"{path} cannot be read: {error}") from error
    document = (
        _parse_yaml(path, text) if path.suffix in {".yaml", ".yml"} else _parse_json(path, text)
    )
    if not isinstance(document, dict):
        raise SpecificationError(f"{path} does not hold an object")
    return document


def _parse_json(path: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise SpecificationError(f"{path} is not JSON: {error}") from error


def _parse_yaml(path: Path, text: str) -> Any:
    try:
        import yaml
    except ImportError as error:
        raise SpecificationError("a YAML specification needs PyYAML: pip install pyyaml") from error
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, if there
    try:
        return yaml.load(text, loader)  # noqa: S506 - both are safe
    except yaml.YAMLError as error:
        raise SpecificationError(f"{path} is not YAML: {error}") from error


def import_document(document: Json, present: Json | None = None) -> Json:
    """Normalise an OpenAPI document to a contract.

    Args:
        document: The parsed OpenAPI 3.0 or 3.1 document.
        present: The contract to keep the order of, where there is one.

    Returns:
        The contract, ready to be written by `dump`.

    Raises:
        SpecificationError: The document is not OpenAPI 3.x, an operation is named twice or a
            reference points nowhere.
    """
    version = str(document.get("openapi", ""))
    if not re.match(r"3\.[01](\.|$)", version):
        raise SpecificationError(
            f"OpenAPI 3.0 or 3.1 expected, found openapi: {version or 'nothing'}"
        )
    contract = _Importer(document).contract()
    _check_references(contract)
    if present is not None:
        contract = _in_present_order(contract, present)
    return contract


def dump(contract: Json) -> str:
    """The text of a contract file."""
    return json.dumps(contract, indent=1, ensure_ascii=False) + "\n"


class _Importer:
    def __init__(self, document: Json) -> None:
        self.document = document
        self.components: Json = document.get("components", {})

    def contract(self) -> Json:
        info = self.document.get("info", {})
        facts: Json = {
            "format": FORMAT,
            "title": info.get("title", ""),
            "version": str(info.get("version", "")),
            "servers": [server["url"] for server in self.document.get("servers", ())],
            "security": self.document.get("security", []),
            "security_schemes": {
                name: _without_prose(self.resolve(scheme))
                for name, scheme in sorted(self.components.get("securitySchemes", {}).items())
            },
        }
        facts |= _extensions(self.document) | _extensions(info)
        facts["operations"] = self.operations()
        facts["schemas"] = {
            name: normalise_schema(schema)
            for name, schema in sorted(self.components.get("schemas", {}).items())
        }
        return facts

    def operations(self) -> Json:
        operations: Json = {}
        paths = self.document.get("paths", {})
        for path in sorted(paths):
            item = self.resolve(paths[path])
            for method in METHODS:
                if method not in item:
                    continue
                name = item[method].get("operationId") or _operation_name(method, path)
                if name in operations:
                    raise SpecificationError(f"operation {name} is defined twice")
                operations[name] = self.operation(method, path, item, item[method])
        return operations

    def operation(self, method: str, path: str, item: Json, source: Json) -> Json:
        facts: Json = {"method": method.upper(), "path": path}
        for key in ("tags", "deprecated", "security"):
            if key in source:
                facts[key] = source[key]
        facts |= _extensions(source)
        merged: dict[tuple[str, str], Json] = {}
        for raw in (*item.get("parameters", ()), *source.get("parameters", ())):
            parameter = self.resolve(raw)
            merged[parameter["in"], parameter["name"]] = self.parameter(parameter)
        if merged:
            facts["parameters"] = list(merged.values())
        if "requestBody" in source:
            body = self.resolve(source["requestBody"])
            facts["body"] = {
                "required": bool(body.get("required", False)),
                "content": _content(body),
                **_extensions(body),
            }
        facts["responses"] = {
            str(status): self.response(self.resolve(response))
            for status, response in sorted(source.get("responses", {}).items())
        }
        return facts

    def parameter(self, source: Json) -> Json:
        schema = source.get("schema")
        if schema is None:
            media: Json = next(iter(source.get("content", {}).values()), {})
            schema = media.get("schema", {})
        facts = {
            key: source[key]
            for key in ("name", "in", "required", "deprecated", "style", "explode")
            if key in source
        }
        return facts | _extensions(source) | {"schema": normalise_schema(schema)}

    def response(self, source: Json) -> Json:
        facts: Json = {}
        if source.get("headers"):
            facts["headers"] = {
                name: normalise_schema(self.resolve(header).get("schema", {}))
                for name, header in sorted(source["headers"].items())
            }
        content = _content(source)
        if content:
            facts["content"] = content
        return facts | _extensions(source)

    def resolve(self, node: Json) -> Json:
        """Follow a reference to anything but a schema; those are used in place."""
        while "$ref" in node:
            target: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                try:
                    target = target[part.replace("~1", "/").replace("~0", "~")]
                except (KeyError, TypeError):
                    raise SpecificationError(f"{node['$ref']} points nowhere") from None
            node = target
        return node


def normalise_schema(source: Any) -> Any:
    """Return a schema in the form of JSON Schema 2020-12, without descriptions."""
    if not isinstance(source, dict):
        return source
    schema: Json = {}
    for key, value in source.items():
        if key in IGNORED or key == "nullable":
            continue
        if key == "$ref":
            schema[key] = value.replace("#/components/schemas/", "#/schemas/")
        elif key in _SCHEMA_MAPS:
            schema[key] = {name: normalise_schema(child) for name, child in value.items()}
        elif key in _SCHEMA_LISTS:
            schema[key] = [normalise_schema(child) for child in value]
        elif key in _SCHEMAS:
            schema[key] = normalise_schema(value)
        else:
            schema[key] = value
    _modernise_bounds(schema)
    return _nullable(schema) if source.get("nullable") else schema


def _modernise_bounds(schema: Json) -> None:
    """Convert exclusive bounds: a flag in OpenAPI 3.0, a keyword of their own in 3.1."""
    for exclusive, inclusive in (
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ):
        if schema.get(exclusive) is True:
            schema[exclusive] = schema.pop(inclusive)
        elif schema.get(exclusive) is False:
            del schema[exclusive]


def _nullable(schema: Json) -> Json:
    """Convert the flag ``nullable`` of OpenAPI 3.0."""
    for key in ("anyOf", "oneOf"):
        if key in schema and "$ref" not in schema:
            return schema | {key: [*schema[key], {"type": "null"}]}
    if "type" not in schema or "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    nullable = schema | {"type": [*types, *(["null"] if "null" not in types else [])]}
    if "enum" in schema and None not in schema["enum"]:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def _content(node: Json) -> Json:
    return {
        media_type: normalise_schema(media.get("schema", {}))
        for media_type, media in sorted(node.get("content", {}).items())
    }


def _extensions(node: Mapping[str, Any]) -> Json:
    return {
        key: value for key, value in node.items() if key.startswith("x-") and key not in IGNORED
    }


def _without_prose(node: Json) -> Json:
    return {key: value for key, value in node.items() if key not in IGNORED}


def _operation_name(method: str, path: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", path)
    return method + "".join(word[:1].upper() + word[1:] for word in words)


def _check_references(contract: Json) -> None:
    for reference in _references(contract):
        group, _, name = reference.removeprefix("#/").partition("/")
        if group != "schemas" or name not in contract["schemas"]:
            raise SpecificationError(f"{reference} points nowhere")


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


def _in_present_order(new: Any, present: Any, key: str = "") -> Any:
    """Sort properties, parameters and enum values as in the present contract."""
    if isinstance(new, dict) and isinstance(present, dict):
        names: Iterable[str] = new
        if key == "properties":
            names = [*(n for n in present if n in new), *(n for n in new if n not in present)]
        return {name: _in_present_order(new[name], present.get(name), name) for name in names}
    if isinstance(new, list) and isinstance(present, list):
        if key in {"enum", "required"}:
            return [*(v for v in present if v in new), *(v for v in new if v not in present)]
        if key == "parameters":
            known = {(p["in"], p["name"]): (i, p) for i, p in enumerate(present)}
            end = (len(present), None)
            ordered = sorted(new, key=lambda p: known.get((p["in"], p["name"]), end)[0])
            return [_in_present_order(p, known.get((p["in"], p["name"]), end)[1]) for p in ordered]
        if len(new) == len(present):
            return [_in_present_order(n, p) for n, p in zip(new, present, strict=True)]
    return new
