"""Instances of resources: created, changed, started, stopped and deleted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.call import kept
from clickhouse_cloud_async.apis.omnistrate.emulator.clouds.cloud_accounts import ACCOUNT
from clickhouse_cloud_async.apis.omnistrate.emulator.instances import (
    events,
    instances,
    parameters,
    snapshots,
)
from clickhouse_cloud_async.apis.omnistrate.emulator.instances.addresses import resolve
from clickhouse_cloud_async.apis.omnistrate.emulator.instances.topology import node_ids
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import (
    OPEN,
    content_of_instance,
    part_of,
    place,
    preferred,
)
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having, peek
from clickhouse_cloud_async.emulation.clock import HOUR, moment_at, timestamp
from clickhouse_cloud_async.emulation.moments import read_moment
from clickhouse_cloud_async.emulation.problems import bad_request, conflict, not_found
from clickhouse_cloud_async.emulation.randomness import random_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import orjson

    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.apis.omnistrate.emulator.instances.addresses import Target
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("listAllResourceInstances")
def list_all(call: Call) -> JsonObject:
    """List the instances of all subscriptions that the caller belongs to."""
    wanted = call.query.get("environmentType")
    own = {
        subscription["id"]
        for subscription in having(call.world, "subscriptions")
        if call.user_id in subscription["_users"]
    }
    found = [
        instances.view(call.world, key)
        for key, instance in call.store.collection(("instances",)).peek_all().items()
        if instance["subscriptionId"] in own and wanted in {None, instance["_environmentType"]}
    ]
    return {"resourceInstances": found}


@operation("listResourceInstances")
def list_ids(call: Call) -> JsonObject:
    """List the ids of a resource's instances in a subscription."""
    target, subscription = _subscribed(call)
    found = having(
        call.world,
        "instances",
        resourceID=target.resource["id"],
        subscriptionId=subscription["id"],
    )
    return {"ids": [instance["id"] for instance in found]}


@operation("createResourceInstance")
def create(call: Call) -> JsonObject:
    """Start the creation of an instance."""
    target, subscription = _subscribed(call, writing=True)
    made = instances.create(call.world, target, subscription, call.user, call.body)
    return {"id": made["id"]}


@operation("describeResourceInstance")
def describe(call: Call) -> JsonObject | orjson.Fragment:
    """Show an instance."""
    return instances.view(call.world, _instance(call)["id"])


@operation("deleteResourceInstance")
def delete(call: Call) -> None:
    """Start the deletion of an instance."""
    instance = _instance(call)
    at_rest = ("STOPPED", "READY", "DISCONNECTED", "PENDING_DEPENDENCY")
    instances.require(instance, *instances.UP, *at_rest)
    if instance["resourceInstanceMetadata"].get("deletionProtection"):
        raise conflict("the instance is protected against deletion")
    content = content_of_instance(call.world, instance)
    resource = part_of(content, "resources", instance["resourceID"])
    wants_snapshot = resource.get("backupConfiguration", {}).get("snapshotBeforeDeletion")
    if wants_snapshot and not call.query.get("skipFinalSnapshot"):
        snapshots.take(call.world, instance, region=instance["region"])
    _command(call, instance, "Instance deletion requested", "DELETING")


@operation("updateResourceInstance")
def update(call: Call) -> None:
    """Change an instance."""
    instance = _active(call, _instance(call))
    instances.require(instance, *instances.UP, "INSTALLER_READY")
    content = content_of_instance(call.world, instance)
    wanted = call.body.get("requestParams")
    values = parameters.changes(content, instance["resourceID"], wanted)
    names = ("network_type", "customTags")
    changed = {name: call.body[name] for name in names if name in call.body}
    if values:
        changed["result_params"] = {**instance["result_params"], **values}
    instance["_pending"] = changed
    events.note(call.world, instance, "Instance update requested", call.user)
    instances.CHANGE.enter(call.place, call.path, "DEPLOYING")


@operation("upgradeResourceInstanceVersion")
def upgrade(call: Call) -> None:
    """Start the upgrade of an instance to another version of its product tier."""
    instance = call.store.document(call.path)
    target = resolve(call.world, call.body)
    _check_address(instance, target)
    instances.require(_active(call, instance), "RUNNING", "STOPPED", "INSTALLER_READY")
    wanted = call.body.get("targetVersion")
    version = (
        preferred(call.world, target.tier["id"])
        if wanted is None
        else call.store.peek(place(target.tier["id"], wanted))
    )
    if version is None:
        raise not_found(f"version {wanted} of tier {target.tier['id']}")
    if version["status"] not in OPEN:
        raise conflict(f"the version {version['version']} is {version['status']}")
    instances.check_holds(call.world, version, instance["resourceID"])
    instance["_pending"] = {"tierVersion": version["version"]}
    events.note(call.world, instance, "Instance upgrade requested", call.user)
    instances.CHANGE.enter(call.place, call.path, "DEPLOYING")


