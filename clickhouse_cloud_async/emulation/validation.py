"""Checks JSON against the part of JSON Schema that the contract uses."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from clickhouse_cloud_async.core.contract import types_of

from .json_values import JsonObject, is_array, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clickhouse_cloud_async.core.contract import Contract, Schema


_LEAST_NUMBER, _GREATEST_NUMBER = -(2**63), 2**64 - 1
"""Range of integers that can be encoded."""


class MismatchError(ValueError):
    """A value that does not fit its schema.

    Args:
        path: Its place in the document, such as ``("tags", 0, "key")``.
        problem: The violation.

    Attributes:
        path: As the argument.
        problem: As the argument.
        further: Further mismatches in the same document.
    """

    def __init__(self, path: tuple[str | int, ...], problem: str) -> None:
        self.path = path
        self.problem = problem
        self.further: tuple[MismatchError, ...] = ()
        super().__init__(f"{path_text(path)}: {problem}")


class Validator:
    """Checks values against the contract's schemas.

    Stricter than JSON Schema in one point: an object may only have properties of its schema. More
    lenient in three: a whole float is accepted as an integer, null means "absent" for an optional
    object or array, and an empty string means null for a nullable string with a format.

    Args:
        contract: The contract, with the targets of references.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def check(self, schema: Schema, value: Any, path: tuple[str | int, ...] = ()) -> Any:
        """Check a value.

        Args:
            schema: Its schema.
            value: JSON value.
            path: Its place in the document.

        Returns:
            The normalised value: nulls that mean "absent" are omitted, whole floats are integers,
            and empty strings that mean null are null.

        Raises:
            MismatchError: The first mismatch, with all further ones.
        """
        schema = self._contract.resolve(schema)
        value = _checked_type(schema, value, path)
        _check_choice(schema, value, path)
        for part in schema.get("allOf", ()):
            self.check(part, value, path)
        variants = schema.get("oneOf") or schema.get("anyOf")
        if variants:
            value = self._variant(variants, value, path)
        if is_object(value):
            return self._object(schema, value, path)
        if is_array(value):
            return self._array(schema, value, path)
        if isinstance(value, str):
            _check_text(schema, value, path)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            _check_number(schema, value, path)
        return value

    def accepts(self, schema: Schema, value: Any) -> bool:
        """Return whether a value fits its schema."""
        try:
            self.check(schema, value)
        except MismatchError:
            return False
        return True

    def _object(self, schema: Schema, value: JsonObject, path: tuple[str | int, ...]) -> JsonObject:
        properties: dict[str, Schema] = schema.get("properties", {})
        required = schema.get("required", ())
        kept: JsonObject = {}
        found: list[MismatchError] = []
        for name, item in value.items():
            known = properties.get(name)
            can_be_absent = known is not None and name not in required
            if item is None and can_be_absent and self._reads_as_absent(properties[name]):
                continue
            try:
                kept[name] = (
                    self._additional(schema, item, (*path, name))
                    if known is None
                    else self.check(known, item, (*path, name))
                )
            except MismatchError as mismatch:
                found.append(mismatch)
        found += (
            MismatchError((*path, name), "is required") for name in required if name not in value
        )
        if found:
            found[0].further += tuple(found[1:])
            raise found[0]
        _check_count(schema, len(value), "Properties", path)
        return kept

    def _additional(self, schema: Schema, item: Any, path: tuple[str | int, ...]) -> Any:
        additional = schema.get("additionalProperties", "properties" not in schema)
        if additional is False:
            raise MismatchError(path, "is not known here")
        return item if additional is True else self.check(additional, item, path)

    def _array(self, schema: Schema, value: list[Any], path: tuple[str | int, ...]) -> list[Any]:
        _check_count(schema, len(value), "Items", path)
        if schema.get("uniqueItems") and any(item in value[:i] for i, item in enumerate(value)):
            raise MismatchError(path, "must not hold the same item twice")
        items = schema.get("items", {})
        return [self.check(items, item, (*path, index)) for index, item in enumerate(value)]

    def _variant(self, variants: Sequence[Schema], value: Any, path: tuple[str | int, ...]) -> Any:
        problems: list[tuple[bool, int, MismatchError]] = []
        for variant in variants:
            try:
                return self.check(variant, value, path)
            except MismatchError as problem:
                problems.append((self._is_meant(variant, value), len(problem.path), problem))
        # `max` keeps the first of equals.
        raise max(problems, key=lambda judged: judged[:2])[2]

    def _is_meant(self, variant: Schema, value: Any) -> bool:
        """Return whether the discriminating properties match a variant."""
        variant = self._contract.resolve(variant)
        if "oneOf" in variant:
            return any(self._is_meant(inner, value) for inner in variant["oneOf"])
        properties = variant.get("properties", {})
        if not is_object(value) or not properties:
            return False
        return all(
            value.get(name) in choices
            for name, schema in properties.items()
            if len(choices := _choices(self._contract.resolve(schema)) or ()) == 1
        )

    def _reads_as_absent(self, schema: Schema) -> bool:
        schema = self._contract.resolve(schema)
        types = types_of(schema)
        if "null" in types:
            return False
        variants = schema.get("oneOf") or schema.get("anyOf") or ()
        if any("null" in types_of(self._contract.resolve(variant)) for variant in variants):
            return False
        return bool({"object", "array"} & set(types)) or (
            bool(variants) and all(self._reads_as_absent(variant) for variant in variants)
        )


