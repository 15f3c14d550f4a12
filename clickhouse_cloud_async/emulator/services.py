"""A service: its properties, its states and how the API shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from clickhouse_cloud_async.emulator.lifecycle import GONE, Passing, StateMachine
from clickhouse_cloud_async.emulator.problems import bad_request
from clickhouse_cloud_async.emulator.registry import timer
from clickhouse_cloud_async.emulator.scaling import baseline, current_scaling, is_active
from clickhouse_cloud_async.emulator.store import public

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.organization import Organization
    from clickhouse_cloud_async.emulator.store import Path

CLICKHOUSE_VERSION = "25.10"

DERIVED = frozenset({"state", "currentScaling", "scalingSchedule"})
"""Properties that follow from the rest of a service."""

_PORTS = {"https": 8443, "nativesecure": 9440, "mysql": 3306}


STATES = StateMachine(
    "service",
    {
        "provisioning": Passing("starting", 60.0),
        "starting": Passing("running", 45.0),
        "stopping": Passing("stopped", 30.0),
        "awaking": Passing("running", 20.0),
        "terminating": Passing(GONE, 30.0),
    },
    entered=lambda organization, path, _state: watch_idleness(organization, path),
)

COMMANDS: Mapping[str, tuple[frozenset[str], str]] = {
    "start": (frozenset({"stopped"}), "starting"),
    "stop": (frozenset({"running", "idle", "degraded", "partially_running"}), "stopping"),
    "awake": (frozenset({"idle"}), "awaking"),
}
"""Commands: the states that they work in and the state that they lead to."""

_IDLE = "service.idle"


def command(organization: Organization, path: Path, name: str) -> JsonObject:
    """Start, stop or wake a service.

    Args:
        organization: What the service belongs to.
        path: Where it is.
        name: One of `COMMANDS`.

    Returns:
        The service.

    Raises:
        Problem: 400 in a state that the command does not work in.
    """
    service = organization.store.document(path)
    allowed, state = COMMANDS[name]
    if service["state"] == state:
        # The same command again, perhaps because the first answer got lost: it goes on.
        return service
    if service["state"] not in allowed:
        raise bad_request(
            f"{name} works on a service that is {' or '.join(sorted(allowed))}."
            f" Current state: {service['state']}"
        )
    return STATES.enter(organization, path, state)


def terminate(organization: Organization, path: Path) -> None:
    """Begin the end of a service.

    Raises:
        Problem: 400 in any state but ``stopped``.
    """
    state = organization.store.document(path)["state"]
    if state != "stopped":
        raise bad_request(f"only a stopped service can be deleted. Current state: {state}")
    STATES.enter(organization, path, "terminating")


def watch_idleness(organization: Organization, path: Path) -> None:
    """Let a running service go idle in time, if it may; its time begins now."""
    service = organization.store.document(path)
    if service["state"] == "running" and service["idleScaling"]:
        due = organization.elapsed + service["idleTimeoutMinutes"] * 60
        organization.timers.set(path, _IDLE, due)
    else:
        organization.timers.cancel(path, _IDLE)


@timer(_IDLE)
def _go_idle(organization: Organization, path: Path) -> None:
    STATES.enter(organization, path, "idle")


def shown(organization: Organization, service: JsonObject) -> JsonObject:
    """A service as the API shows it."""
    entries = _entries(organization, service)
    scaling = current_scaling(service, entries, organization.now)
    wire = public(service) | {"currentScaling": scaling}
    return wire | {"scalingSchedule": shown_schedule(organization, service)} if entries else wire


def view(organization: Organization, service_id: str) -> JsonObject | orjson.Fragment:
    """A service as the API shows it, encoded where that does not change with time."""
    services = organization.collection("services")
    found: orjson.Fragment | None = services.views.get(service_id)
    if found is not None:
        return found
    service = services[service_id]
    wire = shown(organization, service)
    if organization.store.writing or "scalingSchedule" in wire:
        return wire
    found = services.views[service_id] = orjson.Fragment(orjson.dumps(wire))
    return found


def shown_schedule(organization: Organization, service: JsonObject) -> JsonObject:
    """The scaling schedule of a service as the API shows it."""
    entries = [
        entry | {"isActiveNow": is_active(entry, organization.now)}
        for entry in _entries(organization, service)
    ]
    shown: JsonObject = {"entries": entries, "baseConfig": baseline(service)}
    active = next((entry["id"] for entry in entries if entry["isActiveNow"]), None)
    return shown if active is None else shown | {"activeEntryId": active}


def _entries(organization: Organization, service: JsonObject) -> list[JsonObject]:
    path = (*organization.path, "services", service["id"], "scalingSchedule")
    schedule = organization.store.find(path)
    return [] if schedule is None else schedule["entries"]


def new_facts(
    service_id: str, *, name: str, provider: str, region: str, created_at: str
) -> JsonObject:
    """The properties of a service about which nothing more was said.

    Args:
        service_id: Its UUID.
        name: Its name.
        provider: Cloud provider.
        region: The provider's region.
        created_at: When it was made.
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
        "iamRole": f"arn:aws:iam::000000000000:role/CH-S3-{service_id[:8]}",
        "privateEndpointIds": [],
        "availablePrivateEndpointIds": [],
        "dataWarehouseId": service_id,
        "isPrimary": True,
        "isReadonly": False,
        "releaseChannel": "default",
        "hasTransparentDataEncryption": False,
        "profile": "v1-default",
        "tags": [],
        "enableCoreDumps": True,
    }


def endpoint(service_id: str, provider: str, region: str, protocol: str) -> JsonObject:
    """Where a protocol of a service would be reached; the host is in a domain that has none."""
    host = f"{service_id[:8]}.{region}.{provider}.clickhouse.example"
    return {"protocol": protocol, "host": host, "port": _PORTS[protocol], "username": "default"}


def apply_endpoints(facts: JsonObject, changes: list[Mapping[str, object]]) -> None:
    """Switch protocols of a service on or off.

    Args:
        facts: The service's properties; changed in place.
        changes: Protocols and whether they are enabled.
    """
    for change in changes:
        protocol = str(change.get("protocol", "mysql"))
        others = [item for item in facts["endpoints"] if item["protocol"] != protocol]
        if change.get("enabled"):
            others.append(endpoint(facts["id"], facts["provider"], facts["region"], protocol))
        facts["endpoints"] = others
