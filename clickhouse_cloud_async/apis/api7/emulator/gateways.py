"""Gateway instances, which report every ten seconds until they stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.clock import DAY, HOUR, moment_at, timestamp

from .call import now

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

HEARTBEAT = 10.0
"""Seconds between two reports."""

_LOST, _OFFLINE, _FORGOTTEN = 30.0, 2 * HOUR, 7 * DAY


def gateways_of(control_plane: str) -> Path:
    """Return the path of the gateways of a control plane."""
    return ("controlplanes", control_plane, "instances")


def start_gateway(world: World, control_plane: str, instance: str, *, configured: bool) -> None:
    """Start the reports of a gateway.

    Args:
        world: The emulator's documents and time.
        control_plane: Id of the control plane.
        instance: Its id.
        configured: Whether configuration reaches it.
    """
    world.store.put(
        (*gateways_of(control_plane), instance),
        {
            "id": instance,
            "hostname": f"{instance}.example.com",
            "ip": "192.0.2.10",
            "api_calls": 0,
            "version": "2.15.0",
            "etcd_reachable": configured,
            "config_version": 1,
            "register_time": now(world),
            "_started": world.elapsed,
            "_stopped": None,
        },
    )


def shown_gateways(world: World, control_plane: str) -> list[JsonObject]:
    """The gateways that have reported in the last seven days, as the API shows them."""
    gateways = world.store.collection(gateways_of(control_plane)).peek_all().values()
    return [
        _shown(gateway, world.elapsed)
        for gateway in gateways
        if world.elapsed - _last_seen(gateway, world.elapsed) <= _FORGOTTEN
        and world.elapsed >= gateway["_started"] + HEARTBEAT
    ]


def _last_seen(gateway: JsonObject, elapsed: float) -> float:
    """Return when a gateway last reported, in emulated seconds."""
    stopped = gateway["_stopped"]
    end = elapsed if stopped is None else min(stopped, elapsed)
    started: float = gateway["_started"]
    return started + (end - started) // HEARTBEAT * HEARTBEAT


def _shown(gateway: JsonObject, elapsed: float) -> JsonObject:
    seen = _last_seen(gateway, elapsed)
    public = {name: value for name, value in gateway.items() if name[0] != "_"}
    status = _status(gateway, elapsed - seen)
    return public | {"last_seen_time": timestamp(moment_at(seen)), "status": status}


def _status(gateway: JsonObject, silence: float) -> str:
    if silence > _OFFLINE:
        return "Offline"
    if silence > _LOST:
        return "Lost Connection"
    return "Healthy" if gateway["etcd_reachable"] else "Only Heartbeats"
