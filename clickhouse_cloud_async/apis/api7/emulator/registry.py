"""The functions that make up this API: what answers operations, and what happens by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.emulation.registry import Registry

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

    from .call import Call


@attrs.frozen
class Place:
    """What timers act on: the whole world, since ids are unique in all of it."""

    world: World


def _place_at(world: World, _path: Path) -> Place:
    return Place(world)


REGISTRY: Registry[Call, Place] = Registry(_place_at, "application")

operation = REGISTRY.operation
page = REGISTRY.page
