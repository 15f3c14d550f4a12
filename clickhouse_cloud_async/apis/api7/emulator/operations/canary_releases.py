"""Canary releases, which send part of the traffic to another version of an upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7.emulator.call import kept, new_id
from clickhouse_cloud_async.apis.api7.emulator.listing import page_of
from clickhouse_cloud_async.apis.api7.emulator.registry import operation
from clickhouse_cloud_async.apis.api7.emulator.states import CANARY_RELEASES, shown
from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_FIELDS = ("name", "type", "canary_upstream_version", "percent", "rules")
_STATES = ("paused", "in_progress", "finished")


@operation("listCanaryReleases")
def list_all(call: Call) -> JsonObject:
    """Return a page of an application's releases."""
    return page_of(map(shown, call.collection.peek_all().values()), call.query)


@operation("createCanaryRelease")
def create(call: Call) -> JsonObject:
    """Create a release, which is paused regardless of the requested state."""
    release = new_id(call.world)
    document = {
        "id": release,
        "app_id": call.parameters["app_id"],
        "type": "percent",
        "state": "paused",
        "created_at": call.now,
        "updated_at": call.now,
        **kept(call.body, *_FIELDS),
    }
    _check(call, document)
    path = (*call.path, release)
    call.store.put(path, document)
    return shown(CANARY_RELEASES.enter(call.place, path, "uninitialized"))


@operation("getCanaryRelease")
def get(call: Call) -> JsonObject:
    """Show a release."""
    return shown(call.document)


@operation("updateCanaryRelease")
def replace(call: Call) -> JsonObject:
    """Replace a release, or change its state."""
    release = call.document
    if release["state"] == "finished":
        raise bad_request("the canary release is finished, which is final")
    state = call.body.get("state", release["state"])
    if state not in _STATES:
        raise bad_request(f"state: must be one of {', '.join(_STATES)}")
    changed = {**release, **kept(call.body, *_FIELDS)}
    _check(call, changed)
    if state == "in_progress":
        _check_alone(call, release)
    release |= {**changed, "state": state, "updated_at": call.now}
    if state == "finished":
        app = call.store.document(("apps", release["app_id"]))
        app["default_upstream_version"] = release["canary_upstream_version"]
        app["updated_at"] = call.now
    return shown(CANARY_RELEASES.enter(call.place, call.path, "uninitialized"))


@operation("deleteCanaryRelease")
def delete(call: Call) -> None:
    """Remove a release; its traffic goes to the default version."""
    call.store.remove(call.path)


def _check_alone(call: Call, release: JsonObject) -> None:
    for other in call.store.collection(call.path[:-1]).peek_all().values():
        if other["state"] == "in_progress" and other["id"] != release["id"]:
            raise bad_request(f"state: the canary release {other['id']} is in progress")


def _check(call: Call, release: JsonObject) -> None:
    if release["type"] not in {"percent", "rule"}:
        raise bad_request("type: must be percent or rule")
    app = call.store.document(("apps", call.parameters["app_id"]))
    versions = [upstream.get("version", "default") for upstream in app["upstreams"]]
    if release.get("canary_upstream_version") not in versions:
        raise bad_request("canary_upstream_version: no upstream of the application has it")
