"""The choice of a variant for a JSON object."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async import models
from clickhouse_cloud_async.core.codec import decode, to_json
from tests.contract.apis import EVERY_CODEC
from tests.offenders import Offenders

if TYPE_CHECKING:
    from tests.samples import Samples


def unions_of(samples: Samples) -> dict[str, tuple[str, ...]]:
    """Each named union of objects with its variants, nested unions opened."""
    schemas = samples.schemas
    return {
        name: variants
        for name, schema in schemas.schemas.items()
        if name not in samples.model_schemas and (variants := schemas.variants(schema))
    }


def annotation_of(samples: Samples, union: str) -> Any:
    """The generated alias of a union."""
    return getattr(samples.models, samples.schemas.python_name(union))


@EVERY_CODEC
def test_full_variant_is_recognised(samples: Samples) -> None:
    """An object with every property becomes the class of its variant."""
    offenders = Offenders()
    for union, variants in unions_of(samples).items():
        for variant in variants:
            data = samples.sample_of(variant)
            with offenders.at(f"{union}, {variant}"):
                decoded = decode(annotation_of(samples, union), data)
                assert type(decoded) is samples.model_of(variant)
                assert to_json(decoded) == data
    offenders.check()


@EVERY_CODEC
def test_variant_with_what_is_required_is_recognised(samples: Samples) -> None:
    """What the contract requires of a variant is enough to recognise it, or nothing is lost."""
    offenders = Offenders()
    for union, variants in unions_of(samples).items():
        for variant in variants:
            required = required_of(samples, variant)
            data = {w: value for w, value in samples.sample_of(variant).items() if w in required}
            fitting = [v for v in variants if required_of(samples, v) <= data.keys()]
            with offenders.at(f"{union}, {variant}"):
                decoded = decode(annotation_of(samples, union), data)
                assert to_json(decoded) == data
                assert type(decoded) in {dict, *(samples.model_of(v) for v in fitting)}
                assert len(fitting) > 1 or type(decoded) is samples.model_of(variant)
    offenders.check()


def required_of(samples: Samples, schema: str) -> set[str]:
    """The properties that a schema requires."""
    return set(samples.schemas.schemas[schema].get("required", ()))


@EVERY_CODEC
def test_unknown_variant_stays_as_it_came(samples: Samples) -> None:
    """An object that fits no variant is kept as the plain mapping that came."""
    data = {"kindOfTomorrow": "new", "deep": {"a": [1]}}
    offenders = Offenders()
    for union in unions_of(samples):
        with offenders.at(union):
            decoded = decode(annotation_of(samples, union), data)
            assert decoded == data
            assert type(decoded) is dict
    offenders.check()


@EVERY_CODEC
def test_enum_values(samples: Samples) -> None:
    """Known values become members, unknown ones stay plain, and members are plain values, too."""
    offenders = Offenders()
    public = [getattr(samples.models, name) for name in samples.models.__all__]
    for kind in public:
        if not (isinstance(kind, type) and issubclass(kind, enum.Enum)):
            continue
        plain, unknown = (str, "not-known-yet") if issubclass(kind, str) else (int, 2**40)
        with offenders.at(kind.__name__):
            known: list[Any] = [decode(kind | plain, member.value) for member in kind]
            assert known == list(kind)
            assert all(type(member) is kind for member in known)
            assert type(decode(kind | plain, unknown)) is plain
            assert decode(kind | plain, unknown) == unknown
            assert [to_json(member) for member in kind] == [member.value for member in kind]
    offenders.check()


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
