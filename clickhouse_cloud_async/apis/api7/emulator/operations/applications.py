"""Applications: hosts, a path prefix, upstreams and policies."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from clickhouse_cloud_async.apis.api7.emulator.call import kept, new_id
from clickhouse_cloud_async.apis.api7.emulator.listing import page_of
from clickhouse_cloud_async.apis.api7.emulator.registry import operation
from clickhouse_cloud_async.apis.api7.emulator.states import APPLICATIONS, shown
from clickhouse_cloud_async.emulation.json_values import is_object
from clickhouse_cloud_async.emulation.problems import bad_request, conflict, not_found

from .apis import add_api

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.api7.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_FIELDS = (
    "name",
    "description",
    "labels",
    "hosts",
    "path_prefix",
    "protocols",
    "policies",
    "plugins",
    "upstreams",
    "default_upstream_version",
    "active",
)
_DEFAULTS: dict[str, Any] = {
    "description": "",
    "labels": [],
    "protocols": ["HTTP"],
    "policies": {},
    "plugins": {},
    "default_upstream_version": "default",
    "active": 0,
}
_VERBS = ("get", "put", "post", "delete", "patch", "options", "head", "trace")


@operation("listApplications")
def list_all(call: Call) -> JsonObject:
    """Return a page of a control plane's applications."""
    plane = call.parameters["control_plane_id"]
    apps = call.collection.peek_all().values()
    return page_of((_shown(call, a) for a in apps if a["control_plane_id"] == plane), call.query)


@operation("createApplication")
def create(call: Call) -> JsonObject:
    """Create an application."""
    return _shown(call, _add(call, call.body))


@operation("importApplication")
def import_openapi(call: Call) -> None:
    """Create an application and its APIs from an OpenAPI document."""
    document = _openapi(call.body["openapi"])
    title = str(document["info"].get("title", ""))[:64] or "imported"
    host = _host(document)
    target = {"host": host, "port": 80, "weight": 100}
    app = _add(
        call,
        {
            "name": title,
            "hosts": [host],
            "path_prefix": "/",
            "upstreams": [{"version": "default", "upstream": {"targets": [target]}}],
        },
    )
    for path, methods in document["paths"].items():
        verbs = [verb.upper() for verb in _VERBS if verb in (methods or {})]
        body = {"name": path[:64], "paths": [{"path": path, "path_type": "Prefix"}]}
        add_api(call, app["id"], body | ({"methods": verbs} if verbs else {}))


@operation("getApplication")
def get(call: Call) -> JsonObject:
    """Show an application."""
    return _shown(call, _own(call))


@operation("updateApplication")
def replace(call: Call) -> JsonObject:
    """Replace an application; omitted fields are reset to their defaults."""
    app = _own(call)
    return _changed(call, app, {**_DEFAULTS, "active": app["active"], **_content(call.body)})


@operation("patchApplication")
def update(call: Call) -> JsonObject:
    """Change some fields of an application."""
    return _changed(call, _own(call), _content(call.body))


@operation("deleteApplication")
def delete(call: Call) -> None:
    """Remove an application that has no APIs."""
    app = _own(call)
    if call.store.collection(("apps", app["id"], "apis")).peek_all():
        raise conflict("the application has APIs: delete them first")
    call.store.remove(("apps", app["id"]))


def _add(call: Call, body: Mapping[str, Any]) -> JsonObject:
    app = new_id(call.world)
    content = {**_DEFAULTS, **_content(body)}
    _check_version(content)
    document = {
        "id": app,
        "control_plane_id": call.parameters["control_plane_id"],
        "created_at": call.now,
        "updated_at": call.now,
        **content,
    }
    call.store.put(("apps", app), document)
    return APPLICATIONS.enter(call.place, ("apps", app), "uninitialized")


def _changed(call: Call, app: JsonObject, content: JsonObject) -> JsonObject:
    _check_version({**app, **content})
    app |= {**content, "updated_at": call.now}
    return _shown(call, APPLICATIONS.enter(call.place, ("apps", app["id"]), "uninitialized"))


def _content(body: Mapping[str, Any]) -> JsonObject:
    """Return the fields of a body; `protocols` takes precedence if both forms are given."""
    content = kept(body, *_FIELDS)
    if "protocol" in body and "protocols" not in content:
        content["protocols"] = [body["protocol"]]
    return content


def _check_version(app: Mapping[str, Any]) -> None:
    versions = [upstream.get("version", "default") for upstream in app["upstreams"]]
    if app["default_upstream_version"] not in versions:
        raise bad_request(
            f"default_upstream_version: no upstream has the version"
            f" {app['default_upstream_version']!r}"
        )


def _own(call: Call) -> JsonObject:
    """Return the application in the path, which must belong to the control plane in the path."""
    app = call.document
    if app["control_plane_id"] != call.parameters["control_plane_id"]:
        raise not_found(f"app {app['id']}")
    return app


def _shown(call: Call, app: JsonObject) -> JsonObject:
    releases = call.store.collection(("apps", app["id"], "canary_releases")).peek_all().values()
    running = [release for release in releases if release["state"] == "in_progress"]
    here = call.store.collection(("controlplanes", app["control_plane_id"], "certificates"))
    certificates = [
        certificate["id"]
        for certificate in here.peek_all().values()
        if any(_covers(name, host) for name in certificate["snis"] for host in app["hosts"])
    ]
    return shown(app) | {
        "available_cert_ids": certificates or None,
        "canary_release_id": [release["id"] for release in running] or None,
        "canary_upstream_version_list": [r["canary_upstream_version"] for r in running] or None,
    }


def _covers(name: str, host: str) -> bool:
    """Return whether a certificate is for a host; an asterisk matches one label."""
    return name.count(".") == host.count(".") and fnmatch(host.lower(), name.lower())


def _openapi(text: str) -> JsonObject:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        document = _yaml(text)
    if not is_object(document) or not is_object(document.get("info")):
        raise bad_request("openapi: is not an OpenAPI document")
    if not is_object(document.get("paths")):
        raise bad_request("openapi: has no paths")
    return document


def _yaml(text: str) -> object:
    try:
        import yaml
    except ModuleNotFoundError:
        raise bad_request("openapi: is not JSON, and the emulator cannot read YAML here") from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise bad_request("openapi: is neither JSON nor YAML") from None


def _host(document: JsonObject) -> str:
    servers = document.get("servers") or [{}]
    first = servers[0] if isinstance(servers, list) else {}
    url = first.get("url", "") if is_object(first) else ""
    return urlsplit(str(url)).hostname or "api.example.com"
