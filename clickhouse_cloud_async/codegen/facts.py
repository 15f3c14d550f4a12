"""The facts of a contract as a tree, whose nodes can be added or removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.contract import ref_name, types_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

_PLAIN = (
    "format",
    "default",
    "const",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
)
_FLAGS = ("uniqueItems", "readOnly", "writeOnly", "deprecated")
_FACTS = (*_PLAIN, *_FLAGS)
"""Keywords of schemas whose values are compared; vendor keys are not."""


@attrs.frozen
class Node:
    """A part of a contract.

    Attributes:
        kind: What it is, such as ``field``.
        place: Where it is, such as ``Service.state``.
        facts: What is said of it, by name.
        children: What it has, by what tells these apart.
    """

    kind: str
    place: str
    facts: dict[str, Any] = attrs.field(factory=dict[str, Any])
    children: dict[str, Node] = attrs.field(factory=dict[str, "Node"])

    def count(self) -> int:
        """Return the number of facts below it, including itself."""
        return 1 + len(self.facts) + sum(child.count() for child in self.children.values())


def contract_tree(contract: Json) -> Node:
    """Arrange the facts of a contract: its operations and its named schemas."""
    root = Node("contract", "")
    for name, operation in contract["operations"].items():
        root.children[f"operation {name}"] = _operation(name, operation)
    for name, schema in contract["schemas"].items():
        root.children[f"schema {name}"] = _schema("schema", name, schema)
    return root


def _operation(name: str, operation: Json) -> Node:
    node = Node("operation", name, {"method": operation["method"], "path": operation["path"]})
    if operation.get("deprecated"):
        node.facts["deprecated"] = True
    for parameter in operation.get("parameters", ()):
        where = f"{name}.{parameter['in']}.{parameter['name']}"
        child = _schema("parameter", where, parameter["schema"])
        child.facts["required"] = bool(parameter.get("required"))
        if parameter.get("deprecated"):
            child.facts["deprecated"] = True
        node.children[f"parameter {where}"] = child
    if "body" in operation:
        body = Node("body", name, {"required": bool(operation["body"].get("required"))})
        body.children.update(_media(f"{name}.body", operation["body"]))
        node.children["body"] = body
    for status, response in operation["responses"].items():
        child = Node("response", f"{name} {status}")
        child.children.update(_media(f"{name}.{status}", response))
        for header, schema in response.get("headers", {}).items():
            place = f"{name}.{status}.{header}"
            child.children[f"header {header}"] = _schema("header", place, schema)
        node.children[f"response {status}"] = child
    return node


def _media(place: str, holder: Json) -> dict[str, Node]:
    return {
        media: _schema("media type", f"{place} {media}", schema)
        for media, schema in holder.get("content", {}).items()
    }


def _schema(kind: str, place: str, schema: Any) -> Node:
    node = Node(kind, place)
    if not isinstance(schema, dict):
        node.facts["type"] = "anything" if schema else "nothing"
        return node
    if "$ref" in schema:
        node.facts["reference"] = ref_name(schema)
    if types_of(schema):
        node.facts["type"] = tuple(sorted(types_of(schema)))
    for key in _FACTS:
        value = schema.get(key)
        if value is not None and not (key in _FLAGS and value is False):
            node.facts[key] = int(value) if _is_whole(value) else value
    for key, child in _parts(place, schema):
        node.children[key] = child
    return node


def _parts(place: str, schema: Json) -> Iterator[tuple[str, Node]]:
    for value in schema.get("enum", ()):
        if value is not None:
            yield f"word {value!r}", Node("word", f"{place} = {value!r}")
    required = schema.get("required", ())
    properties = schema.get("properties", {})
    for name, child in properties.items():
        node = _schema("field", f"{place}.{name}", child)
        node.facts["required"] = name in required
        yield f"field {name}", node
    for name in required:
        if name not in properties:
            yield f"required {name}", Node("required", f"{place}.{name}")
    for key, step in (("items", "[]"), ("additionalProperties", "{}"), ("not", "!")):
        if key in schema:
            yield key, _schema(key, place + step, schema[key])
    for key in ("oneOf", "anyOf", "allOf"):
        unnamed = 0
        for child in schema.get(key, ()):
            name = ref_name(child) if "$ref" in child else f"{unnamed}"
            unnamed += "$ref" not in child
            yield f"{key} {name}", _schema("variant", f"{place}|{name}", child)


def _is_whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()
