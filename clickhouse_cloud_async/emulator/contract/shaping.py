"""Turns what a request says into what a response says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.core.contract import ref_name
from clickhouse_cloud_async.emulator.json_values import JsonObject, deep_merge, is_array, is_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.core.contract import Contract, Schema
    from clickhouse_cloud_async.emulator.contract.sampling import Sampler
    from clickhouse_cloud_async.emulator.contract.validation import Validator

_UNFIT: Final = object()


class Shaper:
    """Makes response objects out of request bodies.

    Args:
        contract: Where references lead to.
        validator: Says what fits a schema.
        sampler: Fills in what a request does not say.
    """

    def __init__(self, contract: Contract, validator: Validator, sampler: Sampler) -> None:
        self._contract = contract
        self._validator = validator
        self._sampler = sampler

    def create(
        self,
        schema: Schema,
        body: JsonObject,
        body_schema: Schema,
        given: Mapping[str, object],
    ) -> JsonObject:
        """Make a new object.

        Args:
            schema: Schema of the object.
            body: What the request asks for.
            body_schema: Schema of the body.
            given: Properties that are known in another way; they win.

        Returns:
            The body's properties as far as the object has them. What the request could have said
            but did not is at its default or left away; the rest is made up.
        """
        variant = self._closest(schema, body)
        properties: dict[str, Schema] = variant.get("properties", {})
        required = variant.get("required", ())
        askable = self._askable(body_schema, body)
        made: JsonObject = {}
        for name, item in properties.items():
            if name in given:
                made[name] = given[name]
                continue
            asked = body[name] if name in body else self._default(askable.get(name, {}))
            fitted = _UNFIT if asked is _UNFIT else self._fit(item, asked)
            if fitted is not _UNFIT:
                made[name] = fitted
            elif name not in askable or name in required:
                made[name] = self._sampler.sample(item, name)
        return made

    def replace(
        self, schema: Schema, old: JsonObject, body: JsonObject, body_schema: Schema
    ) -> JsonObject:
        """Replace an object: what a request can not say stays as it is."""
        askable = self._askable(body_schema, body)
        kept = {name: value for name, value in old.items() if name not in askable}
        return self.create(schema, body, body_schema, kept)

    def merge(self, schema: Schema, old: JsonObject, changes: JsonObject) -> JsonObject:
        """Change the properties that are sent, as far as the object can hold what is sent."""
        variant = self._closest(schema, old)
        merged = dict(old)
        for name, item in variant.get("properties", {}).items():
            if name not in changes:
                continue
            fitted = self._fit(item, deep_merge(old.get(name), changes[name]))
            if fitted is not _UNFIT:
                merged[name] = fitted
        return merged

    def view(self, schema: Schema, value: JsonObject) -> Any:
        """Show a stored object as another schema has it, such as the shorter one of a list."""
        fitted = self._fit(schema, value)
        return value if fitted is _UNFIT else fitted

    def _askable(self, body_schema: Schema, body: JsonObject) -> dict[str, Schema]:
        """What a request like this one could have said."""
        properties: dict[str, Schema] = self._closest(body_schema, body).get("properties", {})
        return properties

    def _default(self, schema: Schema) -> Any:
        """What holds where a request does not say: the default, or the first of a few values."""
        schema = self._contract.resolve(schema)
        return schema.get("default", next(iter(schema.get("enum", ())), _UNFIT))

    def _closest(self, schema: Schema, value: JsonObject) -> Schema:
        """The variant of a union that a value fits best; the schema itself where it is none."""
        schema = self._contract.resolve(schema)
        if "oneOf" not in schema:
            return schema
        variants = [self._contract.resolve(variant) for variant in schema["oneOf"]]
        return max(variants, key=lambda variant: self._likeness(variant, value))

    def _likeness(self, variant: Schema, value: JsonObject) -> tuple[bool, int]:
        properties = variant.get("properties", {})
        known = [name for name in value if name in properties]
        fits = all(self._validator.accepts(properties[name], value[name]) for name in known)
        return fits, len(known)

    def _fit(self, schema: Schema, value: Any) -> Any:
        schema = self._contract.resolve(schema)
        variants = schema.get("oneOf") or schema.get("anyOf")
        if variants:
            fitted = [self._fit(variant, value) for variant in variants]
            fitted = [item for item in fitted if item is not _UNFIT]
            return max(fitted, key=_size) if fitted else _UNFIT
        if is_object(value) and "properties" in schema:
            return self._fit_object(schema, value)
        if is_array(value) and "items" in schema:
            items = [self._fit(schema["items"], item) for item in value]
            return _UNFIT if _UNFIT in items else items
        return value if self._validator.accepts(schema, value) else _UNFIT

    def _fit_object(self, schema: Schema, value: JsonObject) -> Any:
        made: JsonObject = {}
        for name, item in schema["properties"].items():
            if value.get(name) is not None:
                made[name] = self._fit(item, value[name])
            elif name in value and self._validator.accepts(item, None):
                made[name] = None
            elif name in schema.get("required", ()):
                made[name] = self._sampler.sample(item, name)
            if name in made and made[name] is _UNFIT:
                return _UNFIT
        return made


def schema_name(schema: Schema) -> str:
    """The name of a schema that is referred to; empty for one that stands inline."""
    return ref_name(schema) if "$ref" in schema else ""


def _size(value: Any) -> int:
    return len(value) if is_object(value) else 0
