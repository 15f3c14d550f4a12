"""What is sent is checked first: `encode` gives the contract's JSON or names what is wrong."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickhouse_cloud_async import UNSET, InvalidArgumentError, Secret, models
from clickhouse_cloud_async.core.codec import encode, model_fields
from clickhouse_cloud_async.core.model import Model, wire_name
from tests.effort import EXAMPLES
from tests.samples import (
    JSON,
    REQUEST_SCHEMAS,
    SCHEMAS,
    instances_of,
    model_of,
    sample_of,
    wrong_value,
)

schemas = pytest.mark.parametrize("schema", REQUEST_SCHEMAS)
request_schemas = st.sampled_from(REQUEST_SCHEMAS)


def python_keys(value: Any) -> Any:
    """A model as nested mappings that are keyed by Python's names."""
    if isinstance(value, Model):
        values = {field.name: getattr(value, field.name) for field in model_fields(type(value))}
        return {name: python_keys(item) for name, item in values.items() if item is not UNSET}
    if isinstance(value, list):
        return [python_keys(item) for item in value]
    return value


@schemas
def test_mapping_with_wire_keys(schema: str) -> None:
    """A mapping that is keyed as the API does is sent as it is."""
    assert encode(model_of(schema), sample_of(schema)) == sample_of(schema)


@schemas
def test_model(schema: str) -> None:
    """A model is sent with the API's keys."""
    model = model_of(schema)

    assert encode(model, model.from_dict(sample_of(schema))) == sample_of(schema)


@schemas
def test_mapping_with_python_keys(schema: str) -> None:
    """A mapping that is keyed as Python does is sent with the API's keys, however deep."""
    mapping = python_keys(model_of(schema).from_dict(sample_of(schema)))

    assert encode(model_of(schema), mapping) == sample_of(schema)


@schemas
def test_what_is_unset_is_left_out(schema: str) -> None:
    """Only what is required has to be there, and nothing else is sent."""
    model = model_of(schema)
    required = {field.wire for field in model_fields(model) if field.required}
    minimal = {wire: value for wire, value in sample_of(schema).items() if wire in required}
    blank = {field.name: UNSET for field in model_fields(model) if field.wire not in required}

    assert encode(model, {**minimal, **blank}) == minimal


def required_of(schema: str) -> list[str]:
    """The fields that a request model cannot do without, by their names in Python."""
    return [field.name for field in model_fields(model_of(schema)) if field.required]


@pytest.mark.parametrize("schema", [name for name in REQUEST_SCHEMAS if required_of(name)])
def test_what_is_required_has_to_be_there(schema: str) -> None:
    """What the contract requires cannot be left out; the error names it as Python does."""
    model = model_of(schema)
    for name in required_of(schema):
        data = sample_of(schema)
        del data[wire_name(model, name)]
        with pytest.raises(InvalidArgumentError) as caught:
            encode(model, data)
        assert str(caught.value) == f"{name}: is required"


@schemas
def test_unknown_keys_are_refused(schema: str) -> None:
    """A key that is neither the API's nor Python's name of a field is a mistake."""
    with pytest.raises(InvalidArgumentError, match="'misspelt' is not a field of"):
        encode(model_of(schema), {**sample_of(schema), "misspelt": 1})


def test_a_field_is_given_once() -> None:
    """A field under both of its names is a mistake."""
    with pytest.raises(InvalidArgumentError, match="given twice"):
        encode(models.ServicePostRequest, {"idleScaling": True, "idle_scaling": True})


# --- wrong values ------------------------------------------------------------------------------


def wrong_values_of(schema: str) -> dict[str, tuple[str, Any]]:
    """The name on the wire and a value of the wrong type, for each field that has one."""
    wires = {field.name: field.wire for field in model_fields(model_of(schema))}
    properties = SCHEMAS.schemas[schema]["properties"]
    values = {name: (wire, wrong_value(properties[wire])) for name, wire in wires.items()}
    return {name: (wire, value) for name, (wire, value) in values.items() if value is not None}


@pytest.mark.parametrize("schema", [name for name in REQUEST_SCHEMAS if wrong_values_of(name)])
def test_wrong_types_are_named(schema: str) -> None:
    """A value of the wrong type is refused with its place, in Python's names, and the reason."""
    for name, (wire, value) in wrong_values_of(schema).items():
        with pytest.raises(InvalidArgumentError) as caught:
            encode(model_of(schema), {**sample_of(schema), wire: value})
        assert str(caught.value).startswith(f"{name}: expected "), wire


