"""A comparison of two contracts names every change, and nothing else."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from clickhouse_cloud_async.codegen.diff import difference
from clickhouse_cloud_async.codegen.importer import import_document, read_document

from .foreign import SPECIFICATION
from .mutations import MUTATIONS, mutate

DOCUMENT = read_document(SPECIFICATION)


def fresh() -> dict[str, Any]:
    """The tests' own specification, to change at will: nothing in it stands in two places."""
    copied: dict[str, Any] = json.loads(json.dumps(DOCUMENT))
    return copied


@pytest.mark.parametrize("seed", range(200))
def test_every_change_is_named_and_nothing_else(seed: int) -> None:
    """A specification that was changed in a random way differs in that and in nothing else."""
    chance = random.Random(seed)  # noqa: S311 - only has to be arbitrary
    before, changed = import_document(fresh()), fresh()
    expected = mutate(changed, chance)
    found = difference(import_document(changed), before).changes
    back = difference(before, import_document(changed)).changes
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}

    assert {(each.action, each.kind, each.place) for each in found} == expected
    assert {(opposite[each.action], each.kind, each.place) for each in back} == expected


def test_random_changes_are_of_all_kinds() -> None:
    """The seeds reach every kind of change."""
    kinds = {random.Random(seed).choice(MUTATIONS) for seed in range(200)}  # noqa: S311 - as above

    assert kinds == set(MUTATIONS)


def test_values_before_and_after() -> None:
    """A change shows both values; a number is the same however it is written."""
    changed = fresh()
    changed["components"]["schemas"]["BookChanges"]["properties"]["title"]["maxLength"] = 81
    same = fresh()
    same["components"]["schemas"]["BookChanges"]["properties"]["title"]["maxLength"] = 80.0
    before = import_document(fresh())

    assert difference(import_document(changed), before).lines() == [
        "~ maxLength BookChanges.title: 80 -> 81"
    ]
    assert difference(import_document(same), before).lines() == []


def test_order_of_variants_does_not_matter() -> None:
    """Variants are told apart by name, so that one more changes nothing about the others."""
    books = {"oneOf": [{"$ref": "#/components/schemas/Book"}]}
    more = {"oneOf": [{"$ref": "#/components/schemas/Rating"}, *books["oneOf"]]}
    before, after = fresh(), fresh()
    before["components"]["schemas"]["Thing"] = books
    after["components"]["schemas"]["Thing"] = more

    assert difference(import_document(after), import_document(before)).lines() == [
        "+ variant Thing|Rating"
    ]
