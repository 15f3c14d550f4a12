"""Which class a JSON object becomes where several may stand."""

from __future__ import annotations

import enum
from typing import Any

import pytest

from clickhouse_cloud_async import models
from clickhouse_cloud_async.core.codec import decode, to_json
from tests.samples import MODEL_SCHEMAS, SCHEMAS, model_of, sample_of

UNIONS = {
    name: SCHEMAS.variants(schema)
    for name, schema in SCHEMAS.schemas.items()
    if name not in MODEL_SCHEMAS and SCHEMAS.variants(schema)
}
"""Each named union of objects with its variants, nested unions opened."""

CASES = [(union, variant) for union, variants in UNIONS.items() for variant in variants]

ENUMS = sorted(
    name
    for name in models.__all__
    if isinstance(getattr(models, name), type) and issubclass(getattr(models, name), enum.StrEnum)
)


def annotation_of(union: str) -> Any:
    """The generated alias of a union."""
    return getattr(models, SCHEMAS.python_name(union))


@pytest.mark.parametrize(("union", "variant"), CASES)
def test_full_variant_is_recognised(union: str, variant: str) -> None:
    """An object with every property becomes the class of its variant."""
    data = sample_of(variant)
    decoded = decode(annotation_of(union), data)

    assert type(decoded) is model_of(variant)
    assert to_json(decoded) == data


@pytest.mark.parametrize(("union", "variant"), CASES)
def test_variant_with_what_is_required_is_recognised(union: str, variant: str) -> None:
    """What the contract requires of a variant is enough to recognise it, or nothing is lost."""
    required = SCHEMAS.schemas[variant].get("required", ())
    data = {wire: value for wire, value in sample_of(variant).items() if wire in required}
    decoded = decode(annotation_of(union), data)
    fitting = [v for v in UNIONS[union] if _has_all(v, data)]

    assert to_json(decoded) == data
    assert type(decoded) in {dict, *(model_of(v) for v in fitting)}
    if len(fitting) == 1:
        assert type(decoded) is model_of(variant)


def _has_all(variant: str, data: dict[str, Any]) -> bool:
    return set(SCHEMAS.schemas[variant].get("required", ())) <= data.keys()


@pytest.mark.parametrize("union", UNIONS)
def test_unknown_variant_stays_as_it_came(union: str) -> None:
    """An object that fits no variant is kept as the plain mapping that came."""
    data = {"kindOfTomorrow": "new", "deep": {"a": [1]}}
    decoded = decode(annotation_of(union), data)

    assert decoded == data
    assert type(decoded) is dict


@pytest.mark.parametrize("name", ENUMS)
def test_enum_values(name: str) -> None:
    """Known values become members, unknown ones stay texts, and members are texts, too."""
    kind: type[enum.StrEnum] = getattr(models, name)
    known: list[str] = [decode(kind | str, member.value) for member in kind]

    assert known == list(kind)
    assert all(type(member) is kind for member in known)
    unknown: str = decode(kind | str, "not-known-yet")
    assert unknown == "not-known-yet"
    assert type(unknown) is str
    assert [to_json(member) for member in kind] == [str(member) for member in kind]


def test_absent_tag_means_the_default_variant() -> None:
    """An object without the tag is the variant that the contract names for that; the tag wins."""
    bare: Any = decode(models.ClickPipeKafkaSource, {"schemaRegistry": {"url": "https://registry"}})
    glue: Any = decode(models.ClickPipeKafkaSource, {"schemaRegistry": {"type": "glue"}})
    permission = {"action": "read", "subject": "Dashboard"}
    role: Any = decode(models.ClickStackRole, {"permissions": [permission]})
    tile = {"displayType": "heatmap", "sourceId": "s", "select": []}
    chart: Any = decode(models.ClickStackTileOutput, {"config": tile}).config

    assert isinstance(bare.schema_registry, models.ClickPipeKafkaConfluentSchemaRegistry)
    assert isinstance(glue.schema_registry, models.ClickPipeKafkaGlueSchemaRegistry)
    assert isinstance(role.permissions[0], models.ClickStackMongoDBCASLPermission)
    assert isinstance(chart, models.ClickStackHeatmapDistributionChartConfig)
