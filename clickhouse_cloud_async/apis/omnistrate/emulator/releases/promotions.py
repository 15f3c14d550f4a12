"""Promotions: copies of an environment's released versions to the ones that follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.ids import now
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import timer
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.copies import copy_content
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import (
    first,
    having,
    peek,
    tiers_of,
)
from clickhouse_cloud_async.emulation.problems import conflict

from .releases import OPEN, activate, add_version, content_at, versions_of

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

SECONDS: Final = 60.0
"""Duration of a promotion (deduced)."""

_TIMER = "promotion"


def promotion_status(world: World, source: str) -> list[JsonObject]:
    """Return for each environment that follows another one whether it has the released versions."""
    return [
        {
            "targetEnvironmentID": target["id"],
            "status": "IN_SYNC" if is_in_sync(world, source, target) else "OUT_OF_SYNC",
        }
        for target in having(world, "environments", sourceEnvironmentId=source)
    ]


def is_in_sync(world: World, source: str, target: JsonObject) -> bool:
    """Return whether an environment has all released versions of its source."""
    promoted: dict[str, str] = target.get("_promoted", {})
    return promoted == {
        tier["id"]: version["version"]
        for _, tier in tiers_of(world, source)
        for version in _released(world, tier["id"])[:1]
    }


def begin(world: World, source: str) -> None:
    """Start the promotion of the released versions of an environment.

    Raises:
        Problem: 409 while an earlier promotion is in progress.
    """
    if world.timers.due_at(("environments", source), _TIMER) is not None:
        raise conflict("the operation is already in progress")
    world.timers.set(("environments", source), _TIMER, world.elapsed + SECONDS)


@timer(_TIMER)
def _promote(place: Place, path: Path) -> None:
    """Copy the newest released version of each product tier to the environments that follow."""
    world, source = place.world, path[-1]
    for target in list(having(world, "environments", sourceEnvironmentId=source)):
        document = world.store.document(("environments", target["id"]))
        document["_promoted"] = {}
        for model, tier in list(tiers_of(world, source)):
            for version in _released(world, tier["id"])[:1]:
                _copy(world, target, model, version)
                document["_promoted"][tier["id"]] = version["version"]


def _released(world: World, tier: str) -> list[JsonObject]:
    return [version for version in versions_of(world, tier) if version["status"] in OPEN]


def _copy(world: World, target: JsonObject, model: JsonObject, version: JsonObject) -> None:
    """Copy a version to the product tier with the same key, and release it there."""
    content = content_at(world, version["productTierId"], version["version"])
    tier = copy_content(world, content, _model_in(world, target, model))
    if all(known["version"] != version["version"] for known in versions_of(world, tier["id"])):
        copied = add_version(
            world,
            tier["id"],
            kind="UserDefined",
            status="Active",
            user=version.get("createdBy", ""),
            name=version["version"],
        )
        copied |= {"type": version["type"], "name": version["name"], "createdAt": now(world)}
        activate(world, copied, is_preferred=version["status"] == "Preferred")


def _model_in(world: World, environment: JsonObject, model: JsonObject) -> JsonObject:
    """Return the service model of an environment with the same key as another one."""
    env, org = environment["id"], environment["_org"]
    service = {"serviceId": environment["serviceId"]}
    api = first(world, "service-apis", serviceEnvironmentId=env)
    if api is None:
        source = peek(world, "service-apis", model["serviceApiId"])
        fields = {"serviceEnvironmentId": env, "description": source["description"]}
        api = tree.add(world, "service-apis", org, {**fields, **service})
    found = first(world, "models", serviceApiId=api["id"], key=model["key"])
    if found is not None:
        return found
    names = ("name", "description", "modelType", "accountConfigIds", "features")
    fields = {name: model[name] for name in names if name in model}
    return tree.add(world, "models", org, {**fields, **service, "serviceApiId": api["id"]})
