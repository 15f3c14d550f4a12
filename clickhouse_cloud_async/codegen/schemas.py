"""The classes, enums and aliases of the contract's schemas."""

from __future__ import annotations

import enum
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.contract import Contract, Schema, ref_name, types_of

from .errors import OverlayError
from .naming import pascal_case
from .results import Results
from .words import Words, closed_texts, key_of, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .overlay import Model, Overlay

Key = frozenset[tuple[str | int, str]]
"""The identity of an enum: its values with their names."""


class Kind(enum.Enum):
    """The kind of Python definition of a named schema."""

    MODEL = enum.auto()
    ENUM = enum.auto()
    UNION = enum.auto()
    ALIAS = enum.auto()


class Direction(enum.Flag):
    """The direction in which objects of a schema are sent."""

    NONE = 0
    REQUEST = enum.auto()
    RESPONSE = enum.auto()


@attrs.frozen
class EnumClass:
    """A set of words, or of numbers that have names, with its class.

    Attributes:
        name: Name of the class.
        module: The module that it is in.
        doc: What it is.
        prefix: What a member's name begins with where it would begin with a digit.
        words: The values with their names.
    """

    name: str
    module: str
    doc: str
    prefix: str
    words: Words

    @property
    def has_texts(self) -> bool:
        """Whether its values are texts, and not numbers."""
        return all(isinstance(value, str) for value in self.words)