@operation("updateResourceInstanceMetadata")
def update_metadata(call: Call) -> None:
    """Change tags and deletion protection of an instance, with immediate effect."""
    instance = _instance(call)
    instance["resourceInstanceMetadata"] |= kept(call.body, "customTags", "deletionProtection")
    if "customTags" in call.body:
        instance["customTags"] = call.body["customTags"]
    instance["last_modified_at"] = call.now


@operation("startResourceInstance")
def start(call: Call) -> None:
    """Start an instance."""
    instance = _active(call, _instance(call))
    instances.require(instance, "STOPPED")
    _command(call, instance, "Instance start requested", "STARTING")


@operation("stopResourceInstance")
def stop(call: Call) -> None:
    """Stop an instance."""
    instance = _instance(call)
    instances.require(instance, "RUNNING")
    _command(call, instance, "Instance stop requested", "STOPPING")


@operation("restartResourceInstance")
def restart(call: Call) -> None:
    """Restart an instance."""
    instance = _active(call, _instance(call))
    instances.require(instance, *instances.UP)
    _command(call, instance, "Instance restart requested", "RESTARTING")


@operation("failoverResourceInstance")
def fail_over(call: Call) -> None:
    """Start a failover of a node."""
    instance = _instance(call)
    instances.require(instance, *instances.UP)
    if call.body["failedReplicaID"] not in node_ids(call.world, instance):
        raise bad_request(f"failedReplicaID: there is no node {call.body['failedReplicaID']}")
    events.note(call.world, instance, "Instance failover requested", call.user)
    action = call.body.get("failedReplicaAction", "FAILOVER_ONLY")
    state = "RESTARTING" if action == "FAILOVER_AND_RESTART" else "DEPLOYING"
    instances.FAILOVER.enter(call.place, call.path, state)


def _scale(sign: int, field: str, state: str) -> Callable[[Call], None]:
    def scale(call: Call) -> None:
        """Start a change of an instance's replicas, within the bounds of its resource."""
        instance = _active(call, _instance(call))
        instances.require(instance, "RUNNING")
        if not instance["autoscalingEnabled"]:
            raise conflict("the resource does not scale")
        wanted = int(instance["currentReplicas"]) + sign * call.body[field]
        least, most = int(instance["minReplicas"]), int(instance["maxReplicas"])
        if call.body[field] < 1 or not least <= wanted <= most:
            raise bad_request(f"the instance has from {least} to {most} replicas, not {wanted}")
        instance["_pending"] = {"currentReplicas": str(wanted)}
        _command(call, instance, "Instance capacity change requested", state)

    return scale


operation("addCapacityToResourceInstance")(_scale(1, "capacityToBeAdded", "SCALING_UP"))
operation("removeCapacityFromResourceInstance")(_scale(-1, "capacityToBeRemoved", "SCALING_DOWN"))


@operation("restoreResourceInstance")
def restore(call: Call) -> JsonObject:
    """Start the creation of another instance from an earlier state of this one."""
    instance, (target, subscription) = _instance(call), _subscribed(call, writing=True)
    own = snapshots.of_instance(call.world, instance)
    wanted = _moment("targetRestoreTime", call.body["targetRestoreTime"])
    before = [each for each in own if _moment("createdTime", each["createdTime"]) <= wanted]
    if not before:
        raise bad_request("targetRestoreTime: lies before the earliest restore time")
    return _restored(call, target, subscription, before[-1], instance)


@operation("restoreResourceInstanceFromSnapshot")
def restore_snapshot(call: Call) -> JsonObject:
    """Start the creation of an instance from a snapshot."""
    target, subscription = _subscribed(call, writing=True)
    snapshot = call.store.peek(("snapshots", call.parameters["snapshotId"]))
    if snapshot is None or snapshot["_resourceId"] != target.resource["id"]:
        raise not_found(f"snapshot {call.parameters['snapshotId']}")
    if snapshot["status"] != "COMPLETE":
        raise conflict(f"the snapshot is {snapshot['status']}, and must be COMPLETE")
    source = call.store.peek(("instances", snapshot["_instanceId"])) or {}
    return _restored(call, target, subscription, snapshot, source)


@operation("listResourceInstanceSnapshots")
def list_snapshots(call: Call) -> JsonObject:
    """List the snapshots of an instance."""
    own = snapshots.of_instance(call.world, _instance(call))
    return {"snapshots": [{n: v for n, v in each.items() if n[:1] != "_"} for each in own]}


@operation("copyResourceInstanceSnapshot")
def copy_snapshot(call: Call) -> JsonObject:
    """Start a copy of a snapshot, by default the newest one, to another region."""
    instance = _instance(call)
    own = snapshots.of_instance(call.world, instance)
    wanted = call.body.get("sourceSnapshotId")
    known = [each for each in own if wanted in {None, each["snapshotId"]}]
    if not known:
        raise not_found(f"snapshot {wanted or 'of instances ' + instance['id']}")
    copy = snapshots.take(
        call.world, instance, region=call.body["targetRegion"], kind="ManualSnapshot"
    )
    copy |= {"_values": known[-1]["_values"], "progress": 0, "completeTime": ""}
    snapshots.COPIES.enter(call.place, ("snapshots", copy["snapshotId"]), "COPYING_SNAPSHOT")
    return {"snapshotId": copy["snapshotId"]}