def path_text(path: Sequence[str | int]) -> str:
    """Format a place in a document, such as ``tags[0].key``; ``body`` for the document itself."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "body"


def _choices(schema: Schema) -> Sequence[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _is_integer(value: Any) -> bool:
    return not isinstance(value, bool) and (
        isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    )


_TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "array": is_array,
    "object": is_object,
}


def _checked_type(schema: Schema, value: Any, path: tuple[str | int, ...]) -> Any:
    types = types_of(schema)
    if types and not any(_TYPES[name](value) for name in types):
        raise MismatchError(path, f"must be {' or '.join(types)}")
    if isinstance(value, float) and "integer" in types and value.is_integer():
        return int(value)
    if value == "" and "null" in types and "format" in schema:
        return None
    return value


def _check_choice(schema: Schema, value: Any, path: tuple[str | int, ...]) -> None:
    choices = _choices(schema)
    if choices is not None and not any(
        value == choice and isinstance(value, bool) == isinstance(choice, bool)
        for choice in choices
    ):
        raise MismatchError(path, f"must be one of {', '.join(map(str, choices))}")


_COUNTED = {"Length": "characters", "Items": "items", "Properties": "properties"}


def _check_count(schema: Schema, count: int, what: str, path: tuple[str | int, ...]) -> None:
    least, most = schema.get(f"min{what}"), schema.get(f"max{what}")
    if least is not None and count < least:
        raise MismatchError(path, f"must have at least {least} {_COUNTED[what]}")
    if most is not None and count > most:
        raise MismatchError(path, f"must have at most {most} {_COUNTED[what]}")


def _check_number(schema: Schema, value: float, path: tuple[str | int, ...]) -> None:
    if "minimum" in schema and value < schema["minimum"]:
        raise MismatchError(path, f"must be at least {schema['minimum']}")
    if "maximum" in schema and value > schema["maximum"]:
        raise MismatchError(path, f"must be at most {schema['maximum']}")
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        raise MismatchError(path, f"must be more than {schema['exclusiveMinimum']}")
    if "multipleOf" in schema and math.remainder(value, schema["multipleOf"]) != 0:
        raise MismatchError(path, f"must be a multiple of {schema['multipleOf']}")
    if not _LEAST_NUMBER <= value <= _GREATEST_NUMBER:
        raise MismatchError(path, "must be a number of 64 bits at most")


def _check_text(schema: Schema, value: str, path: tuple[str | int, ...]) -> None:
    _check_count(schema, len(value), "Length", path)
    # In JSON Schema, "$" is the very end; in Python, a line break may follow.
    if "pattern" in schema and not re.search(schema["pattern"].replace("$", r"\Z"), value):
        raise MismatchError(path, f"must match {schema['pattern']}")
    reads = _FORMATS.get(schema.get("format", ""))
    if reads is not None and not reads(value):
        raise MismatchError(path, f"must be in the format {schema['format']}")


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def reads(value: str) -> bool:
        try:
            parse(value)
        except ValueError:
            return False
        return True

    return reads


_is_date = _parses(date.fromisoformat)
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)

_FORMATS: dict[str, Callable[[str], bool]] = {
    "uuid": _parses(UUID),
    "date-time": _parses(datetime.fromisoformat),
    "date": lambda value: bool(re.fullmatch(r"[0-9-]{10}", value)) and _is_date(value),
    "email": lambda value: bool(re.fullmatch(r"[^@\s]+@[^@\s]+", value)),
    "hostname": lambda value: bool(_HOST_NAME.fullmatch(value)),
    "boolean": lambda value: value in {"true", "false"},
}
