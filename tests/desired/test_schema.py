"""The JSON Schema of documents says the same as the reader of documents."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, meta

from clickhouse_cloud_async.apis.clickhouse.resources.kinds import KINDS
from clickhouse_cloud_async.desired.entry import Text
from clickhouse_cloud_async.desired.external import Inputs
from clickhouse_cloud_async.desired.kinds import Kinds
from clickhouse_cloud_async.desired.loading import load
from clickhouse_cloud_async.desired.reading import read_text
from clickhouse_cloud_async.desired.schema import schema_of
from clickhouse_cloud_async.desired.validation import DescriptionError, ErrorCollector

from .random_documents import documents
from .toys import INPUTS, TOYS

if TYPE_CHECKING:
    from clickhouse_cloud_async.desired.kind import Kind


def _of_types_alone(kind: Kind[Any]) -> Kind[Any]:
    """Return a kind without what it says of values beyond their types."""
    bare = copy.copy(kind)
    bare.check = lambda *_: None  # type: ignore[method-assign]
    return bare


EVERY = Kinds([*map(_of_types_alone, KINDS)])
SCHEMAS = {"toys": schema_of(TOYS, "toys"), "every": schema_of(EVERY, "every")}
VALIDATORS = {
    "toys": (TOYS, Draft202012Validator(SCHEMAS["toys"])),
    "every": (EVERY, Draft202012Validator(SCHEMAS["every"])),
}


def _loads(kinds: Kinds, document: object) -> bool:
    try:
        load(kinds, [Text(copy.deepcopy(document), ErrorCollector())], INPUTS)
    except DescriptionError:
        return False
    return True


def _agree(kinds: Kinds, validator: Draft202012Validator, document: Any) -> bool:
    """Return whether a document is right, on which both have to agree."""
    found = [each.message for each in validator.iter_errors(document)]
    assert _loads(kinds, document) == (not found), found
    return not found


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas(name: str) -> None:
    """The schemas keep to the draft that they name."""
    meta.validate(SCHEMAS[name])


@pytest.mark.parametrize("name", VALIDATORS)
@settings(max_examples=40)
@given(data=st.data())
def test_what_loads_is_valid(name: str, data: st.DataObject) -> None:
    """A document whose types are right is right to both."""
    kinds, validator = VALIDATORS[name]
    assert _agree(kinds, validator, data.draw(documents(kinds)))


@pytest.mark.parametrize("name", VALIDATORS)
@settings(max_examples=40)
@given(data=st.data())
def test_what_is_invalid_does_not_load(name: str, data: st.DataObject) -> None:
    """Whatever one value is replaced by, both say the same of the document."""
    kinds, validator = VALIDATORS[name]
    document = data.draw(documents(kinds).filter(lambda each: any(_places(each, kinds))))
    container, key = data.draw(st.sampled_from(list(_places(document, kinds))))
    container[key] = data.draw(st.sampled_from([5, True, None, [], {}, "word", [{}], {"none": 1}]))
    _agree(kinds, validator, document)


def _places(document: dict[str, Any], kinds: Kinds) -> list[tuple[Any, Any]]:
    """Return each field of each resource but its key, as a container and a key within it."""
    return [
        (resource, field)
        for kind in kinds
        for resource in document.get(kind.name, ())
        for field in resource
        if field not in kind.key
    ]


@pytest.mark.parametrize(
    "document",
    [
        {
            "fleet": "x",
            "shops": [
                {"name": "${each.key}", "for_each": {"a": [1]}, "floors": "${each.value}"},
                {"name": "x-${each}", "for_each": [1, 2], "staff": "${each}"},
            ],
        },
        {"fleet": "x", "shops": [{"name": "a", "staff": "${shelves.b.width}"}]},
        {"fleet": "x", "shops": [{"id": "7"}], "prune": ["shops"]},
        {"fleet": "x", "defaults": {"shops": {"size": "small"}, "shelves": {"shop": "a"}}},
        {"fleet": "x", "shops": [{"name": "a", "entrance": {"lock": "none", "extra": {"a": 1}}}]},
    ],
)
def test_what_stands_for_values(document: dict[str, Any]) -> None:
    """References, repetition and defaults are known to both."""
    kinds, validator = VALIDATORS["toys"]
    validator.validate(document)
    text = Text(copy.deepcopy(document), ErrorCollector())
    load(kinds, [text], INPUTS)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"fleet": 5},
        {"fleet": "x", "shop": []},
        {"fleet": "x", "shops": {}},
        {"fleet": "x", "shops": [{"name": "a", "sice": "small"}]},
        {"fleet": "x", "shops": [{"name": "a", "size": "huge"}]},
        {"fleet": "x", "shops": [{"name": "a", "till": {"env": "A", "file": "b"}}]},
        {"fleet": "x", "shops": [{"name": "a", "entrance": {"lock": "magic"}}]},
        {"fleet": "x", "shops": [{"size": "small"}]},
        {"fleet": "x", "defaults": {"shops": {"name": "a"}}},
        {"fleet": "x", "prune": ["shop"]},
    ],
)
def test_mistakes(document: object) -> None:
    """What is wrong with the form of a document is wrong to both."""
    kinds, validator = VALIDATORS["toys"]
    assert not _agree(kinds, validator, document)


def test_descriptions() -> None:
    """Editors show what fields are for."""
    shop = schema_of(TOYS, "A town")["properties"]["shops"]["items"]["properties"]
    assert shop["staff"]["description"] == "How many work in it, or how many at least and at most."
    assert shop["branches"]["description"] == "Names of shops, or one of them."
    assert shop["till"]["anyOf"][0] == {"type": "string", "writeOnly": True}


def test_file() -> None:
    """The schema is that of a file as it is read."""
    text = read_text("fleet: x\nshops: [{name: a, tags: {b: }, floors: [1, 2.5]}]", "f")
    VALIDATORS["toys"][1].validate(text.value)
    load(TOYS, [text], Inputs())