class Schemas:
    """The schemas of a contract, with what the overlay decides about them.

    Inline objects that the overlay names count as schemas of their own.

    Args:
        contract: The facts.
        overlay: The decisions.
    """

    def __init__(self, contract: Contract, overlay: Overlay) -> None:
        self.contract = contract
        self.overlay = overlay
        self.schemas: dict[str, Schema] = {}
        self._inline_by_text: dict[str, str] = {}
        self._composed = {
            name: self._veiled(name, self.contract.compose(schema))
            for name, schema in contract.schemas.items()
        }
        self.results: Results = Results(overlay, self._properties)
        self.bodies: dict[str, Schema] = {}
        needed = self._needed()
        for name, schema in self._composed.items():
            if name in needed:
                self.schemas[name] = self._lift(schema, name)
        for operation in contract.operations.values():
            if operation.body is not None:
                body = self.contract.compose(operation.body)
                self.bodies[operation.id] = self._lift(body, f"{operation.id}.body")
        self._check_overlay()

    def _properties(self, schema: Schema) -> dict[str, Schema]:
        """The properties of an object, those of all its parts; empty for anything else."""
        while "$ref" in schema:
            schema = self._composed[ref_name(schema)]
        properties: dict[str, Schema] = self.contract.compose(schema).get("properties", {})
        return properties

    def _carried(self) -> Iterator[tuple[Direction, Schema]]:
        """Return all schemas of requests and responses, without the wrappers of results."""
        for operation in self.contract.operations.values():
            for parameter in operation.parameters:
                yield Direction.NONE, parameter.schema
            if operation.body is not None:
                yield Direction.REQUEST, self.bodies.get(operation.id) or operation.body
        for method in (method for ns in self.overlay.namespaces for method in ns.methods):
            if method.operation in self.contract.operations:
                found = self.contract.operations[method.operation]
                result = self.results.result(found, method).schema
                if result is not None:
                    yield Direction.RESPONSE, result

    def _needed(self) -> frozenset[str]:
        """Return the schemas of public types, without the wrappers of results."""
        waiting = [name for _, schema in self._carried() for name in _references(schema)]
        needed: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed.add(name)
                waiting += _references(self._composed[name])
        return frozenset(needed)

    def _veiled(self, name: str, schema: Schema) -> Schema:
        """A schema with the fields marked that the overlay calls secret; free ones are objects.

        Raises:
            OverlayError: It has no such field.
        """
        decided = self.overlay.models.get(name)
        if decided is None or not decided.secret:
            return schema
        properties: dict[str, Schema] = schema.get("properties", {})
        unknown = sorted(decided.secret - properties.keys())
        if unknown:
            raise OverlayError(f"models.toml: {name} has no {unknown[0]!r} that could be secret")
        secrets = {
            wire: {"type": "object", **properties[wire], "x-secret": True}
            for wire in properties
            if wire in decided.secret
        }
        return {**schema, "properties": properties | secrets}

    # --- inline objects ---

    def _lift(self, schema: Schema, where: str) -> Schema:
        """Give inline objects a name of their own, so that each is one class."""
        if len(schema.get("allOf", ())) > 1:
            schema = self.contract.compose(schema)
        result = dict(schema)
        if "properties" in schema:
            result["properties"] = {
                name: self._lift_child(child, f"{where}.{name}")
                for name, child in schema["properties"].items()
            }
        for key, step in (("items", "[]"), ("additionalProperties", "{}")):
            if isinstance(schema.get(key), dict):
                result[key] = self._lift_child(schema[key], where + step)
        for key in ("oneOf", "anyOf"):
            if key in schema:
                result[key] = [
                    self._lift_child(child, f"{where}|{index}")
                    for index, child in enumerate(schema[key])
                ]
        if where.endswith(".body") and schema.get("properties"):
            return self._named(result, where)
        return result

    def _lift_child(self, schema: Schema, where: str) -> Schema:
        lifted = self._lift(schema, where)
        return self._named(lifted, where) if lifted.get("properties") else lifted

    def _named(self, schema: Schema, where: str) -> Schema:
        text = repr((schema["properties"], schema.get("required")))
        name = self._inline_by_text.get(text)
        if name is None:
            if where not in self.overlay.inline:
                raise OverlayError(f'api.toml, [inline]: name the object at "{where}"')
            name = self.overlay.inline[where]
            self._inline_by_text[text] = name
            self.schemas[name] = schema
        return {"$ref": f"#/schemas/{name}"}

    def _check_overlay(self) -> None:
        missing = [name for name in self.schemas if name not in self.overlay.models]
        unknown = [name for name in self.overlay.models if name not in self.schemas]
        if missing:
            raise OverlayError(
                "models.toml: name these objects and say what they are, each in the table of its"
                " module, such as\n" + "\n".join(f'[module.{name}]\ndoc = ""' for name in missing)
            )
        if unknown:
            raise OverlayError(
                f"models.toml: remove {unknown}, which the contract lacks, or which are only"
                " wrappers of results"
            )
        names = [model.name for model in self.overlay.models.values()]
        enums = [e.name for e in self.overlay.enums if e.of not in self.schemas]
        names += enums
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise OverlayError(f"these Python names are given twice: {sorted(twice)}")

    # --- what a schema is ---

    def decided(self, name: str) -> Model:
        """The overlay's entry of a schema."""
        return self.overlay.models[name]

    def python_name(self, name: str) -> str:
        """The class or alias that stands for a named schema."""
        decided = self.decided(name)
        return self.decided(decided.same_as).name if decided.same_as else decided.name

    def kind(self, name: str) -> Kind:
        """Return the kind of Python definition of a named schema."""
        schema = self.schemas[name]
        if schema.get("properties"):
            return Kind.MODEL
        if words(schema):
            return Kind.ENUM
        return Kind.UNION if self.variants(schema) else Kind.ALIAS

    def resolve(self, schema: Schema) -> Schema:
        """Resolve ``$ref`` until the result is a schema."""
        while "$ref" in schema:
            schema = self.schemas[ref_name(schema)]
        return schema

    def variants(self, schema: Schema) -> tuple[str, ...]:
        """The model schemas that a union is made of, nested unions opened; empty for no union."""
        names: list[str] = []
        for child in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
            if "$ref" not in child:
                continue
            name = ref_name(child)
            if self.schemas[name].get("properties"):
                names.append(name)
            else:
                names.extend(self.variants(self.schemas[name]))
        return tuple(dict.fromkeys(names))

    def holds_secret(self, name: str) -> bool:
        """Return whether an object of a named schema may hold a secret, at any depth."""
        waiting: list[Any] = [self.schemas[name]]
        seen: set[str] = set()
        while waiting:
            part = waiting.pop()
            if isinstance(part, list):
                waiting += part
            elif isinstance(part, dict):
                if part.get("x-secret") is True:
                    return True
                if "$ref" in part and (target := ref_name(part)) not in seen:
                    seen.add(target)
                    waiting.append(self.schemas[target])
                waiting += part.values()
        return False

    # --- which way schemas travel ---

    @cached_property
    def directions(self) -> dict[str, Direction]:
        """For every schema, whether requests, responses or both carry it."""
        result = dict.fromkeys(self.schemas, Direction.NONE)
        for direction, schema in self._carried():
            self._mark(schema, direction, result)
        return result

    def _mark(self, schema: Any, direction: Direction, result: dict[str, Direction]) -> None:
        for name in _references(schema):
            if direction not in result[name]:
                result[name] |= direction
                self._mark(self.schemas[name], direction, result)

    def response_only(self, name: str) -> bool:
        """Return whether only the API makes objects of a schema."""
        return self.directions[name] is Direction.RESPONSE

    def request_only(self, name: str) -> bool:
        """Return whether only requests carry objects of a schema."""
        return self.directions[name] is Direction.REQUEST

    # --- enums ---

    def enum_of(self, schema: Schema) -> EnumClass | None:
        """The class of the words that a schema lists; None where it lists none."""
        found = words(schema)
        return self.enums[key_of(found)] if found else None

    @cached_property
    def enums(self) -> dict[Key, EnumClass]:
        """The class of every set of words that the contract lists."""
        places: dict[Key, list[str]] = defaultdict(list)
        listed: dict[Key, Words] = {}
        for where, schema in self._places():
            found = words(schema)
            if found:
                places[key_of(found)].append(where)
                listed.setdefault(key_of(found), found)
        decided = self._decided_enums(places)
        return {
            key: decided.get(key) or self._default_enum(where[0], where, listed[key])
            for key, where in places.items()
        }

    def _decided_enums(self, places: dict[Key, list[str]]) -> dict[Key, EnumClass]:
        key_at = {where: key for key, wheres in places.items() for where in wheres}
        result: dict[Key, EnumClass] = {}
        for entry in self.overlay.enums:
            if entry.of not in key_at:
                raise OverlayError(f"enums.toml: {entry.name}: no enum stands at {entry.of}")
            key = key_at[entry.of]
            if key in result:
                raise OverlayError(
                    f"enums.toml: {entry.name} and {result[key].name} list the same values"
                )
            module = entry.module or self._module(places[key])
            ordered = words(dict(self._places())[entry.of])
            result[key] = EnumClass(entry.name, module, entry.doc, entry.prefix, ordered)
        return result

    def _default_enum(self, where: str, wheres: list[str], found: Words) -> EnumClass:
        owner, _, field = where.partition(".")
        if owner not in self.overlay.models:
            raise OverlayError(f'enums.toml: name the values at of = "{where}"')
        model = self.decided(owner)
        if not field:
            return EnumClass(model.name, model.module, model.doc, "V", found)
        if len(wheres) > 1:
            raise OverlayError(f"enums.toml: name the values that stand at {', '.join(wheres)}")
        doc = self.overlay.field_doc(owner, field.rstrip("[]|0123456789"))
        return EnumClass(model.name + pascal_case(field), model.module, doc, "V", found)

    def _module(self, wheres: list[str]) -> str:
        modules = {
            self.overlay.models[where.partition(".")[0]].module
            for where in wheres
            if where.partition(".")[0] in self.overlay.models
        }
        return modules.pop() if len(modules) == 1 else "common"

    def _places(self) -> Iterator[tuple[str, Schema]]:
        """Every schema of the contract with the place where it stands."""
        for name, schema in self.schemas.items():
            yield from _walk(schema, name)
        for operation in self.contract.operations.values():
            for parameter in operation.parameters:
                where = f"{operation.id}.{parameter.location}.{parameter.name}"
                yield from _walk(parameter.schema, where)

    # --- what tells the variants of unions apart ---

    @cached_property
    def tags(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """For every variant of a union, its telling properties and their values."""
        result: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
        unions = [schema for _, schema in self._places() if len(self.variants(schema)) > 1]
        for union in unions:
            closed = {name: self._closed(name) for name in self.variants(union)}
            for wire in sorted({wire for values in closed.values() for wire in values}):
                if self._tells_apart(wire, closed):
                    for name, values in closed.items():
                        if wire in values:
                            result[name][wire] = values[wire]
        return result

    @cached_property
    def default_tags(self) -> dict[str, str]:
        """For each variant that a union has by default, the tag whose absence means it."""
        result: dict[str, str] = {}
        for name, union in self.schemas.items():
            default = union.get("x-default-member")
            if default is None:
                continue
            others = [self.tags.get(v, {}) for v in self.variants(union) if v != default]
            telling = [
                wire
                for wire, values in self.tags.get(default, {}).items()
                if all(wire in tags and set(values).isdisjoint(tags[wire]) for tags in others)
            ]
            if len(telling) != 1:
                raise OverlayError(
                    f"{name}: exactly one tag has to tell {default}, the default, from the others;"
                    f" found {telling or 'none'} (models.toml: give its variants tags)"
                )
            result[default] = telling[0]
        return result

    def _closed(self, name: str) -> dict[str, tuple[str, ...]]:
        given = self.decided(name).tags
        if given is not None:
            return {wire: tuple(values) for wire, values in given.items()}
        closed = {}
        for wire, schema in self.schemas[name]["properties"].items():
            values = closed_texts(self.resolve(schema))
            if values:
                closed[wire] = values
        return closed

    def _tells_apart(self, wire: str, closed: dict[str, dict[str, tuple[str, ...]]]) -> bool:
        sets = [frozenset(values[wire]) for values in closed.values() if wire in values]
        disjoint = any(not (a & b) for a in sets for b in sets)
        lacking = any(wire not in self.schemas[name]["properties"] for name in closed)
        return disjoint or (lacking and any(len(values) == 1 for values in sets))


def is_nullable(schema: Schema) -> bool:
    """Return whether a schema allows null."""
    return (
        "null" in types_of(schema)
        or None in schema.get("enum", ())
        or any(is_nullable(child) for key in ("oneOf", "anyOf") for child in schema.get(key, ()))
    )


def _walk(schema: Any, where: str) -> Iterator[tuple[str, Schema]]:
    if not isinstance(schema, dict):
        return
    yield where, schema
    for name, child in schema.get("properties", {}).items():
        yield from _walk(child, f"{where}.{name}")
    yield from _walk(schema.get("items"), f"{where}[]")
    yield from _walk(schema.get("additionalProperties"), f"{where}{{}}")
    for key in ("oneOf", "anyOf", "allOf"):
        for index, child in enumerate(schema.get(key, ())):
            yield from _walk(child, f"{where}|{index}")


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield ref_name(node)
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)
