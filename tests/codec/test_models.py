"""Every model reads valid responses, and writes them back unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from clickhouse_cloud_async import InvalidArgumentError, ResponseDecodeError, Secret
from clickhouse_cloud_async.core.codec import decode, model_fields
from clickhouse_cloud_async.core.model import Model
from clickhouse_cloud_async.core.values import SecretObject
from clickhouse_cloud_async.models import Service
from tests.contract.apis import EVERY_CODEC, SURFACES
from tests.effort import EXAMPLES
from tests.offenders import Offenders
from tests.samples import JSON, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clickhouse_cloud_async.core.contract import Schema
    from tests.samples import Samples

MODELS = [(surface.samples, name) for surface in SURFACES for name in surface.samples.model_schemas]
"""Every model of every API."""


def walk(
    samples: Samples, has: Callable[[str], bool] = lambda _: True
) -> Iterator[tuple[str, Offenders]]:
    """The schemas that have what a test is about, and in the end what was wrong with them."""
    offenders = Offenders()
    found = [schema for schema in samples.model_schemas if has(schema)]
    assert found
    for schema in found:
        yield schema, offenders
    offenders.check()


def properties_of(samples: Samples, schema: str) -> dict[str, Schema]:
    """The properties of a named schema."""
    properties: dict[str, Schema] = samples.schemas.schemas[schema]["properties"]
    return properties


@EVERY_CODEC
def test_full_instance_round_trips(samples: Samples) -> None:
    """An object with every property is read and given back as it came."""
    for schema, offenders in walk(samples):
        for seed in range(3):
            with offenders.at(f"{schema}, {seed}"):
                data = samples.sample_of(schema, seed)
                assert samples.model_of(schema).from_dict(data).to_dict() == data


@EVERY_CODEC
def test_empty_and_null_instances_round_trip(samples: Samples) -> None:
    """An object without any property stays empty, and one of nothing but nulls keeps them."""
    for schema, offenders in walk(samples):
        nulls: dict[str, Any] = dict.fromkeys(properties_of(samples, schema))
        with offenders.at(schema):
            assert samples.model_of(schema).from_dict({}).to_dict() == {}
            assert samples.model_of(schema).from_dict(nulls).to_dict() == nulls


@EVERY_CODEC
def test_unknown_properties_are_ignored(samples: Samples) -> None:
    """What the contract does not know makes no difference."""
    for schema, offenders in walk(samples):
        model, data = samples.model_of(schema), samples.sample_of(schema)
        extended = model.from_dict({**data, "notKnownYet": {"deep": [1]}, "_nulls": 1})
        with offenders.at(schema):
            assert extended == model.from_dict(data)
            assert extended.to_dict() == data


@EVERY_CODEC
def test_equal_data_gives_equal_models(samples: Samples) -> None:
    """Models compare by what they hold."""
    for schema, offenders in walk(samples):
        model = samples.model_of(schema)
        one, same = (model.from_dict(samples.sample_of(schema)) for _ in range(2))
        with offenders.at(schema):
            assert one == same
            assert one != model.from_dict({})


@EVERY_CODEC
def test_secrets_never_show(samples: Samples) -> None:
    """No secret stands in the repr or str of a model, however deep; `to_dict` reveals it."""
    for schema, offenders in walk(samples, lambda name: SECRET in str(samples.sample_of(name))):
        model = samples.model_of(schema).from_dict(samples.sample_of(schema))
        with offenders.at(schema):
            assert SECRET not in repr(model)
            assert SECRET not in str(model)
            assert SECRET not in f"{model}"
            assert SECRET in str(model.to_dict())


def test_secrets_are_planted() -> None:
    """The samples hold secrets where the contracts have them, so that the test above can fail."""
    planted = {name for samples, name in MODELS if SECRET in str(samples.sample_of(name))}

    assert {"ApiKeyPostResponse", "ServicePostResponse", "ClickStackWebhookInput"} <= planted
    assert {"AccessToken", "CertificateSpec", "TlsBundle"} <= planted
    assert len(planted) > 30


@EVERY_CODEC
def test_repr_leaves_out_absent_fields(samples: Samples) -> None:
    """The repr of a model is short: it names no field that is absent."""
    models = [samples.model_of(schema) for schema in samples.model_schemas]
    shown = {model: repr(model.from_dict({})) for model in models}

    assert [text for model, text in shown.items() if text != f"{model.__name__}()"] == []


@EVERY_CODEC
def test_secret_fields_hold_secrets(samples: Samples) -> None:
    """A field that the contract marks as secret holds a `Secret`, or a mapping of them."""

    def has_secret(name: str) -> bool:
        return any(child.get("x-secret") for child in properties_of(samples, name).values())

    for schema, offenders in walk(samples, has_secret):
        model = samples.model_of(schema)
        instance = model.from_dict(samples.sample_of(schema))
        properties = properties_of(samples, schema)
        for field in model_fields(model):
            if properties.get(field.wire, {}).get("x-secret"):
                value = getattr(instance, field.name)
                if isinstance(value, Model):
                    continue  # it has secret fields of its own
                held = list(value.values()) if isinstance(value, dict) else [value]
                with offenders.at(f"{schema}.{field.wire}"):
                    assert {type(item) for item in held} <= {Secret, SecretObject}
                    assert held


# --- wrong types -------------------------------------------------------------------------------


def wrong_values_of(samples: Samples, schema: str) -> dict[str, Any]:
    """A value of the wrong JSON type for each property that has one."""
    properties = properties_of(samples, schema)
    values = {wire: samples.wrong_value(child) for wire, child in properties.items()}
    return {wire: value for wire, value in values.items() if value is not None}


def wrong_items_of(samples: Samples, schema: str) -> dict[str, Any]:
    """A value of the wrong JSON type for each list whose items have one."""
    properties = properties_of(samples, schema).items()
    items = {wire: samples.schemas.resolve(one).get("items") for wire, one in properties}
    values = {w: samples.wrong_value(item) for w, item in items.items() if item is not None}
    return {wire: value for wire, value in values.items() if value is not None}


@EVERY_CODEC
def test_wrong_types_are_named(samples: Samples) -> None:
    """A value of the wrong JSON type is one error that says where it is and what was expected."""
    for schema, offenders in walk(samples, lambda name: bool(wrong_values_of(samples, name))):
        for wire, value in wrong_values_of(samples, schema).items():
            with offenders.at(f"{schema}.{wire}"):
                with pytest.raises(ResponseDecodeError) as caught:
                    samples.model_of(schema).from_dict({**samples.sample_of(schema), wire: value})
                assert str(caught.value).startswith(f"$.{wire}: expected ")


@EVERY_CODEC
def test_wrong_items_are_named(samples: Samples) -> None:
    """The place of a wrong item is named with its index."""
    for schema, offenders in walk(samples, lambda name: bool(wrong_items_of(samples, name))):
        for wire, value in wrong_items_of(samples, schema).items():
            data = samples.sample_of(schema)
            data[wire] = [*data[wire], value]
            with offenders.at(f"{schema}.{wire}"):
                with pytest.raises(ResponseDecodeError) as caught:
                    samples.model_of(schema).from_dict(data)
                place = f"$.{wire}[{len(data[wire]) - 1}]"
                assert str(caught.value).startswith(f"{place}: expected ")


@pytest.mark.parametrize("document", [[], "text", 1, 1.5, True, [{}]])
def test_what_is_no_object_is_refused(document: object) -> None:
    """A model cannot be read from anything but an object."""
    with pytest.raises(ResponseDecodeError, match=r"^\$: expected object, found "):
        decode(Service, document)


# --- properties --------------------------------------------------------------------------------


models = st.sampled_from(MODELS)


def _instances(case: tuple[Samples, str]) -> st.SearchStrategy[tuple[type[Model], dict[str, Any]]]:
    samples, schema = case
    return st.tuples(st.just(samples.model_of(schema)), samples.instances_of(schema))


@settings(max_examples=3 * EXAMPLES)
@given(models.flatmap(_instances))
def test_any_instance_round_trips(case: tuple[type[Model], dict[str, Any]]) -> None:
    """Whatever the contract allows is read and given back as it came."""
    model, data = case

    assert model.from_dict(data).to_dict() == data


def _outcome(kind: type[Model], data: dict[str, Any]) -> Model | str:
    try:
        model = kind.from_dict(data)
    except ResponseDecodeError as error:
        return str(error)
    assert repr(model)
    assert isinstance(model.to_dict(), dict)
    return model


def _near_misses(
    case: tuple[Samples, str],
) -> st.SearchStrategy[tuple[type[Model], dict[str, Any]]]:
    samples, schema = case
    sample = samples.sample_of(schema)
    values = st.dictionaries(st.sampled_from(list(sample)), JSON, max_size=4)
    changed = values.map(lambda changes: sample | changes)
    return st.tuples(st.just(samples.model_of(schema)), changed)


@settings(max_examples=5 * EXAMPLES)
@given(models.flatmap(_near_misses))
def test_any_json_is_read_or_refused(case: tuple[type[Model], dict[str, Any]]) -> None:
    """Arbitrary values where others are expected are read, or refused with the one error."""
    model, data = case
    outcome = _outcome(model, data)

    assert isinstance(outcome, model) or str(outcome).startswith("$")


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


def test_secret_in_a_url_stays_secret() -> None:
    """It is encoded there, and the URL shows nothing of it."""
    dsn = Secret("p@ss/?").into_url("clickhouse://default:{}@db.example.com")

    assert dsn.reveal() == "clickhouse://default:p%40ss%2F%3F@db.example.com"
    assert f"{dsn} {dsn!r}" == "********** Secret('**********')"
    for template in ("clickhouse://host", "clickhouse://{}:{}@host"):
        with pytest.raises(InvalidArgumentError, match="one"):
            Secret("x").into_url(template)
