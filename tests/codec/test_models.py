"""Every model reads what the API may send, and gives back what it read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from clickhouse_cloud_async import ResponseDecodeError, Secret
from clickhouse_cloud_async.core.model import Model, wire_name
from clickhouse_cloud_async.core.values import SecretObject
from clickhouse_cloud_async.models import Service
from tests.effort import EXAMPLES
from tests.samples import (
    JSON,
    MODEL_SCHEMAS,
    SCHEMAS,
    SECRET,
    instances_of,
    model_of,
    sample_of,
    wrong_value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async.core.contract import Schema

schemas = pytest.mark.parametrize("schema", MODEL_SCHEMAS)


def holding(has: Callable[[str], bool]) -> pytest.MarkDecorator:
    """Parametrise over the schemas that have what a test is about."""
    found = [schema for schema in MODEL_SCHEMAS if has(schema)]
    assert found
    return pytest.mark.parametrize("schema", found)


def properties_of(schema: str) -> dict[str, Schema]:
    """The properties of a named schema."""
    properties: dict[str, Schema] = SCHEMAS.schemas[schema]["properties"]
    return properties


@schemas
@pytest.mark.parametrize("seed", range(3))
def test_full_instance_round_trips(schema: str, seed: int) -> None:
    """An object with every property is read and given back as it came."""
    data = sample_of(schema, seed)

    assert model_of(schema).from_dict(data).to_dict() == data


@schemas
def test_empty_instance_round_trips(schema: str) -> None:
    """An object without any property is read and stays empty."""
    assert model_of(schema).from_dict({}).to_dict() == {}


@schemas
def test_all_null_instance_round_trips(schema: str) -> None:
    """An object whose properties are all null is read and keeps its nulls."""
    data: dict[str, Any] = dict.fromkeys(properties_of(schema))

    assert model_of(schema).from_dict(data).to_dict() == data


@schemas
def test_unknown_properties_are_ignored(schema: str) -> None:
    """What the contract does not know makes no difference."""
    data = sample_of(schema)
    extended = model_of(schema).from_dict({**data, "notKnownYet": {"deep": [1]}, "_nulls": 1})

    assert extended == model_of(schema).from_dict(data)
    assert extended.to_dict() == data


@schemas
def test_equal_data_gives_equal_models(schema: str) -> None:
    """Models compare by what they hold."""
    one, same = (model_of(schema).from_dict(sample_of(schema)) for _ in range(2))

    assert one == same
    assert one != model_of(schema).from_dict({})


@holding(lambda schema: SECRET in str(sample_of(schema)))
def test_secrets_never_show(schema: str) -> None:
    """No secret stands in the repr or str of a model, however deep; `to_dict` reveals it."""
    model = model_of(schema).from_dict(sample_of(schema))

    assert SECRET not in repr(model)
    assert SECRET not in str(model)
    assert SECRET not in f"{model}"
    assert SECRET in str(model.to_dict())


def test_secrets_are_planted() -> None:
    """The samples hold secrets where the contract has them, so that the test above can fail."""
    planted = {name for name in MODEL_SCHEMAS if SECRET in str(sample_of(name))}

    assert {"ApiKeyPostResponse", "ServicePostResponse", "ClickStackWebhookInput"} <= planted
    assert len(planted) > 30


def test_repr_leaves_out_absent_fields() -> None:
    """The repr of a model is short: it names no field that is absent."""
    shown = {model_of(schema): repr(model_of(schema).from_dict({})) for schema in MODEL_SCHEMAS}

    assert [text for model, text in shown.items() if text != f"{model.__name__}()"] == []


@holding(lambda schema: any(child.get("x-secret") for child in properties_of(schema).values()))
def test_secret_fields_hold_secrets(schema: str) -> None:
    """A field that the contract marks as secret holds a `Secret`, or a mapping of them."""
    model = model_of(schema)
    instance = model.from_dict(sample_of(schema))
    fields: Any = attrs.fields(model)  # type: ignore[arg-type]  # models are attrs classes
    for field in fields:
        child = properties_of(schema).get(wire_name(model, field.name), {})
        if child.get("x-secret"):
            value = getattr(instance, field.name)
            held = list(value.values()) if isinstance(value, dict) else [value]
            assert {type(item) for item in held} <= {Secret, SecretObject}
            assert held


# --- wrong types -------------------------------------------------------------------------------


def wrong_values_of(schema: str) -> dict[str, Any]:
    """A value of the wrong JSON type for each property that has one."""
    values = {wire: wrong_value(child) for wire, child in properties_of(schema).items()}
    return {wire: value for wire, value in values.items() if value is not None}


def wrong_items_of(schema: str) -> dict[str, Any]:
    """A value of the wrong JSON type for each list whose items have one."""
    items = {wire: SCHEMAS.resolve(one).get("items") for wire, one in properties_of(schema).items()}
    values = {wire: wrong_value(item) for wire, item in items.items() if item is not None}
    return {wire: value for wire, value in values.items() if value is not None}


@holding(lambda schema: bool(wrong_values_of(schema)))
def test_wrong_types_are_named(schema: str) -> None:
    """A value of the wrong JSON type is one error that says where it is and what was expected."""
    for wire, value in wrong_values_of(schema).items():
        with pytest.raises(ResponseDecodeError) as caught:
            model_of(schema).from_dict({**sample_of(schema), wire: value})
        assert str(caught.value).startswith(f"$.{wire}: expected "), wire


@holding(lambda schema: bool(wrong_items_of(schema)))
def test_wrong_items_are_named(schema: str) -> None:
    """The place of a wrong item is named with its index."""
    for wire, value in wrong_items_of(schema).items():
        data = sample_of(schema)
        data[wire] = [*data[wire], value]
        with pytest.raises(ResponseDecodeError) as caught:
            model_of(schema).from_dict(data)
        assert str(caught.value).startswith(f"$.{wire}[{len(data[wire]) - 1}]: expected "), wire


@pytest.mark.parametrize("document", [[], "text", 1, 1.5, True, [{}]])
def test_what_is_no_object_is_refused(document: object) -> None:
    """A model cannot be read from anything but an object."""
    from clickhouse_cloud_async.core.codec import decode

    with pytest.raises(ResponseDecodeError, match=r"^\$: expected object, found "):
        decode(model_of("Service"), document)


# --- properties --------------------------------------------------------------------------------


@settings(max_examples=3 * EXAMPLES)
@given(st.sampled_from(MODEL_SCHEMAS).flatmap(lambda s: st.tuples(st.just(s), instances_of(s))))
def test_any_instance_round_trips(case: tuple[str, dict[str, Any]]) -> None:
    """Whatever the contract allows is read and given back as it came."""
    schema, data = case

    assert model_of(schema).from_dict(data).to_dict() == data


def _outcome(schema: str, data: dict[str, Any]) -> Model | str:
    try:
        model = model_of(schema).from_dict(data)
    except ResponseDecodeError as error:
        return str(error)
    assert repr(model)
    assert isinstance(model.to_dict(), dict)
    return model


def _near_misses(schema: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    values = st.dictionaries(st.sampled_from(list(properties_of(schema))), JSON, max_size=4)
    return st.tuples(st.just(schema), values.map(lambda changes: sample_of(schema) | changes))


@settings(max_examples=5 * EXAMPLES)
@given(st.sampled_from(MODEL_SCHEMAS).flatmap(_near_misses))
def test_any_json_is_read_or_refused(case: tuple[str, dict[str, Any]]) -> None:
    """Arbitrary values where others are expected are read, or refused with the one error."""
    schema, data = case
    outcome = _outcome(schema, data)

    assert isinstance(outcome, model_of(schema)) or str(outcome).startswith("$")


@pytest.mark.parametrize("data", [{}, {"state": "running"}, {"state": None, "name": "etl"}])
def test_the_same_keys_again_and_again(data: dict[str, object]) -> None:
    """An object decodes in the same way however often its keys came before."""
    decoded = [Service.from_dict(data) for _ in range(20)]

    assert [service.to_dict() for service in decoded] == [data] * 20


def test_plain_mapping_is_shown_without_its_values() -> None:
    """What is kept as it came shows its keys only, also to rich, which walks through fields."""
    service = Service.from_dict({"name": "etl", "endpoints": [{"username": "u"}]})
    service.endpoints = [{"password": SECRET}, [[[[SECRET]]]]]  # type: ignore[list-item]  # as kept
    text = "Service(name='etl', endpoints=[{'password': ...}, [[...]]])"

    assert repr(service) == pretty_repr(service, max_width=200) == text
