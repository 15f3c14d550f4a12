"""Log collections and service registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7.emulator.call import kept, new_id
from clickhouse_cloud_async.apis.api7.emulator.listing import page_of
from clickhouse_cloud_async.apis.api7.emulator.registry import operation
from clickhouse_cloud_async.apis.api7.emulator.states import SERVICE_REGISTRIES, shown
from clickhouse_cloud_async.emulation.problems import conflict

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_COLLECTION = ("name", "description", "type", "spec")
_REGISTRY = ("name", "enabled", "type", "kubernetes")


@operation("listLogCollections")
def list_collections(call: Call) -> JsonObject:
    """Return a page of a control plane's log collections."""
    return page_of(call.collection.peek_all().values(), call.query)


@operation("createLogCollection")
def create_collection(call: Call) -> JsonObject:
    """Create a log collection."""
    collection = new_id(call.world)
    document = {"id": collection, **kept(call.body, *_COLLECTION)}
    return call.store.put((*call.path, collection), document)


@operation("getLogCollection")
def get_collection(call: Call) -> JsonObject:
    """Show a log collection."""
    return call.document


@operation("updateLogCollection")
def replace_collection(call: Call) -> JsonObject:
    """Replace a log collection."""
    document = {"id": call.document["id"], **kept(call.body, *_COLLECTION)}
    return call.store.put(call.path, document)


@operation("listServiceRegistries")
def list_registries(call: Call) -> JsonObject:
    """Return a page of a control plane's service registries."""
    return page_of(map(shown, call.collection.peek_all().values()), call.query)


@operation("createServiceRegistry")
def create_registry(call: Call) -> JsonObject:
    """Connect a service registry."""
    registry = new_id(call.world)
    document = {
        "id": registry,
        "control_plane_id": call.parameters["control_plane_id"],
        "enabled": True,
        "created_at": call.now,
        "updated_at": call.now,
        **kept(call.body, *_REGISTRY),
    }
    path = (*call.path, registry)
    call.store.put(path, document)
    return shown(SERVICE_REGISTRIES.enter(call.place, path, "uninitialized"))


@operation("getServiceRegistry")
def get_registry(call: Call) -> JsonObject:
    """Show a service registry."""
    return shown(call.document)


@operation("updateServiceRegistry")
def replace_registry(call: Call) -> JsonObject:
    """Replace a service registry."""
    registry = call.document
    registry |= {**kept(call.body, *_REGISTRY), "updated_at": call.now}
    return shown(SERVICE_REGISTRIES.enter(call.place, call.path, "uninitialized"))


@operation("deleteServiceRegistry")
def delete_registry(call: Call) -> None:
    """Remove a service registry that no application uses."""
    registry = call.document["id"]
    for app in call.store.collection(("apps",)).peek_all().values():
        for upstream in app["upstreams"]:
            discovery = upstream.get("upstream", {}).get("service_discovery") or {}
            if discovery.get("service_registry_id") == registry:
                raise conflict(f"the application {app['id']} uses the service registry")
    call.store.remove(call.path)


@operation("deleteLogCollection")
def delete_collection(call: Call) -> None:
    """Remove a log collection."""
    call.store.remove(call.path)
