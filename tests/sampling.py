"""Makes up values that fit a schema."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.contract import ref_name, types_of
from clickhouse_cloud_async.emulation.clock import timestamp
from clickhouse_cloud_async.emulation.json_values import is_object
from clickhouse_cloud_async.emulation.randomness import random_text, random_uuid

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from random import Random

    from clickhouse_cloud_async.core.contract import Contract, Schema
    from clickhouse_cloud_async.emulation.json_values import JsonObject


_SHAPES = ("/{}", "5m", "0 0 * * *", "multipart/form-data; boundary={}")
"""What texts look like of which neither words nor numbers will do: paths, durations, times."""


class Sampler:
    """Makes up values: the same schema and the same randomness give the same value.

    Every property of an object is filled in, and a value is null only where nothing else fits.

    Args:
        contract: Where references lead to.
        random: Where choices are drawn from.
        now: Emulated moment; sampled moments lie in the four weeks before it.
    """

    def __init__(self, contract: Contract, random: Random, now: datetime) -> None:
        self._contract = contract
        self._random = random
        self._now = now
        self._within: list[str] = []

    def sample(self, schema: Schema, name: str = "value") -> Any:
        """Make up a value.

        Args:
            schema: What the value has to fit.
            name: Name of the property that it is for; texts are made from it.
        """
        if "$ref" in schema:
            self._within.append(ref_name(schema))
            try:
                return self.sample(self._contract.schemas[self._within[-1]], name)
            finally:
                self._within.pop()
        schema = self._contract.compose(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice([choice for choice in schema["enum"] if choice is not None])
        variants = schema.get("oneOf") or schema.get("anyOf")
        if variants:
            possible = [variant for variant in variants if variant.get("type") != "null"]
            return self.sample(self._random.choice(possible), name)
        kind = next((kind for kind in types_of(schema) if kind != "null"), None)
        return None if kind is None else self._by_type[kind](schema, name)

    @property
    def _by_type(self) -> dict[str, Callable[[Schema, str], Any]]:
        return {
            "boolean": lambda _schema, _name: self._random.random() < 1 / 2,
            "integer": lambda schema, _name: int(self._number(schema)),
            "number": lambda schema, _name: self._number(schema),
            "string": self._text,
            "array": self._array,
            "object": self._object,
        }

    def _object(self, schema: Schema, name: str) -> JsonObject:
        properties: dict[str, Schema] = schema.get("properties", {})
        value = {key: self.sample(item, key) for key, item in properties.items()}
        additional = schema.get("additionalProperties")
        if is_object(additional):
            for index in range(max(1, schema.get("minProperties", 0)) - len(value)):
                value[f"{name}_{index + 1}"] = self.sample(additional, name)
        return value

    def _array(self, schema: Schema, name: str) -> list[Any]:
        items, least = schema["items"], schema.get("minItems", 1)
        if self._is_within(items):
            return []
        return [self.sample(items, name) for _ in range(max(1, least))]

    def _is_within(self, schema: Schema) -> bool:
        """Return whether a value of this schema is being made up, which ends a recursion."""
        return "$ref" in schema and ref_name(schema) in self._within

    def _number(self, schema: Schema) -> float:
        step: float = schema.get("multipleOf", 1)
        above: float | None = schema.get("exclusiveMinimum")
        if above is not None:
            return above + step
        least: float | None = schema.get("minimum")
        return self._random.randint(1, 100) * step if least is None else least

    def _text(self, schema: Schema, name: str) -> str:
        form = schema.get("format", "")
        made = self._by_format("uuid" if name == "id" and not form else form)
        if made is not None and (form or self._fits(schema, made)):
            return made
        least, most = schema.get("minLength", 0), schema.get("maxLength", 100)
        readable = f"{re.sub(r'[^A-Za-z0-9]', '_', name)}_{random_text(self._random, 4).lower()}"
        plain = (readable[:most], f"Aa1{random_text(self._random, least)}"[:most])
        number = str(self._random.randint(10**17, 10**18))
        for text in (*plain, number, *(shape.format(readable) for shape in _SHAPES)):
            if self._fits(schema, text):
                return text
        raise ValueError(f"no sample of {name} fits {schema}")

    def _fits(self, schema: Schema, text: str) -> bool:
        """Return whether a text is as long as a schema asks for, and has all of its patterns."""
        patterns = [
            part["pattern"] for part in (schema, *schema.get("allOf", ())) if "pattern" in part
        ]
        return schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 100) and all(
            re.search(pattern, text) for pattern in patterns
        )

    def _by_format(self, form: str) -> str | None:
        if form == "uuid":
            return random_uuid(self._random)
        if form in {"date-time", "date"}:
            ago = timedelta(seconds=self._random.randrange(28 * 24 * 3600))
            moment = timestamp(self._now - ago)
            return moment if form == "date-time" else moment[:10]
        word = random_text(self._random, 8).lower()
        return {
            "email": f"{word}@example.com",
            "hostname": f"{word}.example.com",
            "uri": f"https://{word}.example.com/",
            "password": f"Aa1{random_text(self._random, 21)}",
            "boolean": "true",
        }.get(form)
