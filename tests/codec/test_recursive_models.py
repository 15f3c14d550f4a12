"""Models that contain themselves: directly, in lists and mappings, and through unions."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 - models read their annotations
from typing import Any, ClassVar

import attrs
import pytest

from clickhouse_cloud_async import InvalidArgumentError, ResponseDecodeError
from clickhouse_cloud_async.core.codec import decode, encode, json_bytes
from clickhouse_cloud_async.core.model import Model, ResponseModel
from clickhouse_cloud_async.core.values import UNSET, Unset


@attrs.define(kw_only=True, repr=False)
class Stage(ResponseModel):
    """A step with steps of its own."""

    name: str | None = None
    next: Stage | None = None
    sub_stages: list[Stage] | None = None
    by_name: dict[str, Stage] | None = None


@attrs.define(kw_only=True, repr=False)
class Comparison(Model):
    """The innermost kind of condition."""

    _tags: ClassVar[Mapping[str, tuple[object, ...]]] = {"type": ("comparison",)}

    field: str
    type: str = "comparison"


@attrs.define(kw_only=True, repr=False)
class AllOf(Model):
    """A condition made of conditions."""

    _tags: ClassVar[Mapping[str, tuple[object, ...]]] = {"type": ("all",)}

    conditions: list[Comparison | AllOf] | Unset = UNSET
    otherwise: Comparison | AllOf | Unset = UNSET
    type: str = "all"


STAGES: dict[str, Any] = {
    "name": "network",
    "next": {"name": "cluster", "next": {"name": "done"}},
    "subStages": [{"name": "vpc", "subStages": [{"name": "subnet"}]}, {"subStages": []}],
    "byName": {"vpc": {"name": "vpc", "byName": {}}},
}
CONDITION: dict[str, Any] = {
    "conditions": [
        {"field": "state", "type": "comparison"},
        {"conditions": [{"field": "region", "type": "comparison"}], "type": "all"},
    ],
    "otherwise": {"otherwise": {"field": "name", "type": "comparison"}, "type": "all"},
    "type": "all",
}


def test_response_is_decoded_at_every_level() -> None:
    """Stages inside fields, lists and mappings of stages become models."""
    stage = Stage.from_dict(STAGES)

    assert stage.to_dict() == STAGES
    assert stage.next is not None
    assert stage.next.next == Stage(name="done")
    assert stage.sub_stages is not None
    assert stage.sub_stages[0].sub_stages == [Stage(name="subnet")]


def test_union_variant_is_recognised_at_every_level() -> None:
    """Conditions inside conditions become the variant that their tag names."""
    condition: AllOf = decode(Comparison | AllOf, CONDITION)

    assert condition.conditions == [
        Comparison(field="state"),
        AllOf(conditions=[Comparison(field="region")]),
    ]
    assert condition.otherwise == AllOf(otherwise=Comparison(field="name"))
    assert condition.to_dict() == CONDITION


@pytest.mark.parametrize("kind", [AllOf, Comparison | AllOf, list[AllOf]])
def test_request_is_encoded_at_every_level(kind: Any) -> None:
    """Models and mappings are sent alike, however deep."""
    model = AllOf.from_dict(CONDITION)
    is_list = kind == list[AllOf]

    assert encode(kind, [model] if is_list else model) == ([CONDITION] if is_list else CONDITION)
    assert encode(kind, [CONDITION] if is_list else CONDITION) == encode(
        kind, [model] if is_list else model
    )


def test_error_names_the_innermost_place() -> None:
    """A wrong value far inside is named with its whole path."""
    with pytest.raises(ResponseDecodeError, match=r"^\$\.subStages\[0\]\.next\.name: expected str"):
        Stage.from_dict({"subStages": [{"next": {"name": 3}}]})

    with pytest.raises(InvalidArgumentError, match=r"^conditions\[0\]\.otherwise\.conditions: "):
        encode(AllOf, {"conditions": [{"type": "all", "otherwise": AllOf(conditions=3)}]})  # type: ignore[arg-type]  # the mistake


def test_depth_beyond_the_stack_is_an_error_of_the_package() -> None:
    """Neither a very deep response nor a mapping that contains itself overflows the stack."""
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"next": deep}
    circle: dict[str, Any] = {"type": "all"}
    circle["otherwise"] = circle

    with pytest.raises(ResponseDecodeError, match="nested too deeply"):
        Stage.from_dict(deep)
    with pytest.raises(InvalidArgumentError, match="contains itself, or is nested too deeply"):
        encode(AllOf, circle)


def test_model_that_contains_itself_has_no_dict() -> None:
    """A circle of models is refused with an error of the package, not with an overflow."""
    circle = AllOf()
    circle.otherwise = circle

    with pytest.raises(InvalidArgumentError, match="contains itself, or is nested too deeply"):
        circle.to_dict()


@pytest.mark.parametrize("indent", [True, False])
def test_any_number_and_depth_can_be_written(*, indent: bool) -> None:
    """JSON is written also where integers are beyond 64 bits or values deeply nested."""
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    document = {"number": int(1e30), "name": "größer", "deep": deep}

    text = json_bytes(document, indent=indent)

    assert json.loads(text) == document
    assert "größer".encode() in text
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidArgumentError, match="nested too deeply"):
        json_bytes(deep, indent=indent)
