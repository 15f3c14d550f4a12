"""Instances of the contract's schemas, and the generated classes that stand for them."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from clickhouse_cloud_async.codegen.overlay import load_overlay
from clickhouse_cloud_async.codegen.schemas import Kind, Schemas
from clickhouse_cloud_async.core.contract import APIS, Contract, load_contract, ref_name, types_of

from .sampling import Sampler
from .validators import Validators

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import Schema
    from clickhouse_cloud_async.core.model import Model

SECRET = "planted-Secret-1"
"""What stands in samples wherever the contract has a secret text."""

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
"""Texts that UTF-8 can encode."""

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
"""Any JSON."""


class _PlantingSampler(Sampler):
    """Plants `SECRET` wherever the contract has a secret."""

    _secret = False

    def sample(self, schema: Schema, name: str = "value") -> Any:
        outer = self._secret
        # An object with fields of its own says itself which of them are secret.
        is_object = bool(self._contract.resolve(schema).get("properties"))
        self._secret = not is_object and (outer or bool(schema.get("x-secret")))
        if self._secret and not schema.keys() & {"$ref", "type", "oneOf", "anyOf", "allOf"}:
            # Nobody knows its type.
            schema = {"type": "string"}
        try:
            return super().sample(schema, name)
        finally:
            self._secret = outer

    def _text(self, schema: Schema, name: str) -> str:
        if not self._secret:
            return super()._text(schema, name)
        return SECRET.ljust(schema.get("minLength", 0), "1")


_WRONG: dict[str, object] = {
    "string": ["not a text"],
    "integer": "not a number",
    "number": "not a number",
    "boolean": "yes",
    "array": {"not": "a list"},
    "object": "not an object",
}


_BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "multipleOf"}
_FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def _numbers(schema: Schema) -> st.SearchStrategy[float]:
    """Numbers within the bounds, as whole multiples of the step."""
    step: float = schema.get("multipleOf", 1)
    lows: list[float] = [schema[key] for key in ("minimum", "exclusiveMinimum") if key in schema]
    low = max(lows, default=-(10**6))
    high: float = schema.get("maximum", 10**9)
    first = -(-low // step) + ("exclusiveMinimum" in schema)
    return st.integers(int(first), int(high // step)).map(lambda count: count * step)


_BY_FORMAT: dict[str, st.SearchStrategy[str]] = {
    "uuid": st.uuids(version=4).map(str),
    "date-time": st.datetimes(timezones=st.just(UTC)).map(
        lambda moment: moment.isoformat().replace("+00:00", "Z")
    ),
    "date": st.dates().map(str),
    "boolean": st.sampled_from(["true", "false"]),
}


def _room(schema: Schema, what: str, spread: int) -> tuple[int, int]:
    """The least size that a schema allows, and a size that is not much larger."""
    least: int = schema.get(f"min{what}", 0)
    return least, min(schema.get(f"max{what}", least + spread), least + spread)


class Samples:
    """Instances of the schemas of one API, and the classes that stand for them.

    Args:
        api: Name of the API's folder.

    Attributes:
        contract: The contract.
        schemas: The named schemas with the names that the overlay gives; inline objects have one,
            too.
        models: The package of the generated models.
        model_schemas: The schemas that become classes.
        request_schemas: Those of them that requests carry.
    """

    def __init__(self, api: str) -> None:
        self.api = api
        self.contract = load_contract(api)
        self.schemas = Schemas(self.contract, load_overlay(APIS / api / "overlay"))
        self.models = import_module(f"clickhouse_cloud_async.apis.{api}.models")
        # The wrappers of results become no classes, and have no names.
        named = {name: self._sharpened(name) for name in self.schemas.schemas}
        self._named = Contract({**self.contract.facts, "schemas": self.contract.schemas | named})
        self.model_schemas = tuple(
            name for name in self.schemas.schemas if self.schemas.kind(name) is Kind.MODEL
        )
        self.request_schemas = tuple(
            name for name in self.model_schemas if not self.schemas.response_only(name)
        )

    def _sharpened(self, name: str) -> Schema:
        """A schema with what the overlay knows better.

        For some unions the contract lists the values of all variants at each of them, and some
        fields are required although the contract does not say so.
        """
        schema, decided = self.schemas.schemas[name], self.schemas.decided(name)
        tags = {w: {"type": "string", "enum": values} for w, values in (decided.tags or {}).items()}
        if not tags and not decided.require:
            return schema
        required = [*schema.get("required", ()), *sorted(decided.require)]
        return {**schema, "properties": schema["properties"] | tags, "required": required}

    def model_of(self, schema: str) -> type[Model]:
        """The generated class of a schema."""
        found: type[Model] = getattr(self.models, self.schemas.python_name(schema))
        return found

    # --- one instance ---

    def sample(self, schema: Schema, seed: int = 0) -> Any:
        """An instance with every property, always the same for the same seed."""
        now = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
        chance = random.Random(seed)  # noqa: S311 - samples are no secrets
        return _PlantingSampler(self._named, chance, now).sample(schema)

    def sample_of(self, schema: str, seed: int = 0) -> dict[str, Any]:
        """An instance of a named schema with every property."""
        found: dict[str, Any] = self.sample(self._named.schemas[schema], seed)
        return found

    def problems(self, schema: Schema, value: Any) -> list[str]:
        """Return what an independent validator finds wrong with a value."""
        return self._validators.errors(schema, value)

    @cached_property
    def _validators(self) -> Validators:
        return Validators(self.contract.schemas | self.schemas.schemas, any_variant=True)

    def wrong_value(self, schema: Schema) -> object | None:
        """A value that a schema's type does not allow; None where there is a choice of types."""
        facts = self.schemas.resolve(schema)
        kinds = set(types_of(facts)) - {"null"}
        kinds = kinds or ({"object"} if self.schemas.variants(facts) else set())
        return _WRONG[kinds.pop()] if len(kinds) == 1 else None

    # --- every instance ---

    @cache  # noqa: B019 - there is one for each API, and they live as long as the process
    def instances_of(self, schema: str) -> st.SearchStrategy[dict[str, Any]]:
        """Instances of a named schema; properties that are not required may be absent."""
        # Deferred, because a schema may contain itself.
        return st.deferred(lambda: self.instances(self._named.schemas[schema]))

    def instances(self, schema: Schema) -> st.SearchStrategy[Any]:
        """Instances of a schema."""
        if "$ref" in schema:
            return self.instances_of(ref_name(schema))
        schema = self.contract.compose(schema)
        if "const" in schema:
            return st.just(schema["const"])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        variants = schema.get("oneOf") or schema.get("anyOf")
        if variants:
            return st.one_of([self.instances(variant) for variant in variants])
        kinds = types_of(schema)
        return st.one_of([self._of_type(kind, schema) for kind in kinds]) if kinds else JSON

    def _of_type(self, kind: str, schema: Schema) -> st.SearchStrategy[Any]:
        by_type = {
            "null": lambda _: st.none(),
            "boolean": lambda _: st.booleans(),
            "integer": _numbers,
            "number": lambda schema: _numbers(schema) if schema.keys() & _BOUNDS else _FLOATS,
            "array": self._arrays,
            "object": self._objects,
            "string": self._texts,
        }
        return by_type[kind](schema)

    def _arrays(self, schema: Schema) -> st.SearchStrategy[list[Any]]:
        least, most = _room(schema, "Items", 2)
        unique = repr if schema.get("uniqueItems") else None
        items = self.instances(schema["items"])
        return st.lists(items, min_size=least, max_size=most, unique_by=unique)

    def _objects(self, schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
        properties: dict[str, Schema] = schema.get("properties", {})
        if not properties:
            values = schema.get("additionalProperties")
            items = self.instances(values) if isinstance(values, dict) else JSON
            least, most = _room(schema, "Properties", 2)
            return st.dictionaries(TEXTS, items, min_size=least, max_size=most)
        required = schema.get("required", ())
        parts = {name: self.instances(child) for name, child in properties.items()}
        return st.fixed_dictionaries(
            {name: part for name, part in parts.items() if name in required},
            optional={name: part for name, part in parts.items() if name not in required},
        )

    def _texts(self, schema: Schema) -> st.SearchStrategy[str]:
        least, most = _room(schema, "Length", 12)
        characters = st.characters(exclude_categories=["Cs"])
        if "pattern" in schema and schema.get("format") != "uuid":
            pattern = schema["pattern"].replace("$", r"\Z")
            return st.from_regex(pattern, alphabet=st.characters(codec="ascii"))
        if "allOf" in schema:  # a password: each kind of character has to occur
            texts = st.text(characters, min_size=least, max_size=most)
            return texts.map(lambda text: f"{text}Aa1")
        if schema.get("format") in {"email", "hostname", "uri"}:
            return st.just(self.sample(schema))
        return _BY_FORMAT.get(
            schema.get("format", ""), st.text(characters, min_size=least, max_size=most)
        )


API7 = Samples("api7")
"""The samples of API7 Cloud."""

OMNISTRATE = Samples("omnistrate")
"""The samples of Omnistrate."""

CLICKHOUSE = Samples("clickhouse")
"""The samples of ClickHouse Cloud; below, under short names for the tests that are about it."""

SAMPLES = {each.api: each for each in (API7, OMNISTRATE, CLICKHOUSE)}
"""The samples of every API, by the name of its folder."""

CONTRACT, SCHEMAS = CLICKHOUSE.contract, CLICKHOUSE.schemas
MODEL_SCHEMAS, REQUEST_SCHEMAS = CLICKHOUSE.model_schemas, CLICKHOUSE.request_schemas
model_of, sample, sample_of = CLICKHOUSE.model_of, CLICKHOUSE.sample, CLICKHOUSE.sample_of
problems, wrong_value = CLICKHOUSE.problems, CLICKHOUSE.wrong_value
instances, instances_of = CLICKHOUSE.instances, CLICKHOUSE.instances_of