@operation("addCustomDNSToResourceInstance")
def add_dns(call: Call) -> None:
    """Add the customer's DNS name to an instance, whose record has to point to it."""
    instance = _instance(call)
    if "_dns" in instance:
        raise conflict(f"the instance has the name {instance['_dns']['dnsName']} already")
    name = call.body["customDNS"]
    target = f"{instance['id']}.{instance['region']}.instances.example.com"
    instance["_dns"] = {"dnsName": name, "cnameTarget": target, "status": "PENDING"}


@operation("removeCustomDNSFromResourceInstance")
def remove_dns(call: Call) -> None:
    """Remove the customer's DNS name from an instance."""
    if _instance(call).pop("_dns", None) is None:
        raise not_found("the custom DNS name of the instance")


@operation("generateTokenForDeploymentCellDashboard")
def dashboard_token(call: Call) -> JsonObject:
    """Create a token for the dashboard of an instance's cluster, which is valid for an hour."""
    instance = call.store.document(call.path)
    ends = timestamp(moment_at(call.world.elapsed + HOUR))
    cell = f"hc-{instance['cloud_provider']}{instance['region'].replace('-', '')}"
    token = random_text(call.world.random, 40)
    return {"deploymentCellID": cell, "token": token, "expirationTimestamp": ends}


@operation("updateAccountConfigResourceInstance")
def connect_account(call: Call) -> None:
    """Start to connect or disconnect the customer's cloud account of an instance."""
    instance = call.store.document(call.path)
    if not instance["resourceID"].startswith(ACCOUNT):
        raise conflict("the instance is not a cloud account")
    wants = call.body.get("setConnection")
    if wants is not None:
        instances.require(instance, "DISCONNECTED" if wants else "READY")
        state = "CONNECTING" if wants else "DISCONNECTING"
        instances.ACCOUNT_CONNECTION.enter(call.place, call.path, state)
    if "customTags" in call.body:
        instance["customTags"] = call.body["customTags"]


def _subscribed(call: Call, *, writing: bool = False) -> tuple[Target, JsonObject]:
    """Return the resources of the address, and the subscription of the call."""
    target = resolve(call.world, call.parameters)
    subscription = instances.subscription_of(
        call.world, call.user, target, call.query.get("subscriptionId"), writing=writing
    )
    return target, subscription


def _instance(call: Call) -> JsonObject:
    """Return the instance of a call, which must belong to the address.

    Raises:
        Problem: 404 if it does not.
    """
    target = resolve(call.world, call.parameters)
    instance = call.store.document(call.path)
    _check_address(instance, target)
    wanted = call.query.get("subscriptionId")
    if wanted and wanted != instance["subscriptionId"]:
        raise not_found(f"instance {instance['id']} of subscription {wanted}")
    return instance


def _active(call: Call, instance: JsonObject) -> JsonObject:
    """Return an instance whose subscription is active.

    Raises:
        Problem: 409 if it is not; it is deduced that stopping and deleting are possible then.
    """
    status = peek(call.world, "subscriptions", instance["subscriptionId"])["status"]
    if status != "ACTIVE":
        raise conflict(f"the subscription is {status}, and must be ACTIVE")
    return instance


def _check_address(instance: JsonObject, target: Target) -> None:
    if instance["resourceID"] != target.resource["id"]:
        raise not_found(f"instance {instance['id']} of resource {target.resource['id']}")


def _command(call: Call, instance: JsonObject, message: str, state: str) -> None:
    events.note(call.world, instance, message, call.user)
    instances.COMMAND.enter(call.place, call.path, state)


def _restored(
    call: Call,
    target: Target,
    subscription: JsonObject,
    snapshot: JsonObject,
    source: Mapping[str, object],
) -> JsonObject:
    """Start the creation of an instance with the values in a snapshot."""
    known = {
        parameter["key"]
        for parameter in having(call.world, "input-parameters", resourceId=target.resource["id"])
    }
    values = {name: value for name, value in snapshot["_values"].items() if name in known}
    body = {"requestParams": values, **call.body}
    body |= {n: source[n] for n in ("cloud_provider", "region") if n in source}
    if "network_type" not in body and "network_type" in source:
        body["network_type"] = source["network_type"]
    made = instances.create(call.world, target, subscription, call.user, body, source=snapshot)
    return {"id": made["id"]}


def _moment(name: str, text: str) -> datetime:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise bad_request(f"{name}: {text!r} is not a time such as 2026-01-05T09:00:00Z") from None
    return read_moment(name, text)
