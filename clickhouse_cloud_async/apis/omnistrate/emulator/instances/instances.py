"""Instances, their transitions and commands."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson

from clickhouse_cloud_async.apis.omnistrate.emulator.access.accounts import WRITERS
from clickhouse_cloud_async.apis.omnistrate.emulator.clouds.cloud_accounts import ACCOUNT
from clickhouse_cloud_async.apis.omnistrate.emulator.clouds.clouds import CLOUDS
from clickhouse_cloud_async.apis.omnistrate.emulator.ids import new_id, now
from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import REGISTRY
from clickhouse_cloud_async.apis.omnistrate.emulator.releases import releases
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having, peek
from clickhouse_cloud_async.emulation.problems import Problem, bad_request, conflict, not_found
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.transitions import GONE, Transition

from . import events, snapshots, units
from .parameters import checked
from .topology import topology

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

    from .addresses import Target

UP: Final = ("RUNNING", "FAILED", "COMPLETE")
"""States in which an instance can be restarted or changed."""

_PHRASES: Final = {
    "COMPLETE": "Instance deployment completed",
    "DEPLOYING": "Instance deployment started",
    "DELETING": "Deleting instance",
    "FAILED": "Instance deployment failed",
    "READY": "Instance deployment completed",
    "RESTARTING": "Restarting instance",
    "RUNNING": "Instance deployment completed",
    "SCALING_DOWN": "Scaling down instance",
    "SCALING_UP": "Scaling up instance",
    "STARTING": "Starting instance",
    "STOPPED": "Instance stopped",
    "STOPPING": "Stopping instance",
    GONE: "Instance deleted",
}


def _entered(place: Place, path: Path, state: str) -> None:
    """Apply the effects of a state, and record an event."""
    world = place.world
    instance = world.store.document(path)
    instance["last_modified_at"] = now(world)
    if state in {"RUNNING", "READY", "COMPLETE"}:
        instance |= {**instance.pop("_pending", {}), "_deployed": True}
        snapshots.begin(world, instance)
    instance["instanceLoadStatus"] = "LOAD_NORMAL" if state == "RUNNING" else "STOPPED"
    instance["active"] = state == "RUNNING"
    if state in _PHRASES:
        events.note(world, instance, _PHRASES[state])


def _machine(variant: str, transitions: Mapping[str, Transition]) -> StateMachine[Place]:
    return StateMachine(
        REGISTRY, "instance", transitions, field="status", entered=_entered, variant=variant
    )


CREATION: Final = _machine(
    "",
    {"PENDING": Transition("DEPLOYING", 60.0), "DEPLOYING": Transition("RUNNING", 540.0)},
)
FREE_CREATION: Final = _machine(
    "free",
    {"PENDING": Transition("DEPLOYING", 10.0), "DEPLOYING": Transition("RUNNING", 110.0)},
)
JOB_CREATION: Final = _machine(
    "job",
    {"PENDING": Transition("DEPLOYING", 60.0), "DEPLOYING": Transition("COMPLETE", 540.0)},
)
ACCOUNT_CONNECTION: Final = _machine(
    "account",
    {
        "PENDING": Transition("DEPLOYING", 10.0),
        "DEPLOYING": Transition("READY", 50.0),
        "CONNECTING": Transition("READY", 120.0),
        "DISCONNECTING": Transition("DISCONNECTED", 120.0),
    },
)
CHANGE: Final = _machine("change", {"DEPLOYING": Transition("RUNNING", 300.0)})
FAILOVER: Final = _machine(
    "failover",
    {
        "DEPLOYING": Transition("RUNNING", 180.0),
        "RESTARTING": Transition("RUNNING", 180.0),
    },
)
COMMAND: Final = _machine(
    "command",
    {
        "STARTING": Transition("RUNNING", 180.0),
        "STOPPING": Transition("STOPPED", 120.0),
        "RESTARTING": Transition("RUNNING", 180.0),
        "SCALING_UP": Transition("RUNNING", 300.0),
        "SCALING_DOWN": Transition("RUNNING", 300.0),
        "DELETING": Transition(GONE, 300.0),
    },
)
"""State machines of commands; typical durations are deduced."""

_MACHINES: Final = (
    CREATION,
    FREE_CREATION,
    JOB_CREATION,
    ACCOUNT_CONNECTION,
    CHANGE,
    FAILOVER,
    COMMAND,
)

_PASSING: Final = frozenset(
    ("PENDING_DEPENDENCY", "PENDING", "CONNECTING", "DISCONNECTING", "DEPLOYING", "UPLOADING")
) | frozenset(COMMAND.transitions)


def require(instance: JsonObject, *states: str) -> None:
    """Check that a command is possible in the state of an instance.

    Raises:
        Problem: 409 during a transition, or in a state that does not allow it.
    """
    state = instance["status"]
    if state in states:
        return
    if state in _PASSING:
        raise conflict(f"an operation is already in progress: the instance is {state}")
    raise conflict(f"the instance is {state}, and must be {' or '.join(states)}")


def interrupt(place: Place, key: str, state: str) -> None:
    """Set the state of an instance to one of `COMMAND`, regardless of its transition.

    Args:
        place: The emulator's documents and time.
        key: Id of the instance.
        state: The state.
    """
    path = ("instances", key)
    for machine in _MACHINES:
        machine.leave(place, path)
    COMMAND.enter(place, path, state)


def create(  # noqa: PLR0913 - what is known of a new instance
    world: World,
    target: Target,
    subscription: JsonObject,
    user: JsonObject,
    body: Mapping[str, Any],
    *,
    source: JsonObject | None = None,
    waits: bool = False,
) -> JsonObject:
    """Start the creation of an instance.

    Args:
        world: The emulator's documents and time.
        target: The resources of its address.
        subscription: Its subscription.
        user: The user who creates it.
        body: The body of the request.
        source: The instance from which it is restored; None for a new one.
        waits: Whether it waits for other instances before it is deployed.

    Raises:
        Problem: 400 for contradicting values, 404 for a missing resource, 409 for an action that
            is not possible now.
    """
    tier, resource = target.tier, target.resource
    _check_possible(world, target, subscription)
    version = _version(world, tier["id"], body.get("productTierVersion"))
    cloud, region = _place_of(world, target, body)
    network = _network(world, user, body.get("custom_network_id"), cloud, region)
    content = check_holds(world, version, resource["id"])
    values = checked(content, resource["id"], body.get("requestParams"))
    moment = now(world)
    instance: JsonObject = {
        "id": new_id(world, "instance-"),
        "resourceID": resource["id"],
        "subscriptionId": subscription["id"],
        "cloud_provider": cloud,
        "region": region,
        "network_type": body.get("network_type", "PUBLIC"),
        "created_at": moment,
        "last_modified_at": moment,
        "createdByUserId": user["id"],
        "createdByUserName": user["name"],
        "tierVersion": version["version"],
        "result_params": values,
        "customTags": body.get("customTags", []),
        "resourceInstanceMetadata": {
            "deletionProtection": bool(tier.get("enableDeletionProtection")),
            "customTags": body.get("customTags", []),
        },
        "_tierId": tier["id"],
        "_serviceId": target.service["id"],
        "_environmentId": target.environment["id"],
        "_environmentType": target.environment["type"],
        "_resourceName": resource["name"],
    } | _sizes(content, resource["id"])
    if network is not None:
        names = ("id", "name", "cidr")
        instance["customNetworkDetail"] = {n: network[n] for n in names if n in network}
        instance["_networkId"] = network["id"]
    if source is not None:
        instance["sourceSnapshotID"] = source.get("snapshotId", "")
    path = ("instances", instance["id"])
    world.store.put(path, instance)
    units.prepare(world, target.model, cloud, region)
    events.note(world, instance, "Instance creation requested", user)
    machine_of(tier, resource).enter(
        Place(world), path, "PENDING_DEPENDENCY" if waits else "PENDING"
    )
    return instance


def check_holds(world: World, version: JsonObject, resource: str) -> releases.Content:
    """Return the resource in a version, which must have it.

    Raises:
        Problem: 409 if it does not.
    """
    content = releases.content_at(world, version["productTierId"], version["version"])
    if not releases.part_of(content, "resources", resource):
        raise conflict(f"version {version['version']} of the product tier lacks the resource")
    return content


def machine_of(tier: JsonObject, resource: JsonObject) -> StateMachine[Place]:
    """Return the states of a starting instance; it is deduced that free tiers are faster."""
    if resource["id"].startswith(ACCOUNT):
        return ACCOUNT_CONNECTION
    if "jobConfig" in resource:
        return JOB_CREATION
    return FREE_CREATION if "free" in tier["key"] else CREATION


def view(world: World, key: str) -> JsonObject | orjson.Fragment:
    """Return an instance as the API shows it, encoded and cached until it changes."""
    instances = world.store.collection(("instances",))
    found: orjson.Fragment | None = instances.views.get(key)
    if found is not None:
        return found
    instance = instances.peek(key)
    assert instance is not None, "it was looked for"
    wire = shown(world, instance)
    if world.store.writing:
        return wire
    found = instances.views[key] = orjson.Fragment(orjson.dumps(wire))
    return found


def shown(world: World, instance: JsonObject) -> JsonObject:
    """Return an instance as the API shows it."""
    subscription = peek(world, "subscriptions", instance["subscriptionId"])
    version = world.store.peek(releases.place(instance["_tierId"], instance["tierVersion"]))
    result = {name: value for name, value in instance.items() if name[:1] != "_"}
    result["subscriptionStatus"] = subscription["status"]
    result["detailedNetworkTopology"] = topology(world, instance)
    if version is not None:
        names = ("name", "version", "description")
        result["productTierVersionDetail"] = {n: version[n] for n in names if n in version}
    backups = snapshots.status(world, instance)
    return result | ({"backupStatus": backups} if backups else {})


def _check_possible(world: World, target: Target, subscription: JsonObject) -> None:
    """Check that the subscription allows another instance."""
    tier = target.tier
    if subscription["status"] != "ACTIVE":
        raise conflict(f"the subscription is {subscription['status']}, and must be ACTIVE")
    if tier["isDisabled"]:
        raise conflict("the product tier is disabled")
    most: int = (subscription if "maxNumberOfInstances" in subscription else tier).get(
        "maxNumberOfInstances", -1
    )
    if most >= 0:
        there = sum(1 for _ in having(world, "instances", subscriptionId=subscription["id"]))
        if there >= most:
            raise conflict(f"the subscription allows {most} instances, and has {there}")
    pays = peek(world, "orgs", peek(world, "users", subscription["rootUserId"])["orgId"])
    is_free = subscription.get("allowCreatesWhenPaymentNotConfigured")
    if pays.get("_unpaid") and not (is_free or tier.get("allowCreatesWhenPaymentNotConfigured")):
        raise conflict("a payment method must be configured first")


def _version(world: World, tier: str, wanted: str | None) -> JsonObject:
    """Return the version of a new instance."""
    if wanted is None:
        found = releases.preferred(world, tier)
        if found is None:
            raise conflict("no version of the product tier is released")
        return found
    version = world.store.peek(releases.place(tier, wanted))
    if version is None:
        raise not_found(f"version {wanted} of tier {tier}")
    if version["status"] not in releases.OPEN:
        raise conflict(f"the version {wanted} is {version['status']}")
    return version


def _place_of(world: World, target: Target, body: Mapping[str, Any]) -> tuple[str, str]:
    """Return cloud and region of a new instance, which must be available in the tier."""
    offered = {
        cloud.name: target.tier[cloud.region_field]
        for cloud in CLOUDS.values()
        if target.tier.get(cloud.region_field)
    } or {cloud.name: list(cloud.regions) for cloud in CLOUDS.values()}
    cloud = body.get("cloud_provider") or next(iter(offered))
    if cloud not in offered:
        raise bad_request(f"cloud_provider must be one of {', '.join(offered)}, got {cloud!r}")
    region = body.get("region") or offered[cloud][0]
    if region not in offered[cloud]:
        regions = ", ".join(offered[cloud])
        raise bad_request(f"region must be one of {regions}, got {region!r}")
    accounts = target.model.get("accountConfigIds")
    if accounts and target.model["modelType"] == "OMNISTRATE_HOSTED":
        known = [peek(world, "account-configs", account) for account in accounts]
        if not any(each["status"] == "READY" and each["_cloud"] == cloud for each in known):
            raise conflict(f"no account of the service model in {cloud} is READY")
    return cloud, region


def _network(
    world: World, user: JsonObject, key: str | None, cloud: str, region: str
) -> JsonObject | None:
    """Return the custom network of a new instance, which must be in the same region."""
    if not key:
        return None
    network = world.store.peek(("custom-networks", key))
    if network is None or network["_owner"] != user["id"]:
        raise not_found(f"custom-network {key}")
    if (network["cloudProviderName"], network["cloudProviderRegion"]) != (cloud, region):
        raise bad_request(f"custom_network_id: {key} is not in {region} of {cloud}")
    if network["status"] != "READY":
        raise conflict(f"the custom network is {network['status']}, and must be READY")
    return network


def _sizes(content: releases.Content, resource: str) -> JsonObject:
    """Return the numbers of replicas of a new instance."""
    policy = autoscaling(content, resource)
    if policy is None:
        return {"autoscalingEnabled": False, "currentReplicas": "1", "highAvailability": False}
    least = policy["minReplicas"]
    return {
        "autoscalingEnabled": True,
        "currentReplicas": least,
        "minReplicas": least,
        "maxReplicas": policy["maxReplicas"],
        "highAvailability": least not in {"0", "1"},
    }


def autoscaling(content: releases.Content, resource: str) -> JsonObject | None:
    """Return the scaling policy of a resource; None if it does not scale.

    Bounds that are not whole numbers, such as references to parameters, are ignored.

    Args:
        content: The content of a version of the product tier.
        resource: Id of the resource.
    """
    infra = releases.part_of(
        content,
        "infra-configs",
        releases.part_of(content, "resources", resource).get("infraConfigId"),
    )
    config = releases.part_of(content, "compute-configs", infra.get("computeConfigId"))
    policy: JsonObject | None = config.get("autoscalingPolicy")
    bounds = ("minReplicas", "maxReplicas")
    if policy is None or not all(re.fullmatch(r"[0-9]{1,6}", policy[each]) for each in bounds):
        return None
    return policy


def subscription_of(
    world: World, user: JsonObject, target: Target, wanted: str | None, *, writing: bool
) -> JsonObject:
    """Return the subscription of a call for instances.

    Args:
        world: The emulator's documents and time.
        user: The caller.
        target: The resources of the address.
        wanted: ID of the subscription; None for the caller's default one.
        writing: Whether the call changes something.

    Raises:
        Problem: 428 for an empty id, 404 for a subscription that the caller cannot see or is for
            another product tier, 403 without a role with write access, 400 without a default one.
    """
    if wanted == "":
        raise Problem(HTTPStatus.PRECONDITION_REQUIRED, "a subscription is required")
    tier = target.tier["id"]
    if wanted is None:
        for found in having(world, "subscriptions", productTierId=tier, rootUserId=user["id"]):
            return found
        raise bad_request("subscriptionId: there is no default subscription to the product tier")
    subscription = world.store.peek(("subscriptions", wanted))
    if subscription is None or user["id"] not in subscription["_users"]:
        raise not_found(f"subscription {wanted}")
    if subscription["productTierId"] != tier:
        raise not_found(f"subscription {wanted} of tier {tier}")
    role = subscription["_users"][user["id"]]
    if writing and role not in WRITERS:
        message = f"the role {role} in the subscription does not allow changes"
        raise Problem(HTTPStatus.FORBIDDEN, message)
    return subscription
