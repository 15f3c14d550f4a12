"""The portals in which customers find a vendor's services: one for each type of environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.registry import REGISTRY
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.transitions import GONE, Transition

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

PORTALS: Final = ("portals",)
PORTAL_DOMAINS: Final = ("portal-domains",)

_PORTALS: StateMachine[Any] = StateMachine(
    REGISTRY,
    "portal",
    {"PENDING": Transition("DEPLOYING", 30.0), "DEPLOYING": Transition("RUNNING", 120.0)},
    field="status",
)

DOMAINS: StateMachine[Any] = StateMachine(
    REGISTRY,
    "portal domain",
    {"DEPLOYING": Transition("READY", 60.0), "DELETING": Transition(GONE, 30.0)},
    field="status",
)
"""A domain waits in ``PENDING`` until its record points to the portal."""


def portal_key(org: str, environment_type: str) -> str:
    """Return the key of the portal of an organisation for a type of environment."""
    return f"{org} {environment_type}"


def portal_of(world: World, environment: JsonObject) -> JsonObject:
    """Return the fields of an environment about its portal."""
    key = portal_key(environment["_org"], environment["type"])
    portal = world.store.peek((*PORTALS, key))
    if portal is None:
        return {}
    result = {"saasPortalStatus": portal["status"]}
    if portal["status"] == "RUNNING":
        result["saasPortalUrl"] = f"https://{portal['endpoint']}"
    return result


@REGISTRY.on_create("environments")
def _open_portal(place: Place, path: Path) -> None:
    """Deploy the portal of the first environment of a type."""
    world = place.world
    environment = world.store.document(path)
    org, kind = environment["_org"], environment["type"]
    key = portal_key(org, kind)
    if world.store.peek((*PORTALS, key)) is None:
        endpoint = f"{kind.lower()}.{org.lower()}.portals.example.com"
        portal = {"environmentType": kind, "endpoint": endpoint, "_org": org}
        world.store.put((*PORTALS, key), portal)
        _PORTALS.enter(place, (*PORTALS, key), "PENDING")
