"""The stored objects of everything that needs no rules of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.emulator import presets
from clickhouse_cloud_async.emulator.clock import START, timestamp
from clickhouse_cloud_async.emulator.layout import Layout
from clickhouse_cloud_async.emulator.problems import not_found
from clickhouse_cloud_async.emulator.randomness import seeded
from clickhouse_cloud_async.emulator.router import is_parameter
from clickhouse_cloud_async.emulator.sampling import Sampler
from clickhouse_cloud_async.emulator.shaping import Shaper, schema_name

if TYPE_CHECKING:
    from random import Random

    from clickhouse_cloud_async.core.contract import Contract, Schema
    from clickhouse_cloud_async.emulator.clock import Clock
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.layout import Collection, Template
    from clickhouse_cloud_async.emulator.validation import Validator

Path = tuple[str, ...]
"""A concrete path as decoded segments."""


class Resources:
    """Objects by path, made up from the contract when they are first looked at.

    Args:
        contract: What objects look like.
        validator: Says what fits a schema.
        clock: Gives the times of creation and change.
        seed: What made-up objects depend on, together with their path.

    Attributes:
        singles: What stands at paths that are neither collections nor items.
    """

    def __init__(self, contract: Contract, validator: Validator, clock: Clock, seed: int) -> None:
        self.contract = contract
        self.layout: Layout = Layout(contract)
        self.random: Random = seeded(seed, "created")
        self._clock = clock
        self._seed = seed
        self._validator = validator
        self._collections: dict[Path, dict[str, JsonObject]] = {}
        self.singles: dict[Path, Any] = {}
        self.sampler: Sampler = Sampler(contract, self.random, START)
        self.shaper: Shaper = Shaper(contract, validator, self.sampler)

    def collection(self, template: Template, path: Path) -> dict[str, JsonObject]:
        """The items of a collection by id; changes to it last."""
        if path not in self._collections:
            self._collections[path] = self._seeded_items(self.layout.collections[template], path)
        return self._collections[path]

    def item(self, template: Template, path: Path) -> JsonObject:
        """An item of a collection.

        Args:
            template: Path template of the item.
            path: Its path.

        Raises:
            Problem: 404 where the item is not there.
        """
        items = self.collection(template[:-1], path[:-1])
        if path[-1] not in items:
            raise not_found(f"{template[-1][1:-1].removesuffix('Id')} {path[-1]}")
        return items[path[-1]]

    def add(
        self,
        template: Template,
        path: Path,
        body: JsonObject,
        body_schema: Schema,
        **given: object,
    ) -> JsonObject:
        """Create an item and put it at the end of its collection.

        Args:
            template: Path template of the collection.
            path: Its path.
            body: What the request asks for.
            body_schema: Schema of the body.
            **given: Properties that are known in another way.
        """
        collection = self.layout.collections[template]
        item = self.create(
            collection.schema, body, body_schema, **from_path(template, path), **given
        )
        self.collection(template, path)[str(item[collection.id_property])] = item
        return item

    def create(
        self, schema: Schema, body: JsonObject, body_schema: Schema, **given: object
    ) -> JsonObject:
        """Make an object that is new now, without storing it."""
        now = timestamp(self._clock.now())
        known = {"createdAt": now, "updatedAt": now, **presets.CREATED.get(schema_name(schema), {})}
        return self.shaper.create(schema, body, body_schema, known | given)

    def change(self, schema: Schema, item: JsonObject, changes: JsonObject) -> None:
        """Lay changes over a stored object."""
        item.update(self.shaper.merge(schema, item, changes))
        if "updatedAt" in item:
            item["updatedAt"] = timestamp(self._clock.now())

    def replace(
        self, schema: Schema, item: JsonObject, body: JsonObject, body_schema: Schema
    ) -> None:
        """Put a body in the place of what a stored object says."""
        replaced = self.shaper.replace(schema, item, body, body_schema)
        item.clear()
        item.update(replaced)
        if "updatedAt" in item:
            item["updatedAt"] = timestamp(self._clock.now())

    def single(self, template: Template, path: Path) -> Any:
        """What stands at a path that is neither a collection nor an item.

        Raises:
            Problem: 404 where it can be deleted and nobody has put it there.
        """
        if path not in self.singles:
            if self.layout.operation("DELETE", template):
                raise not_found(template[-1])
            self.singles[path] = self.initial(template, path)
        return self.singles[path]

    def initial(self, template: Template, path: Path) -> Any:
        """What stands at a path before anybody changed it."""
        schema = self.layout.result_at(template, "GET") or {}
        sampler = self._sampler(path)
        resolved = self.contract.resolve(schema)
        if resolved.get("type") != "array":
            return sampler.sample(resolved)
        length = presets.LIST_LENGTHS.get(template[-1], 1)
        entries = [sampler.sample(resolved["items"]) for _ in range(length)]
        return sorted(entries, key=_age, reverse=True)

    def drop(self, prefix: Path) -> None:
        """Forget everything below a path."""
        for stored in (self._collections, self.singles):
            for path in [path for path in stored if path[: len(prefix)] == prefix]:
                del stored[path]

    def _sampler(self, path: Path) -> Sampler:
        return Sampler(self.contract, seeded(self._seed, *path), START)

    def _seeded_items(self, collection: Collection, path: Path) -> dict[str, JsonObject]:
        sampler = self._sampler(path)
        count = presets.SEEDED_COUNTS.get(collection.template[-1], 0)
        properties = self.contract.resolve(collection.schema).get("properties", {})
        ids = properties.get(collection.id_property, {}).get("enum", ())
        named: list[dict[str, object]] = [{collection.id_property: item} for item in ids]
        fixed = {
            **presets.SEEDED.get(schema_name(collection.schema), {}),
            **{k: v for k, v in from_path(collection.template, path).items() if k in properties},
        }
        items = [
            {**sampler.sample(collection.schema), **fixed, **known}
            for known in (named if count == presets.ALL else [{} for _ in range(count)])
        ]
        for item in items:
            _finish(item)
        items.sort(key=_age, reverse=True)
        return {str(item[collection.id_property]): item for item in items}


def from_path(template: Template, path: Path) -> dict[str, str]:
    """The values of a path's parameters by name."""
    return {
        name[1:-1]: value for name, value in zip(template, path, strict=True) if is_parameter(name)
    }


def _age(item: Any) -> str:
    moments = (item.get(name) for name in ("startedAt", "timestamp", "createdAt"))
    return next((moment for moment in moments if moment), "")


def _finish(item: JsonObject) -> None:
    """Make the end of something that was made up agree with its beginning and its length."""
    if {"startedAt", "finishedAt", "durationInSeconds"} <= item.keys():
        began = datetime.fromisoformat(item["startedAt"])
        item["finishedAt"] = timestamp(began + timedelta(seconds=item["durationInSeconds"]))
