"""Makes and changes documents as requests say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.clock import START, timestamp
from clickhouse_cloud_async.emulator.contract import presets
from clickhouse_cloud_async.emulator.contract.sampling import Sampler
from clickhouse_cloud_async.emulator.contract.shaping import Shaper, schema_name
from clickhouse_cloud_async.emulator.router import is_parameter

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import Schema
    from clickhouse_cloud_async.emulator.cloud import Cloud
    from clickhouse_cloud_async.emulator.contract.layout import Template
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.store import Path


class Resources:
    """Documents out of request bodies, as far as the contract says what they look like.

    Args:
        cloud: Where the documents are.

    Attributes:
        shaper: Turns what a request says into what a response says.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        sampler = Sampler(cloud.contract, cloud.random, START)
        self.shaper: Shaper = Shaper(cloud.contract, cloud.validator, sampler)

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
            **given: Properties that are known in another way, those of the emulator included.
        """
        collection = self._cloud.layout.collections[template]
        item = self.create(
            collection.schema, body, body_schema, **from_path(template, path), **given
        )
        self._cloud.store.collection(path)[str(item[collection.id_property])] = item
        return item

    def create(
        self, schema: Schema, body: JsonObject, body_schema: Schema, **given: object
    ) -> JsonObject:
        """Make an object that is new now, without storing it."""
        now = self._now()
        known = {"createdAt": now, "updatedAt": now, **presets.CREATED.get(schema_name(schema), {})}
        hidden = {name: value for name, value in given.items() if name[0] == "_"}
        return self.shaper.create(schema, body, body_schema, known | given) | hidden

    def change(self, schema: Schema, item: JsonObject, changes: JsonObject) -> None:
        """Lay changes over a stored object."""
        item.update(self.shaper.merge(schema, item, changes))
        self.stamp(item)

    def replace(
        self, schema: Schema, item: JsonObject, body: JsonObject, body_schema: Schema
    ) -> None:
        """Put a body in the place of what a stored object says."""
        hidden = {name: value for name, value in item.items() if name[0] == "_"}
        replaced = self.shaper.replace(schema, item, body, body_schema)
        item.clear()
        item.update(replaced, **hidden)
        self.stamp(item)

    def stamp(self, item: JsonObject) -> None:
        """Say that an object was changed now, where it tells."""
        if "updatedAt" in item:
            item["updatedAt"] = self._now()

    def _now(self) -> str:
        return timestamp(self._cloud.clock.moment(self._cloud.elapsed))


def from_path(template: Template, path: Path) -> dict[str, str]:
    """The values of a path's parameters by name."""
    return {
        name[1:-1]: value for name, value in zip(template, path, strict=True) if is_parameter(name)
    }
