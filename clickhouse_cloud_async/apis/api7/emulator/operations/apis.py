"""APIs of applications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.api7.emulator.call import kept, new_id
from clickhouse_cloud_async.apis.api7.emulator.listing import page_of
from clickhouse_cloud_async.apis.api7.emulator.registry import operation
from clickhouse_cloud_async.apis.api7.emulator.states import APIS, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.api7.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_FIELDS = (
    "name",
    "description",
    "labels",
    "methods",
    "paths",
    "fine_grained_route_control",
    "strip_path_prefix",
    "policies",
    "active",
    "type",
)
_DEFAULTS: dict[str, Any] = {
    "description": "",
    "labels": [],
    "methods": None,
    "strip_path_prefix": False,
    "policies": {},
    "plugins": {},
    "active": 0,
    "type": "Rest",
}


@operation("listApis")
def list_all(call: Call) -> JsonObject:
    """Return a page of an application's APIs."""
    return page_of(map(shown, call.collection.peek_all().values()), call.query)


@operation("createApi")
def create(call: Call) -> JsonObject | None:
    """Create an API; in documented mode the response is empty."""
    api = add_api(call, call.parameters["app_id"], call.body)
    return shown(api) if call.world.is_live else None


@operation("getApi")
def get(call: Call) -> JsonObject:
    """Show an API."""
    return shown(call.document)


@operation("updateApi")
def replace(call: Call) -> JsonObject:
    """Replace an API; omitted fields are reset to their defaults."""
    active = call.document["active"]
    return _changed(call, {**_DEFAULTS, "active": active, **kept(call.body, *_FIELDS)})


@operation("patchApi")
def update(call: Call) -> JsonObject:
    """Change some fields of an API."""
    return _changed(call, kept(call.body, *_FIELDS))


@operation("deleteApi")
def delete(call: Call) -> None:
    """Remove an API."""
    call.store.remove(call.path)


@operation("deleteAllApis")
def delete_all(call: Call) -> None:
    """Remove every API of an application."""
    for api in list(call.collection):
        call.store.remove((*call.path, api))


def add_api(call: Call, app: str, body: Mapping[str, Any]) -> JsonObject:
    """Add an API to an application.

    Args:
        call: The call.
        app: ID of the application.
        body: The body of the request.
    """
    api = new_id(call.world)
    path = ("apps", app, "apis", api)
    times = {"created_at": call.now, "updated_at": call.now}
    content = {**_DEFAULTS, **kept(body, *_FIELDS)}
    call.store.put(path, {"id": api, "app_id": app, **times, **content})
    return APIS.enter(call.place, path, "uninitialized")


def _changed(call: Call, content: JsonObject) -> JsonObject:
    api = call.document
    api |= {**content, "updated_at": call.now}
    return shown(APIS.enter(call.place, call.path, "uninitialized"))
