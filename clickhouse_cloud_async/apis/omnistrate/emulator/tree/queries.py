"""Queries of documents, for reading only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World


def having(world: World, collection: str, **fields: object) -> Iterator[JsonObject]:
    """Yield the documents of a collection with certain values of fields."""
    for document in world.store.collection((collection,)).peek_all().values():
        if all(document.get(name) == value for name, value in fields.items()):
            yield document


def first(world: World, collection: str, **fields: object) -> JsonObject | None:
    """Return the first document of a collection with certain values of fields."""
    return next(having(world, collection, **fields), None)


def peek(world: World, collection: str, key: str) -> JsonObject:
    """Return a document that is known to exist."""
    found = world.store.peek((collection, key))
    assert found is not None, f"{collection} {key} is there"
    return found


def tiers_of(world: World, environment: str) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Yield the product tiers of an environment, each with its service model before it."""
    for api in having(world, "service-apis", serviceEnvironmentId=environment):
        for model in having(world, "models", serviceApiId=api["id"]):
            for tier in having(world, "tiers", serviceModelId=model["id"]):
                yield model, tier
