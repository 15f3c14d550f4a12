"""Releases of single configurations, and their rollouts to running instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from clickhouse_cloud_async.apis.omnistrate.emulator.instances.instances import CHANGE
from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import REGISTRY
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having, peek
from clickhouse_cloud_async.emulation.problems import conflict, not_found
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.transitions import GONE, Transition

from .releases import parts_of, place, versions_of

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

_FIELDS: Final = {"infra-configs": "infraConfigId", "image-configs": "imageConfigId"}


def release_config(world: World, collection: str, key: str, tier: str | None) -> None:
    """Release the current configuration in the newest version of each product tier.

    Args:
        world: The emulator's documents and time.
        collection: ``infra-configs`` or ``image-configs``.
        key: Id of the configuration.
        tier: The only product tier to release it in; None for all that use it.
    """
    parts = [(collection, key)] if collection == "image-configs" else list(parts_of(world, key))
    for used in {resource["productTierId"] for resource in _users(world, collection, key)}:
        versions = versions_of(world, used) if tier in {None, used} else []
        for version in versions[:1]:
            path = (*place(used, version["version"]), "content", "all")
            content = world.store.document(path)
            for kind, part in parts:
                copied = orjson.loads(orjson.dumps(peek(world, kind, part)))
                content.setdefault(kind, {})[part] = copied
            for instance in list(having(world, "instances", _tierId=used)):
                world.store.document(("instances", instance["id"]))  # it shows its ports


def begin(world: World, collection: str, key: str) -> None:
    """Start the rollout of a configuration to the instances that use it.

    Raises:
        Problem: 409 while an earlier rollout is in progress.
    """
    path = ("rollouts", key)
    if world.store.peek(path) is not None:
        raise conflict("an operation is already in progress: the rollout is not over yet")
    world.store.put(path, {"_collection": collection})
    _ROLLOUTS.enter(Place(world), path, "PENDING")


def status(world: World, key: str) -> str:
    """Return the state of a configuration's rollout.

    Raises:
        Problem: 404 if none is in progress.
    """
    rollout = world.store.peek(("rollouts", key))
    if rollout is None:
        raise not_found(f"the rollout of {key}")
    state: str = rollout["status"]
    return state


def _entered(scope: Place, path: Path, state: str) -> None:
    """Change the running instances when the state of the rollout changes."""
    if state != "RUNNING":
        return
    world = scope.world
    collection = world.store.document(path)["_collection"]
    for resource in _users(world, collection, path[-1]):
        for instance in list(having(world, "instances", resourceID=resource["id"])):
            if instance["status"] == "RUNNING":
                CHANGE.enter(scope, ("instances", instance["id"]), "DEPLOYING")


def _users(world: World, collection: str, key: str) -> list[JsonObject]:
    return list(having(world, "resources", **{_FIELDS[collection]: key}))


_ROLLOUTS: StateMachine[Any] = StateMachine(
    REGISTRY,
    "rollout",
    {"PENDING": Transition("RUNNING", 10.0), "RUNNING": Transition(GONE, 330.0)},
    field="status",
    entered=_entered,
)