def test_place_inside_lists() -> None:
    """The place of a mistake inside a list of objects has index and name."""
    tags = [{"key": "env"}, {"key": 5}]
    with pytest.raises(
        InvalidArgumentError, match=r"^tags\.add\[1\]\.key: expected a str, found int$"
    ):
        encode(models.ServicePatchRequest, {"tags": {"add": tags}})


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (int, True, "expected an int, found bool"),
        (int, 1.5, "expected an int, found float"),
        (int, float("nan"), "expected an int, found float"),
        (float, False, "expected a number, found bool"),
        (float, float("nan"), "nan has no place in JSON"),
        (float, float("inf"), "inf has no place in JSON"),
        (dict[str, object], {"deep": [float("nan")]}, "nan has no place in JSON"),
        (str, None, "expected a str, found None"),
        (str, b"bytes", "expected a str, found bytes"),
        (list[str], "text", "expected a list, found str"),
        (list[str], {"a", "b"}, "expected a list, found set"),
        (dict[str, str], {1: "x"}, "expected a str, found int"),
        (Secret, 5, "expected a Secret or a str, found int"),
        (datetime, datetime(2030, 1, 2), "needs a time zone"),  # noqa: DTZ001 - the mistake
        (datetime | str, datetime(2030, 1, 2), "needs a time zone"),  # noqa: DTZ001 - the mistake
        (datetime | str, "2030-01-02T00:00:00", "needs a time zone"),
        (datetime | str, "tomorrow", "not in ISO 8601"),
        (datetime | str, 5, "expected a datetime"),
        (date | str, "tomorrow", "not in ISO 8601"),
        (date | str, datetime(2030, 1, 2, tzinfo=UTC), "found a datetime"),
        (dict[str, object], {"a": object()}, "no place in JSON"),
    ],
)
def test_values_that_cannot_be_sent(kind: Any, value: object, message: str) -> None:
    """What JSON or the API has no word for is refused, and the message says why."""
    with pytest.raises(InvalidArgumentError, match=message):
        encode(kind, value)


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        (int, 3.0, 3),
        (float, 3, 3),
        (str, models.ServiceState.RUNNING, "running"),
        (str | UUID, UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (models.ServiceState | str, "not-known-yet", "not-known-yet"),
        (Secret | str, "plain", "plain"),
        (Secret | str, Secret("wrapped"), "wrapped"),
        (datetime | str, datetime(2030, 1, 2, tzinfo=UTC), "2030-01-02T00:00:00Z"),
        (
            datetime | str,
            datetime(2030, 1, 2, tzinfo=timezone(timedelta(hours=2))),
            "2030-01-02T00:00:00+02:00",
        ),
        (datetime | str, "2030-01-02T00:00:00Z", "2030-01-02T00:00:00Z"),
        (date | str, date(2030, 1, 2), "2030-01-02"),
        (date | str, "2030-01-02", "2030-01-02"),
        (list[str], ("a", "b"), ["a", "b"]),
        (
            dict[str, object],
            {"a": [UNSET.name, None, {"b": Secret("s")}]},
            {"a": ["UNSET", None, {"b": "s"}]},
        ),
        (dict[str, object], {"a": UNSET, "b": 1}, {"b": 1}),
    ],
)
def test_values_that_are_sent(kind: Any, value: object, sent: object) -> None:
    """Python's own types become what the API takes."""
    assert encode(kind, value) == sent
    assert type(encode(kind, value)) is type(sent)


# --- unions ------------------------------------------------------------------------------------


def test_mapping_has_to_say_which_variant_it_is() -> None:
    """A mapping for a choice of objects is refused where it fits several equally well."""
    with pytest.raises(InvalidArgumentError, match="does not say which of"):
        encode(models.BackupBucketPostRequest, {})


@pytest.mark.parametrize("key", ["bucketProvider", "bucket_provider"])
def test_tag_decides(key: str) -> None:
    """The discriminating field decides which variant a mapping is, under either name."""
    bucket = {key: "AWS", "bucketPath": "s3://b", "iamRoleArn": "arn"}

    assert encode(models.BackupBucketPostRequest, bucket)["bucketProvider"] == "AWS"
    with pytest.raises(InvalidArgumentError, match="not a field of GcpBackupBucketPostRequest"):
        encode(models.BackupBucketPostRequest, bucket | {key: "GCP"})


# --- properties --------------------------------------------------------------------------------


@settings(max_examples=3 * EXAMPLES)
@given(request_schemas.flatmap(lambda s: st.tuples(st.just(s), instances_of(s))))
def test_any_instance_is_sent_as_it_is(case: tuple[str, dict[str, Any]]) -> None:
    """What the contract allows goes through unchanged, unless it fits several variants."""
    schema, data = case

    assert _outcome(schema, data) in (data, "does not say which")


def _outcome(schema: str, data: object) -> object:
    try:
        sent = encode(model_of(schema), data)
    except InvalidArgumentError as error:
        return "does not say which" if "does not say which" in error.message else error.message
    return json.loads(json.dumps(sent, allow_nan=False))


def _near_misses(schema: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    wires = list(SCHEMAS.schemas[schema]["properties"])
    values = st.one_of(JSON, st.just(UNSET), st.floats(), st.binary(), st.datetimes(), st.uuids())
    changes = st.dictionaries(st.sampled_from(wires), values, max_size=4)
    return st.tuples(st.just(schema), changes.map(lambda c: sample_of(schema) | c))


@settings(max_examples=5 * EXAMPLES)
@given(request_schemas.flatmap(_near_misses))
def test_anything_is_sent_or_refused(case: tuple[str, dict[str, Any]]) -> None:
    """Arbitrary values are refused with the one error, or come out as plain JSON."""
    schema, data = case
    outcome = _outcome(schema, data)

    assert isinstance(outcome, str | dict)
    assert "UNSET" not in str(outcome)
