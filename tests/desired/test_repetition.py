"""Resources that are described once and made several times."""

from __future__ import annotations

from typing import Any

import pytest

from clickhouse_cloud_async.desired.repetition import repeat
from clickhouse_cloud_async.desired.validation import ErrorCollector


def _repeated(**fields: Any) -> list[dict[str, Any]]:
    errors = ErrorCollector()
    entries = list(repeat(fields, (), errors))
    errors.check()
    return entries


def _mistakes(**fields: Any) -> list[str]:
    errors = ErrorCollector()
    list(repeat(fields, ("pipes", 0), errors))
    return [str(issue) for issue in errors.found]


def test_once() -> None:
    """Without a repetition an entry stands for itself, whatever it says of others."""
    assert _repeated(name="a", text="${each}") == [{"name": "a", "text": "${each}"}]


def test_list() -> None:
    """Each item of a list is put wherever it is named; alone it keeps its type."""
    assert _repeated(
        for_each=[1, "b"], name="x-${each}", port="${each}", tags={"n": ["${ each.key }", 5]}
    ) == [
        {"name": "x-1", "port": 1, "tags": {"n": [1, 5]}},
        {"name": "x-b", "port": "b", "tags": {"n": ["b", 5]}},
    ]


def test_mapping() -> None:
    """A mapping has keys and values, and values may have fields."""
    assert _repeated(
        for_each={"eu": {"region": "eu-central-1", "ids": [1]}},
        name="${each.key}",
        region="${each.value.region}",
        ids="${each.value.ids}",
        whole="${each}",
    ) == [
        {
            "name": "eu",
            "region": "eu-central-1",
            "ids": [1],
            "whole": {"region": "eu-central-1", "ids": [1]},
        }
    ]
    assert _repeated(for_each={}, name="${each}") == []


def test_other_texts_stay() -> None:
    """References and what is written with two dollars are no business of a repetition."""
    assert _repeated(for_each=["a"], text="$${each} ${services.${each}.id} $each") == [
        {"text": "$${each} ${services.a.id} $each"}
    ]


@pytest.mark.parametrize("items", [5, "eu", None, True, [True], [[1]], [None]])
def test_what_is_no_list(items: object) -> None:
    """A repetition takes a list of texts or numbers, or a mapping."""
    assert _mistakes(for_each=items) == [
        "pipes[0].for_each: takes a list of texts or numbers, or a mapping"
    ]


def test_unknown_values() -> None:
    """What an item does not have is a mistake where it is named, once for all items."""
    assert _mistakes(for_each={"a": {"x": 1}, "b": {"x": 2}}, name="${each.value.y}-1") == [
        "pipes[0].name: ${each.value.y} is not there: y is unknown"
    ]
    assert _mistakes(for_each={"a": {"x": 1}}, name="n-${each.value}") == [
        "pipes[0].name: ${each.value} is not text that could stand within another"
    ]
    assert _mistakes(for_each=["a"], name="${each.index}") == [
        "pipes[0].name: ${each.index} is not there: index is unknown"
    ]
