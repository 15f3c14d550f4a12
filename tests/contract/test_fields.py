"""Field by field, the generated classes are the contract's schemas: neither lacks anything.

Schemas and annotations are walked side by side, from the bodies and results of the operations on.
What the overlay decides is used for one thing only, the names of classes.
"""

from __future__ import annotations

import enum
import types
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import attrs
import pytest

from clickhouse_cloud_async.core.codec import model_fields
from clickhouse_cloud_async.core.contract import Schema, ref_name, types_of
from clickhouse_cloud_async.core.model import Model
from clickhouse_cloud_async.core.operation import ResultKind
from clickhouse_cloud_async.core.values import UNSET, OpenText, Secret, SecretObject

from .apis import SURFACES

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import ContractOperation
    from clickhouse_cloud_async.core.operation import Operation

    from .surface import Surface

TEXT_TYPES: Mapping[str, set[Any]] = {
    "date-time": {datetime},
    "date": {date},
    "uuid": {str, UUID},
    "boolean": {bool, str},
}
ENUMS = (enum.StrEnum, enum.IntEnum)
PLAIN_TYPES: Mapping[str, set[Any]] = {"integer": {int}, "number": {float}, "boolean": {bool}}


def parts_of(annotation: Any) -> list[Any]:
    """The members of a union; an annotation that is none has itself. Open text is text."""
    is_union = get_origin(annotation) in {Union, types.UnionType}
    parts = list(get_args(annotation)) if is_union else [annotation]
    return [str if part is OpenText else part for part in parts]


def models_in(annotation: Any) -> list[type[Model]]:
    """The model classes that an annotation names."""
    return [p for p in parts_of(annotation) if isinstance(p, type) and issubclass(p, Model)]


def wires(model: type[Model]) -> dict[str, Any]:
    """Annotation of each field of a model, by wire name."""
    return {field.wire: field.type for field in model_fields(model)}


def _optional(model: type[Model]) -> set[str]:
    """Wire names of the fields that a caller may leave out."""
    fields: Any = attrs.fields(model)  # type: ignore[arg-type]  # models are attrs classes
    optional = {field.name for field in fields if field.default in (None, UNSET)}
    return {field.wire for field in model_fields(model) if field.name in optional}


