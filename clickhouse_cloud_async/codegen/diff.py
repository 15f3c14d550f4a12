"""What a contract holds, item by item: to count it and to tell two contracts apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


@attrs.frozen(order=True)
class Item:
    """One named fact of a contract."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@attrs.frozen
class Difference:
    """What one contract has more and less than another."""

    added: tuple[Item, ...]
    removed: tuple[Item, ...]

    def lines(self) -> list[str]:
        """One line an item, removals first."""
        return [*(f"- {item}" for item in self.removed), *(f"+ {item}" for item in self.added)]


def inventory(contract: Json) -> set[Item]:
    """Every operation, parameter, schema, field and enum value of a contract."""
    return set(_items(contract))


def difference(new: Json, present: Json) -> Difference:
    """List what importing `new` over `present` adds and removes."""
    after, before = inventory(new), inventory(present)
    return Difference(tuple(sorted(after - before)), tuple(sorted(before - after)))


def _items(contract: Json) -> Iterator[Item]:
    for name, operation in contract["operations"].items():
        yield Item("operation", name)
        for parameter in operation.get("parameters", ()):
            where = f"{name}.{parameter['in']}.{parameter['name']}"
            yield Item("parameter", where)
            yield from _schema_items(parameter["schema"], where)
        for media, schema in operation.get("body", {}).get("content", {}).items():
            yield Item("body", f"{name} {media}")
            yield from _schema_items(schema, f"{name}.body")
        for status, response in operation["responses"].items():
            yield Item("response", f"{name} {status}")
            for schema in response.get("content", {}).values():
                yield from _schema_items(schema, f"{name}.{status}")
    for name, schema in contract["schemas"].items():
        yield Item("schema", name)
        yield from _schema_items(schema, name)


def _schema_items(schema: Any, where: str) -> Iterator[Item]:
    if not isinstance(schema, dict):
        return
    for value in schema.get("enum", ()):
        yield Item("enum value", f"{where} = {value!r}")
    for name, child in schema.get("properties", {}).items():
        yield Item("field", f"{where}.{name}")
        yield from _schema_items(child, f"{where}.{name}")
    yield from _schema_items(schema.get("items"), f"{where}[]")
    yield from _schema_items(schema.get("additionalProperties"), f"{where}{{}}")
    for key in ("oneOf", "anyOf", "allOf"):
        for index, child in enumerate(schema.get(key, ())):
            yield from _schema_items(child, f"{where}|{index}")
