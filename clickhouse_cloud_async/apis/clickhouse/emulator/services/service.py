"""A service: its properties, its states and its form in the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from clickhouse_cloud_async.apis.clickhouse.emulator import activities, data
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import REGISTRY, timer
from clickhouse_cloud_async.emulation.clock import next_hour
from clickhouse_cloud_async.emulation.problems import bad_request, conflict
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.store import public
from clickhouse_cloud_async.emulation.transitions import GONE, Transition

from . import schedules, warehouses
from .profiles import DEFAULT as DEFAULT_PROFILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

CLICKHOUSE_VERSION = "25.10"

DERIVED = frozenset({"state", "currentScaling", "scalingSchedule"})
"""Properties that are derived from the rest of a service."""

_PORTS = {"https": 8443, "nativesecure": 9440, "mysql": 3306}
_IAM_ROLES = {
    "aws": "arn:aws:iam::000000000000:role/CH-S3-{}",
    "gcp": "ch-gcs-{}@clickhouse.example.iam.gserviceaccount.com",
    "azure": "ch-blob-{}",
}

_BY_ITSELF: Mapping[str, str] = {
    "idle": "service_idle",
    "running": "service_running",
    "partially_running": "service_partially_running",
}
"""The activities of states that a service enters without a request, by state."""


def _entered(organization: Organization, path: Path, state: str) -> None:
    service = organization.world.store.document(path)
    # The initial state of a service is not an activity.
    if state in _BY_ITSELF and len(service["_history"]) > 1:
        activities.record_by_system(organization, _BY_ITSELF[state], serviceId=path[-1])
    watch_idleness(organization, path)


STATES = StateMachine(
    REGISTRY,
    "service",
    {
        "provisioning": Transition("starting", 60.0),
        "starting": Transition("running", 45.0),
        "stopping": Transition("stopped", 30.0),
        "awaking": Transition("running", 20.0),
        "terminating": Transition("terminated", 30.0),
        "terminated": Transition(GONE, 10.0),
        "softdeleting": Transition("softdeleted", 30.0),
        "softdeleted": Transition(GONE, 10.0),
    },
    entered=_entered,
)

DELETABLE = (
    "provisioning", "starting", "awaking", "idle", "stopped", "degraded", "failed",
)  # fmt: skip
"""The states in which a service can be deleted, in the order in which the API lists them."""

ENDING = frozenset({"terminating", "terminated", "softdeleting", "softdeleted"})
"""The states of a service that is being deleted."""

COMMANDS: Mapping[str, tuple[frozenset[str], str]] = {
    "start": (frozenset({"stopped", "failed"}), "starting"),
    "stop": (
        frozenset({"running", "idle", "degraded", "partially_running", "failed"}),
        "stopping",
    ),
    "awake": (frozenset({"idle"}), "awaking"),
}
"""Commands: the states that allow them, and the state that they lead to."""

_WITHOUT_EFFECT = frozenset({("start", "idle"), ("awake", "running")})
"""Commands that the live API accepts in a state without doing anything."""

_IDLE = "service.idle"
_HOUR = "service.schedule"


def command(organization: Organization, path: Path, name: str) -> JsonObject:
    """Start, stop or wake a service.

    Args:
        organization: The organisation of the service.
        path: Its path.
        name: One of `COMMANDS`.

    Returns:
        The service.

    Raises:
        Problem: 400 in a state that does not allow the command.
    """
    service = organization.world.store.document(path)
    allowed, state = COMMANDS[name]
    if service["state"] == state:
        # A repeated command, perhaps because the first response was lost: it has no effect.
        return service
    if organization.world.is_live and (name, service["state"]) in _WITHOUT_EFFECT:
        return service
    if service["state"] not in allowed:
        raise bad_request(
            f"{name} works on a service that is {' or '.join(sorted(allowed))}."
            f" Current state: {service['state']}"
        )
    return STATES.enter(organization, path, state)


def terminate(organization: Organization, path: Path) -> None:
    """Start the deletion of a service.

    Raises:
        Problem: 409 in a state that is not one of `DELETABLE`; in documented mode, 400 in any
            state except ``stopped``. 400 for the primary service of others.
    """
    service = organization.world.store.document(path)
    if service["state"] == "terminating":
        # A repeated request, perhaps because the first response was lost: it has no effect.
        return
    state = service["state"]
    if not organization.world.is_live and state != "stopped":
        raise bad_request(f"only a stopped service can be deleted. Current state: {state}")
    if state not in DELETABLE:
        states = ", ".join(DELETABLE)
        raise conflict(f"a service can be deleted in the states {states}. Current state: {state}")
    warehouses.check_alone(organization, service)
    STATES.enter(organization, path, "terminating")


def watch_idleness(organization: Organization, path: Path) -> None:
    """Start the idle timeout of a running service, if it may become idle."""
    organization.world.store.document(path)["_quietSince"] = organization.world.elapsed
    _set_idle_time(organization, path)


def _set_idle_time(organization: Organization, path: Path) -> None:
    service = organization.world.store.document(path)
    scaling = schedules.current_scaling(organization, service)
    if service["state"] == "running" and scaling["effectiveIdleScaling"]:
        due = service["_quietSince"] + scaling["effectiveIdleTimeoutMinutes"] * 60
        organization.world.timers.set(path, _IDLE, max(due, organization.world.elapsed))
    else:
        organization.world.timers.cancel(path, _IDLE)


@timer(_IDLE)
def _go_idle(organization: Organization, path: Path) -> None:
    if data.is_busy(organization.world, path):
        watch_idleness(organization, path)
    else:
        STATES.enter(organization, path, "idle")


def watch_schedule(organization: Organization, path: Path) -> None:
    """Apply the schedule of a service, whose entries start and end at full hours."""
    if schedules.entries(organization, organization.world.store.document(path)):
        organization.world.timers.set(path, _HOUR, next_hour(organization.world.elapsed))
    else:
        organization.world.timers.cancel(path, _HOUR)
    _set_idle_time(organization, path)


@timer(_HOUR)
def _hour_passed(organization: Organization, path: Path) -> None:
    watch_schedule(organization, path)


def shown(organization: Organization, service: JsonObject) -> JsonObject:
    """Return a service as the API shows it."""
    scaling = schedules.current_scaling(organization, service)
    path = (*organization.path, "services", service["id"])
    wire = public(service) | {
        "currentScaling": scaling,
        "endpoints": data.endpoints(organization.world, path, service),
    }
    if schedules.entries(organization, service):
        wire["scalingSchedule"] = schedules.shown(organization, service)
    return wire


def view(organization: Organization, service_id: str) -> JsonObject | orjson.Fragment:
    """Return a service as the API shows it, encoded if it does not depend on time."""
    services = organization.collection("services")
    found: orjson.Fragment | None = services.views.get(service_id)
    if found is not None:
        return found
    service = services[service_id]
    wire = shown(organization, service)
    if organization.world.store.writing or "scalingSchedule" in wire:
        return wire
    found = services.views[service_id] = orjson.Fragment(orjson.dumps(wire))
    return found


def new_facts(
    service_id: str, *, name: str, provider: str, region: str, created_at: str
) -> JsonObject:
    """Return the default properties of a service.

    Args:
        service_id: Its UUID.
        name: Its name.
        provider: Cloud provider.
        region: The provider's region.
        created_at: The time of its creation.
    """
    return {
        "id": service_id,
        "name": name,
        "provider": provider,
        "region": region,
        "clickhouseVersion": CLICKHOUSE_VERSION,
        "endpoints": [
            endpoint(service_id, provider, region, protocol)
            for protocol in ("https", "nativesecure")
        ],
        "autoscalingMode": "vertical",
        "minReplicaMemoryGb": 16,
        "maxReplicaMemoryGb": 120,
        "minTotalMemoryGb": 48,
        "maxTotalMemoryGb": 360,
        "numReplicas": 3,
        "idleScaling": True,
        "idleTimeoutMinutes": 15,
        "ipAccessList": [],
        "createdAt": created_at,
        "iamRole": _IAM_ROLES[provider].format(service_id[:8]),
        "privateEndpointIds": [],
        "availablePrivateEndpointIds": [],
        "dataWarehouseId": service_id,
        "isPrimary": True,
        "isReadonly": False,
        "releaseChannel": "default",
        "hasTransparentDataEncryption": False,
        "profile": DEFAULT_PROFILE,
        "tags": [],
        "enableCoreDumps": True,
    }


def endpoint(service_id: str, provider: str, region: str, protocol: str) -> JsonObject:
    """Return the address of a protocol of a service; its domain has no hosts."""
    host = f"{service_id[:8]}.{region}.{provider}.clickhouse.example"
    return {"protocol": protocol, "host": host, "port": _PORTS[protocol], "username": "default"}


def apply_endpoints(facts: JsonObject, changes: Iterable[JsonObject]) -> None:
    """Enable or disable protocols of a service; omitted ones do not change.

    Args:
        facts: The service's properties; changed in place.
        changes: Protocols and whether they are enabled.
    """
    for change in changes:
        protocol = change.get("protocol", "mysql")
        if "enabled" in change:
            facts["endpoints"] = [e for e in facts["endpoints"] if e["protocol"] != protocol]
        if change.get("enabled"):
            place = facts["id"], facts["provider"], facts["region"]
            facts["endpoints"].append(endpoint(*place, protocol))