class Walk:
    """Compares schemas with annotations, and keeps what it met and what does not agree."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.contract = surface.samples.contract
        self.named = surface.samples.schemas
        self.models = surface.samples.models
        self.problems: list[str] = []
        self.schemas: set[str] = set()
        self.classes: dict[type[Model], set[str]] = defaultdict(set)
        self.wrappers: set[str] = set()
        self.parts: set[str] = set()
        self.enums: set[type[enum.Enum]] = set()

    def compare_request(self, facts: ContractOperation, operation: Operation[Any]) -> None:
        """Compare what an operation takes: body, query, and the enums of its path."""
        if facts.body is not None:
            self.compare(facts.body, operation.body, f"{facts.id}.body")
        for parameter in facts.parameters_in("query"):
            where = f"{facts.id}.query.{parameter.name}"
            self.compare(parameter.schema, operation.query[parameter.name], where)
        for parameter in facts.parameters_in("path"):
            if listed := self.named.enum_of(parameter.schema):
                annotation = getattr(self.models, listed.name) | str
                self.compare(parameter.schema, annotation, f"{facts.id}.path.{parameter.name}")

    def compare_result(self, facts: ContractOperation, operation: Operation[Any]) -> None:
        """Compare what an operation gives."""
        _, schema = facts.success_content
        if schema is None or operation.result_kind is not ResultKind.JSON:
            return
        for key in operation.paging.items if operation.paging else operation.keys:
            if "$ref" in schema:
                self.wrappers.add(ref_name(schema))
            schema = self.composed(self.contract.resolve(schema))["properties"][key]
        if operation.result is not None:
            self.compare(schema, operation.result, f"{facts.id}.result")

    def compare(self, schema: Schema, annotation: Any, where: str, *, secret: bool = False) -> None:
        """Compare a schema with the annotation of the value that it describes."""
        secret = secret or bool(schema.get("x-secret"))
        schema = self.composed(schema)
        if "$ref" in schema:
            name = ref_name(schema)
            self.schemas.add(name)
            self._named(name, annotation, where, secret=secret)
        elif schema.get("properties"):
            self._inline(schema, annotation, where)
        elif "const" in schema or "enum" in schema or self.named.enum_of(schema):
            self._values(schema, annotation, where)
        elif variants := schema.get("oneOf") or schema.get("anyOf"):
            for index, variant in enumerate(variants):
                self.compare(variant, annotation, f"{where}|{index}", secret=secret)
        else:
            for kind in types_of(schema):
                self._plain(kind, schema, annotation, where, secret=secret)

    def composed(self, schema: Schema) -> Schema:
        """A schema as one object; what it is made of is met with it."""
        for part in schema.get("allOf", ()):
            if "$ref" in part:
                self.parts.add(ref_name(part))
                self.composed(self.contract.schemas[ref_name(part)])
        return self.contract.compose(schema)

    def _named(self, name: str, annotation: Any, where: str, *, secret: bool) -> None:
        schema = self.composed(self.contract.schemas[name])
        if not schema.get("properties"):
            self.compare(schema, annotation, where, secret=secret)
            return
        model: type[Model] = getattr(self.models, self.named.python_name(name))
        if model not in models_in(annotation):
            self.problems.append(f"{where}: {name} is missing in {annotation}")
        required = {*schema.get("required", ()), *self.named.decided(name).require}
        self._object(schema, model, name, required)

    def _inline(self, schema: Schema, annotation: Any, where: str) -> None:
        keys = schema["properties"].keys()
        fitting = [model for model in models_in(annotation) if wires(model).keys() == keys]
        if not fitting:
            self.problems.append(f"{where}: no class for this object in {annotation}")
            return
        # Where variants have the same keys, their classes stand in the same order.
        model = next((model for model in fitting if not self.classes[model]), fitting[-1])
        self._object(schema, model, where, set(schema.get("required", ())))

    def _object(self, schema: Schema, model: type[Model], where: str, required: set[str]) -> None:
        if where in self.classes[model]:
            return
        self.classes[model].add(where)
        fields, properties = wires(model), schema["properties"]
        for wire in fields.keys() ^ properties.keys():
            self.problems.append(
                f"{where}.{wire}: in {model.__name__} or the contract, not in both"
            )
        for wire in fields.keys() & properties.keys():
            self.compare(properties[wire], fields[wire], f"{where}.{wire}")
        for wire in _optional(model) & required:
            if type(None) not in parts_of(fields[wire]):
                self.problems.append(f"{where}.{wire}: is required, but may be left out")

    def _values(self, schema: Schema, annotation: Any, where: str) -> None:
        values = set(schema.get("enum") or schema.get("x-known-values") or [schema.get("const")])
        values -= {None}
        known: set[Any] = set()
        for part in parts_of(annotation):
            if isinstance(part, type) and issubclass(part, ENUMS):
                self.enums.add(part)
                known |= {member.value for member in part}
            elif get_origin(part) is Literal:
                known |= set(get_args(part))
        if float in parts_of(annotation):
            return
        if known != values:
            self.problems.append(
                f"{where}: {sorted(known ^ values, key=str)} in code or contract only"
            )
        if not {type(value) for value in values} <= set(parts_of(annotation)):
            self.problems.append(f"{where}: a value that is not known yet has no place")

    def _plain(
        self, kind: str, schema: Schema, annotation: Any, where: str, *, secret: bool
    ) -> None:
        parts = parts_of(annotation)
        if kind == "array":
            lists = [p for p in parts if get_origin(p) in {list, Sequence}]
            self._container(lists, 0, schema.get("items", {}), where + "[]", secret=secret)
        elif kind == "object":
            self._mapping(schema, parts, where, secret=secret)
        elif kind == "null":
            if type(None) not in parts:
                self.problems.append(f"{where}: null has no place in {annotation}")
        elif secret:
            if Secret not in parts:
                self.problems.append(f"{where}: {annotation} shows a secret")
        else:
            wanted = PLAIN_TYPES.get(kind) or TEXT_TYPES.get(schema.get("format", ""), {str})
            if not wanted & set(parts):
                self.problems.append(f"{where}: {kind} has no place in {annotation}")

    def _mapping(self, schema: Schema, parts: list[Any], where: str, *, secret: bool) -> None:
        values = schema.get("additionalProperties")
        if secret and (SecretObject in parts or not values):
            if SecretObject not in parts:
                self.problems.append(f"{where}: {parts} show a secret")
            return
        mappings = [p for p in parts if get_origin(p) in {dict, Mapping}]
        inner = values if isinstance(values, dict) else {}
        self._container(mappings, 1, inner, where + "{}", secret=secret)

    def _container(
        self, found: list[Any], index: int, inner: Schema, where: str, *, secret: bool
    ) -> None:
        if len(found) == 1:
            self.compare(inner, get_args(found[0])[index], where, secret=secret)
        else:
            self.problems.append(f"{where}: {len(found)} annotations fit")


@pytest.fixture(scope="module", params=SURFACES, ids=lambda surface: surface.name)
def walk(request: pytest.FixtureRequest) -> Walk:
    """A walk over all that the operations of an API carry."""
    surface: Surface = request.param
    walk = Walk(surface)
    for method in surface.async_methods.values():
        if method.operation is not None:
            walk.compare_request(surface.operation(method), method.operation)
            walk.compare_result(surface.operation(method), method.operation)
    return walk


def generated(models: ModuleType, kind: type[Any]) -> set[type[Any]]:
    """The generated classes of a kind."""
    every = [getattr(models, name) for name in models.__all__]
    return {found for found in every if isinstance(found, type) and issubclass(found, kind)}


def test_classes_and_contract_agree(walk: Walk) -> None:
    """Every field has its counterpart of the right type, and enums have the same values."""
    assert walk.problems == []


def test_every_schema_is_met(walk: Walk) -> None:
    """No schema of the contract is out of reach, but for what stands beside results."""
    met = walk.schemas | walk.wrappers | walk.parts
    assert walk.contract.schemas.keys() - met == walk.surface.beside_results
    assert not walk.schemas & walk.wrappers


def test_every_schema_can_be_imported(walk: Walk) -> None:
    """Each schema that is no wrapper is a public name, its own or a better one."""
    assert {walk.named.python_name(name) for name in walk.schemas} <= set(walk.models.__all__)


def test_every_class_is_a_schema(walk: Walk) -> None:
    """There is no model and no enum that the contract does not know."""
    assert generated(walk.models, Model) == {
        model for model, places in walk.classes.items() if places
    }
    assert generated(walk.models, enum.StrEnum) | generated(walk.models, enum.IntEnum) == walk.enums


def test_equal_schemas_share_a_class(walk: Walk) -> None:
    """A class stands for several schemas only where the overlay says that they are the same."""
    shared = {
        schema: entry.same_as
        for schema in walk.named.schemas
        if (entry := walk.named.decided(schema)).same_as
    }
    merged = {name for places in walk.classes.values() if len(places) > 1 for name in places}

    assert merged >= shared.keys() | set(shared.values())
