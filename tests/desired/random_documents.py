"""Random values that documents may have, drawn from the annotations of fields."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import strategies as st

from clickhouse_cloud_async.core.values import Secret
from clickhouse_cloud_async.desired.loading import annotations_of
from clickhouse_cloud_async.desired.shapes import fields_of, shape_of

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.kind import Kind
    from clickhouse_cloud_async.desired.kinds import Kinds

DEPTH = 4
"""How deep values are nested at most, where their types allow it."""

TEXTS = st.text("abc-_/ 019.", min_size=1, max_size=6)

_EXTERNAL = st.sampled_from(
    [{"env": "X"}, {"file": "x", "version": 1}, {"stdin": True, "version": "b"}]
)
_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    UUID: st.uuids().map(str),
    int: st.integers(-5, 500),
    float: st.integers(0, 500) | st.floats(0, 1e6),
    bool: st.booleans(),
    date: st.dates().map(str),
    datetime: st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    Path: TEXTS,
    Secret: TEXTS | _EXTERNAL,
}


def values(annotation: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Return values that an annotation allows."""
    shape = shape_of(annotation)
    choices = [_SCALARS[scalar] for scalar in shape.scalars]
    if shape.words:
        choices.append(st.sampled_from(shape.words))
    if shape.is_nullable:
        choices.append(st.none())
    if depth < DEPTH:
        choices += [models(model, depth + 1) for model in shape.models]
        choices += [_items(values(item, depth + 1)) for item in shape.items]
        choices += [_entries(values(item, depth + 1)) for item in shape.values]
        if shape.is_free:
            choices.append(st.dictionaries(TEXTS, TEXTS | st.integers(), max_size=2))
        if shape.is_secret and not shape.scalars:
            choices.append(st.dictionaries(TEXTS, TEXTS | _EXTERNAL, max_size=2))
    return st.one_of(choices)


def _items(item: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Return lists, which are empty where their items would be too deep."""
    return st.lists(item, max_size=0 if item.is_empty else 2)


def _entries(value: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return mappings, which are empty where their values would be too deep."""
    return st.dictionaries(TEXTS, value, max_size=0 if value.is_empty else 2)


def models(model: type[Model], depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """Return mappings that may stand for a model."""
    fields = fields_of(model)
    tags = {
        name: st.sampled_from(list(model._tags[field.wire]))
        for name, field in fields.items()
        if field.wire in model._tags
    }
    plain = {name: _later(field.type, depth) for name, field in fields.items() if name not in tags}
    required = {name: value for name, value in plain.items() if fields[name].required}
    optional = {name: value for name, value in plain.items() if name not in required}
    return st.fixed_dictionaries({**required, **tags}, optional=optional)


def _later(annotation: Any, depth: int) -> st.SearchStrategy[Any]:
    """Return values that are not looked into before one of them is drawn."""
    return st.deferred(lambda: values(annotation, depth))


def resources(kind: Kind[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return resources of a kind, each with a name that no other has."""
    found_by = {*kind.key, *(() if kind.parent is None else (kind.parent.field,))}
    fields = {
        name: values(annotation)
        for name, annotation in annotations_of(kind).items()
        if name not in found_by
    }
    key = {name: st.uuids().map(str) for name in kind.key}
    # What there is once in each parent is found by the parent alone.
    holder = TEXTS if kind.key else st.uuids().map(str)
    parent = {} if kind.parent is None else {kind.parent.field: holder}
    return st.fixed_dictionaries({**key, **parent}, optional=fields)


def _lists(kind: Kind[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return resources of a kind; of what there is once in an organisation, one at most."""
    is_single = kind.parent is None and not kind.key
    return st.lists(resources(kind), max_size=1 if is_single else 2)


@st.composite
def documents(draw: st.DrawFn, kinds: Kinds) -> dict[str, Any]:
    """Return documents that are right as far as the types of their fields tell."""
    named = draw(st.lists(st.sampled_from(kinds.names), unique=True, min_size=1, max_size=2))
    return {
        "fleet": "x",
        "organization": "here",
        **{name: draw(_lists(kinds[name])) for name in named},
    }
