"""The checks of JSON against the contract's part of JSON Schema."""

from __future__ import annotations

from typing import Any

import pytest

from clickhouse_cloud_async.core.contract import Contract
from clickhouse_cloud_async.emulation.clock import START
from clickhouse_cloud_async.emulation.randomness import seeded
from clickhouse_cloud_async.emulation.validation import MismatchError, Validator
from tests.sampling import Sampler
from tests.validators import Validators

from .contract import CONTRACT

KINDS: dict[str, Any] = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"kind": {"enum": [kind]}, "size": {"type": "integer", "minimum": least}},
            "required": ["kind", "size"],
        }
        for kind, least in (("small", 1), ("large", 100))
    ]
}
VALIDATOR = Validator(Contract({"title": "", "operations": {}, "schemas": {"Kinds": KINDS}}))
OTHERS = Validators(CONTRACT.schemas, any_variant=True)
KINDS_REF = {"$ref": "#/schemas/Kinds"}
LIST = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2}


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "string"}, 1, "body: must be string"),
        ({"type": ["string", "null"]}, 1, "body: must be string or null"),
        ({"type": "integer"}, True, "body: must be integer"),
        ({"type": "integer"}, 1.5, "body: must be integer"),
        ({"type": "number"}, False, "body: must be number"),
        ({"type": "boolean"}, 0, "body: must be boolean"),
        ({"enum": [0, 1]}, True, "body: must be one of 0, 1"),
        ({"const": "a"}, "b", "body: must be one of a"),
        ({"type": "number", "minimum": 2}, 1, "body: must be at least 2"),
        ({"type": "number", "maximum": 2}, 3, "body: must be at most 2"),
        ({"type": "number", "exclusiveMinimum": 0}, 0, "body: must be more than 0"),
        ({"type": "number", "multipleOf": 4}, 6, "body: must be a multiple of 4"),
        ({"type": "number", "multipleOf": 0.5}, 0.75, "body: must be a multiple of 0.5"),
        ({"type": "string", "minLength": 2}, "a", "body: must have at least 2 characters"),
        ({"type": "string", "maxLength": 2}, "abc", "body: must have at most 2 characters"),
        ({"type": "string", "pattern": "^a"}, "ba", "body: must match ^a"),
        ({"type": "string", "pattern": "^a$"}, "a\n", "body: must match ^a$"),
        ({"type": "string", "allOf": [{"pattern": "[0-9]"}]}, "a", "body: must match [0-9]"),
        ({"type": "string", "format": "uuid"}, "1", "body: must be in the format uuid"),
        ({"type": "string", "format": "date-time"}, "1", "body: must be in the format date-time"),
        ({"type": "string", "format": "date"}, "20260105", "body: must be in the format date"),
        ({"type": "string", "format": "date"}, "2026-02-30", "body: must be in the format date"),
        ({"type": "string", "format": "email"}, "a", "body: must be in the format email"),
        ({"type": "string", "format": "hostname"}, "a b", "body: must be in the format hostname"),
        (LIST, [], "body: must have at least 1 items"),
        (LIST, ["a", "b", "c"], "body: must have at most 2 items"),
        (LIST, ["a", 2], "[1]: must be string"),
        ({"type": "array", "uniqueItems": True}, [1, 1], "body: must not hold the same item twice"),
        ({"type": "object", "required": ["a"]}, {}, "a: is required"),
        ({"type": "object", "properties": {}}, {"a": 1}, "a: is not known here"),
        ({"type": "object", "minProperties": 1}, {}, "body: must have at least 1 properties"),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"a": 1},
            "a: must be string",
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}},
            {"a": None},
            "a: must be string",
        ),
        ({"properties": {"a": LIST}, "required": ["a"]}, {"a": None}, "a: must be array"),
        ({"properties": {"a": {"items": KINDS_REF}}}, {"a": [{"kind": "x"}]}, "a[0].kind: must be"),
    ],
)
def test_mismatches_are_named(schema: dict[str, Any], value: Any, message: str) -> None:
    """A value that does not fit is refused with its place and the reason."""
    with pytest.raises(MismatchError) as caught:
        VALIDATOR.check(schema, value)

    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("schema", "value", "plain"),
    [
        ({"type": "integer"}, 3.0, 3),
        ({"type": ["integer", "null"]}, None, None),
        ({"properties": {"a": LIST, "b": KINDS_REF}}, {"a": None, "b": None}, {}),
        ({"properties": {"a": {"type": ["array", "null"]}}}, {"a": None}, {"a": None}),
        (
            {"properties": {"a": {"oneOf": [{"type": "object"}, {"type": "null"}]}}},
            {"a": None},
            {"a": None},
        ),
        ({"type": "object"}, {"a": None}, {"a": None}),
        ({"type": "object", "additionalProperties": True}, {"a": 1}, {"a": 1}),
        ({"type": ["string", "null"], "format": "date-time"}, "", None),
        ({"type": ["string", "null"]}, "", ""),
        (KINDS_REF, {"kind": "large", "size": 100.0}, {"kind": "large", "size": 100}),
    ],
)
def test_values_come_back_plain(schema: dict[str, Any], value: Any, plain: Any) -> None:
    """Nulls that mean "absent" are left out, whole floats become integers, empty moments null."""
    checked = VALIDATOR.check(schema, value)

    assert (plain, type(plain)) == (checked, type(checked))


def test_union_speaks_of_the_variant_that_was_meant() -> None:
    """The message is about the variant that the discriminating property names."""
    with pytest.raises(MismatchError, match=r"^size: must be at least 100$"):
        VALIDATOR.check(KINDS_REF, {"kind": "large", "size": 5})
    with pytest.raises(MismatchError, match=r"^size: must be at least 1$"):
        VALIDATOR.check(KINDS_REF, {"kind": "small", "size": 0})
    with pytest.raises(MismatchError, match=r"^size: must be at least 100$"):
        VALIDATOR.check({"oneOf": [{"type": "null"}, KINDS_REF]}, {"kind": "large", "size": 5})


@pytest.mark.parametrize("name", CONTRACT.schemas)
def test_samples_fit_their_schema(name: str) -> None:
    """Whatever is made up fits, by these checks and by JSON Schema's own."""
    schema = {"$ref": f"#/schemas/{name}"}
    for seed in range(5):
        value = Sampler(CONTRACT, seeded(seed), START).sample(schema)
        assert value == Validator(CONTRACT).check(schema, value)
        assert OTHERS.errors(schema, value) == []
