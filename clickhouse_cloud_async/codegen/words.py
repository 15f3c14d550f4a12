"""The words of a schema: closed sets, known words of open ones, and names of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.contract import types_of

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import Schema

Words = dict[str | int, str]
"""The name of each value, from which the name of an enum's member is made."""


def words(schema: Schema) -> Words:
    """Return the names of a schema's values, if it becomes an enum; empty otherwise.

    Texts are their own names. Numbers become an enum only where the contract names them.
    """
    names = schema.get("x-value-names")
    if names and "integer" in types_of(schema):
        return {int(value): str(name) for value, name in names.items()}
    texts = closed_texts(schema) or tuple(schema.get("x-known-values", ()))
    found: Words = {text: text for text in texts if isinstance(text, str)}
    return found if len(found) > 1 else {}


def closed_texts(schema: Schema) -> tuple[str, ...]:
    """The only texts that a schema allows, by enum or const; empty where any text will do."""
    values = schema.get("enum", [schema["const"]] if "const" in schema else ())
    return tuple(value for value in values if isinstance(value, str))


def key_of(found: Words) -> frozenset[tuple[str | int, str]]:
    """Return the identity of a schema's enum, equal for schemas with the same one."""
    return frozenset(found.items())
