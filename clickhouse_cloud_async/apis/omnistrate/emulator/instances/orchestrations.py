"""Orchestrations: several instances, deployed in the order of their dependencies.

The format of the platform's documents is not known. The emulator reads a mapping whose
``services`` are named deployments: each has the seven keys of an address, a ``subscriptionId``,
``requestParams`` if it takes any, and ``dependsOn`` with the names of others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.omnistrate.emulator.ids import new_id, now
from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import REGISTRY
from clickhouse_cloud_async.apis.omnistrate.emulator.states import ORCHESTRATIONS
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.homes import ADDRESS
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having, peek
from clickhouse_cloud_async.emulation.json_values import is_array, is_object
from clickhouse_cloud_async.emulation.problems import Problem, bad_request, conflict
from clickhouse_cloud_async.emulation.store import public
from clickhouse_cloud_async.emulation.validation import MismatchError

from . import instances
from .addresses import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World


def create(world: World, user: JsonObject, document: JsonObject) -> JsonObject:
    """Start the deployment of the instances of a document.

    Raises:
        Problem: 400 for a document that cannot be read or has a cycle; also the refusals of the
            creation of an instance.
    """
    services = _services(document)
    key = new_id(world, "so-")
    path = ("orchestrations", key)
    world.store.put(
        path,
        {
            "id": key,
            "createdAt": now(world),
            "updatedAt": now(world),
            "status": "PENDING",
            "_owner": user["id"],
            "_parts": {},
        },
    )
    try:
        _deploy_all(world, user, path, services)
    except Problem:
        world.store.remove(path)
        raise
    return world.store.document(path)


def modify(world: World, user: JsonObject, path: Path, document: JsonObject) -> None:
    """Start to deploy instances that a document adds, and to delete those that it omits.

    Raises:
        Problem: As for `create`, and 409 while an earlier request is in progress.
    """
    orchestration = world.store.document(path)
    if orchestration["status"] in {"PENDING", "DELETING"}:
        raise conflict("an operation is already in progress")
    services = _services(document)
    _deploy_all(world, user, path, services)
    for name, part in list(orchestration["_parts"].items()):
        if name not in services:
            _delete(world, part["instance"])
            del orchestration["_parts"][name]
    orchestration |= {"status": "PENDING", "updatedAt": now(world)}
    orchestration.pop("orchestrationFailedReason", None)
    _advance(Place(world), path)


def delete(world: World, path: Path) -> None:
    """Start the deletion of an orchestration with its instances.

    Raises:
        Problem: 409 while an earlier request is in progress.
    """
    orchestration = world.store.document(path)
    if orchestration["status"] in {"PENDING", "DELETING"}:
        raise conflict("an operation is already in progress")
    for part in orchestration["_parts"].values():
        _delete(world, part["instance"])
    ORCHESTRATIONS.enter(Place(world), path, "DELETING")


def shown(world: World, orchestration: JsonObject) -> JsonObject:
    """Return an orchestration as the API shows it."""
    parts = []
    for name, part in orchestration["_parts"].items():
        instance = world.store.peek(("instances", part["instance"]))
        parts.append(
            {
                "instanceDeploymentAlias": name,
                "instanceId": part["instance"],
                "serviceId": part["service"],
                "subscriptionId": part["subscription"],
                "dependsOnDeployment": part["needs"],
                "status": "DELETED" if instance is None else instance["status"],
            }
        )
    return {**public(orchestration), "ServicesTopology": parts}


@REGISTRY.on_state("instance")
def _instance_changed(place: Place, path: Path, state: str) -> None:
    """Continue the orchestration of an instance when the instance has reached a stable state."""
    if state in {"RUNNING", "READY", "FAILED"}:
        for orchestration in list(having(place.world, "orchestrations", status="PENDING")):
            parts = orchestration["_parts"].values()
            if any(part["instance"] == path[-1] for part in parts):
                _advance(place, ("orchestrations", orchestration["id"]))


def _advance(place: Place, path: Path) -> None:
    """Deploy the next instances, and record whether all are deployed."""
    world = place.world
    orchestration = world.store.document(path)
    parts = orchestration["_parts"]
    states = {name: _state(world, part["instance"]) for name, part in parts.items()}
    for name, part in parts.items():
        ready = all(states.get(need) in {"RUNNING", "READY"} for need in part["needs"])
        if states[name] == "PENDING_DEPENDENCY" and ready:
            _begin(place, part["instance"])
    failed = [name for name, state in states.items() if state == "FAILED"]
    if failed:
        reason = f"{', '.join(failed)} could not be deployed"
        orchestration |= {"status": "FAILED", "updatedAt": now(world)}
        orchestration["orchestrationFailedReason"] = reason
    elif all(state in {"RUNNING", "READY"} for state in states.values()):
        orchestration |= {"status": "RUNNING", "updatedAt": now(world)}


def _begin(place: Place, key: str) -> None:
    instance = place.world.store.document(("instances", key))
    tier = peek(place.world, "tiers", instance["_tierId"])
    resource = peek(place.world, "resources", instance["resourceID"])
    instances.machine_of(tier, resource).enter(place, ("instances", key), "PENDING")


def _state(world: World, key: str) -> str:
    instance = world.store.peek(("instances", key))
    return "DELETED" if instance is None else str(instance["status"])


def _deploy_all(
    world: World, user: JsonObject, path: Path, services: Mapping[str, JsonObject]
) -> None:
    """Deploy the missing instances of an orchestration: all of them or, after a failure, none."""
    parts = world.store.document(path)["_parts"]
    new = [name for name in _order(services) if name not in parts]
    try:
        for name in new:
            _deploy(world, user, path, name, services[name])
    except Problem:
        for name in new:
            if name in parts:
                world.store.remove(("instances", parts.pop(name)["instance"]))
        raise


def _deploy(
    world: World, user: JsonObject, path: Path, name: str, service: Mapping[str, Any]
) -> None:
    target = resolve(world, service)
    wanted = service.get("subscriptionId")
    subscription = instances.subscription_of(
        world, user, target, None if wanted is None else str(wanted), writing=True
    )
    schema = world.contract.schemas["CreateResourceInstanceRequest"]
    said = {field: service[field] for field in schema["properties"] if field in service}
    try:
        body = world.validator.check(schema, said, ("services", name))
    except MismatchError as mismatch:
        raise bad_request(str(mismatch)) from mismatch
    needs = [str(each) for each in service.get("dependsOn", ())]
    made = instances.create(world, target, subscription, user, body, waits=bool(needs))
    parts = world.store.document(path)["_parts"]
    parts[name] = {
        "instance": made["id"],
        "service": target.service["id"],
        "subscription": subscription["id"],
        "needs": needs,
    }


def _delete(world: World, key: str) -> None:
    instance = world.store.find(("instances", key))
    if instance is not None and instance["status"] != "DELETING":
        instances.interrupt(Place(world), key, "DELETING")


def _services(document: JsonObject) -> dict[str, JsonObject]:
    """Return the deployments of a document by their names."""
    services = document.get("services")
    if not is_object(services) or not services:
        raise bad_request("services: must be a mapping with at least one deployment")
    for name, service in services.items():
        if not is_object(service):
            raise bad_request(f"services.{name}: must be a mapping")
        for key in (part[1:-1] for part in ADDRESS):
            if not isinstance(service.get(key), str):
                raise bad_request(f"services.{name}.{key}: must be text")
        needs = service.get("dependsOn", [])
        names = list(services)  # in which anything may be looked for, even what is not text
        if not is_array(needs) or any(need not in names for need in needs):
            raise bad_request(f"services.{name}.dependsOn: must name deployments of the document")
    return services


def _order(services: Mapping[str, JsonObject]) -> list[str]:
    """Return the names of deployments, each after its dependencies.

    Raises:
        Problem: 400 for a cycle.
    """
    ordered: list[str] = []
    waiting = list(services)
    while waiting:
        ready = [n for n in waiting if set(services[n].get("dependsOn", ())) <= set(ordered)]
        if not ready:
            raise bad_request(f"services: {', '.join(waiting)} depend on each other")
        ordered += ready
        waiting = [name for name in waiting if name not in ready]
    return ordered
