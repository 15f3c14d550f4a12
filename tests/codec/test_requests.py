"""Requests are checked first: `encode` returns the contract's JSON or names the error."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickhouse_cloud_async import UNSET, InvalidArgumentError, Secret, models
from clickhouse_cloud_async.core.codec import encode, model_fields
from clickhouse_cloud_async.core.model import Model
from tests.contract.apis import EVERY_CODEC, SURFACES
from tests.effort import EXAMPLES
from tests.offenders import Offenders
from tests.samples import JSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.samples import Samples

REQUESTS = [
    (surface.samples, name) for surface in SURFACES for name in surface.samples.request_schemas
]
"""Every model of every API that requests carry."""


def walk(samples: Samples) -> Iterator[tuple[str, type[Model], dict[str, Any], Offenders]]:
    """Each request model with a full instance, and in the end what was wrong with them."""
    offenders = Offenders()
    for schema in samples.request_schemas:
        yield schema, samples.model_of(schema), samples.sample_of(schema), offenders
    offenders.check()


def python_keys(value: Any) -> Any:
    """A model as nested mappings that are keyed by Python's names."""
    if isinstance(value, Model):
        values = {field.name: getattr(value, field.name) for field in model_fields(type(value))}
        return {name: python_keys(item) for name, item in values.items() if item is not UNSET}
    if isinstance(value, list):
        return [python_keys(item) for item in value]
    return value


@EVERY_CODEC
def test_models_and_mappings_are_sent_alike(samples: Samples) -> None:
    """A model, and a mapping with the API's keys or Python's, is sent with the API's keys."""
    for schema, model, data, offenders in walk(samples):
        with offenders.at(schema):
            assert encode(model, data) == data
            assert encode(model, model.from_dict(data)) == data
            assert encode(model, python_keys(model.from_dict(data))) == data


@EVERY_CODEC
def test_what_is_unset_is_left_out(samples: Samples) -> None:
    """Only what is required has to be there, and nothing else is sent."""
    for schema, model, data, offenders in walk(samples):
        required = {field.wire for field in model_fields(model) if field.required}
        minimal = {wire: value for wire, value in data.items() if wire in required}
        blank = {field.name: UNSET for field in model_fields(model) if field.wire not in required}
        with offenders.at(schema):
            assert encode(model, {**minimal, **blank}) == minimal


@EVERY_CODEC
def test_what_is_required_has_to_be_there(samples: Samples) -> None:
    """What the contract requires cannot be left out; the error names it as Python does."""
    for schema, model, data, offenders in walk(samples):
        for field in model_fields(model):
            if field.required:
                lacking = {wire: value for wire, value in data.items() if wire != field.wire}
                with offenders.at(f"{schema}.{field.name}"):
                    with pytest.raises(InvalidArgumentError) as caught:
                        encode(model, lacking)
                    assert str(caught.value) == f"{field.name}: is required"


@EVERY_CODEC
def test_unknown_keys_are_refused(samples: Samples) -> None:
    """A key that is neither the API's nor Python's name of a field is a mistake."""
    for schema, model, data, offenders in walk(samples):
        with (
            offenders.at(schema),
            pytest.raises(InvalidArgumentError, match="'misspelt' is not a field of"),
        ):
            encode(model, {**data, "misspelt": 1})


def test_a_field_is_given_once() -> None:
    """A field under both of its names is a mistake."""
    with pytest.raises(InvalidArgumentError, match="given twice"):
        encode(models.ServicePostRequest, {"idleScaling": True, "idle_scaling": True})


# --- wrong values ------------------------------------------------------------------------------


@EVERY_CODEC
def test_wrong_types_are_named(samples: Samples) -> None:
    """A value of the wrong type is refused with its place, in Python's names, and the reason."""
    for schema, model, data, offenders in walk(samples):
        properties = samples.schemas.schemas[schema]["properties"]
        for field in model_fields(model):
            wrong = samples.wrong_value(properties[field.wire])
            if wrong is not None:
                with offenders.at(f"{schema}.{field.name}"):
                    with pytest.raises(InvalidArgumentError) as caught:
                        encode(model, {**data, field.wire: wrong})
                    assert str(caught.value).startswith(f"{field.name}: expected ")


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
        (float, float("nan"), "nan cannot be written as JSON"),
        (float, float("inf"), "inf cannot be written as JSON"),
        (dict[str, object], {"deep": [float("nan")]}, "nan cannot be written as JSON"),
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
        (dict[str, object], {"a": object()}, "cannot be written as JSON"),
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


requests = st.sampled_from(REQUESTS)


def _instances(case: tuple[Samples, str]) -> st.SearchStrategy[tuple[type[Model], dict[str, Any]]]:
    samples, schema = case
    return st.tuples(st.just(samples.model_of(schema)), samples.instances_of(schema))


@settings(max_examples=3 * EXAMPLES)
@given(requests.flatmap(_instances))
def test_any_instance_is_sent_as_it_is(case: tuple[type[Model], dict[str, Any]]) -> None:
    """What the contract allows goes through unchanged, unless it fits several variants."""
    model, data = case

    assert _outcome(model, data) in (data, "does not say which")


def _outcome(model: type[Model], data: object) -> object:
    try:
        sent = encode(model, data)
    except InvalidArgumentError as error:
        return "does not say which" if "does not say which" in error.message else error.message
    return json.loads(json.dumps(sent, allow_nan=False))


def _near_misses(
    case: tuple[Samples, str],
) -> st.SearchStrategy[tuple[type[Model], dict[str, Any]]]:
    samples, schema = case
    sample = samples.sample_of(schema)
    values = st.one_of(JSON, st.just(UNSET), st.floats(), st.binary(), st.datetimes(), st.uuids())
    changes = st.dictionaries(st.sampled_from(list(sample)), values, max_size=4)
    return st.tuples(st.just(samples.model_of(schema)), changes.map(lambda c: sample | c))


@settings(max_examples=5 * EXAMPLES)
@given(requests.flatmap(_near_misses))
def test_anything_is_sent_or_refused(case: tuple[type[Model], dict[str, Any]]) -> None:
    """Arbitrary values are refused with the one error, or come out as plain JSON."""
    model, data = case
    outcome = _outcome(model, data)

    assert isinstance(outcome, str | dict)
    assert "UNSET" not in str(outcome)
