"""Control planes, their settings, and the configuration of gateways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from clickhouse_cloud_async.apis.api7.emulator.certificates import gateway_bundle
from clickhouse_cloud_async.apis.api7.emulator.gateways import shown_gateways
from clickhouse_cloud_async.apis.api7.emulator.listing import page_of
from clickhouse_cloud_async.apis.api7.emulator.organizations import add_control_plane
from clickhouse_cloud_async.apis.api7.emulator.registry import operation
from clickhouse_cloud_async.apis.api7.emulator.states import shown
from clickhouse_cloud_async.emulation.messages import Reply
from clickhouse_cloud_async.emulation.problems import bad_request
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_SETTINGS = (
    "client_settings",
    "observability_settings",
    "api_proxy_settings",
    "service_discovery_settings",
)
_STARTUP = {
    "apisix": "deployment:\n  role: data_plane\n  control_plane: https://{domain}\n",
    "helm": "gateway:\n  controlPlane: https://{domain}\n",
}


@operation("listControlPlanes")
def list_all(call: Call) -> JsonObject:
    """Return a page of an organisation's control planes."""
    planes = call.collection.peek_all().values()
    own = (shown(plane) for plane in planes if plane["org_id"] == call.parameters["id"])
    return page_of(own, call.query)


@operation("createControlPlane")
def create(call: Call) -> JsonObject:
    """Start the creation of a control plane."""
    return shown(add_control_plane(call.world, call.parameters["id"]))


@operation("getControlPlane")
def get(call: Call) -> JsonObject:
    """Show a control plane."""
    return shown(call.document)


@operation("updateControlPlane")
def update(call: Call) -> None:
    """Replace whole groups of settings."""
    plane = call.document
    plane["settings"] |= {name: call.body[name] for name in _SETTINGS if name in call.body}
    _changed(call, plane)


@operation("updateControlPlanePlugins")
def update_plugins(call: Call) -> None:
    """Replace the plugins that run for all requests."""
    plane = call.document
    plane["policies"] = dict(call.body)
    _changed(call, plane)


def _changed(call: Call, plane: JsonObject) -> None:
    plane["config_version"] += 1
    plane["updated_at"] = call.now


@operation("listLabels")
def list_labels(call: Call) -> Reply:
    """List the labels of one kind of resource; null if there are none."""
    plane, resource = call.parameters["control_plane_id"], call.parameters["resource"]
    if resource not in {"api", "application", "consumer", "certificate"}:
        raise bad_request(f"resource: {resource!r} has no labels")
    labels = {label for thing in _things(call, plane, resource) for label in thing["labels"]}
    return Reply(None, beside={"payload": sorted(labels) or None})


def _things(call: Call, plane: str, resource: str) -> list[JsonObject]:
    if resource in {"consumer", "certificate"}:
        here = call.store.collection(("controlplanes", plane, f"{resource}s"))
        return list(here.peek_all().values())
    every = call.store.collection(("apps",)).peek_all().values()
    apps = [app for app in every if app["control_plane_id"] == plane]
    if resource == "application":
        return apps
    apis = (call.store.collection(("apps", app["id"], "apis")).peek_all() for app in apps)
    return [api for found in apis for api in found.values()]


@operation("getStartupConfig")
def startup_config(call: Call) -> JsonObject:
    """Return the initial configuration of a new gateway."""
    text = _STARTUP.get(call.parameters["config_type"])
    if text is None:
        raise bad_request("config_type: must be apisix or helm")
    plane = call.store.document(("controlplanes", call.parameters["control_plane_id"]))
    return {"configuration": text.format(domain=plane["domain"])}


@operation("generateGatewayCertificate")
def gateway_certificate(call: Call) -> JsonObject:
    """Create a certificate for gateways."""
    return gateway_bundle(call.world, call.parameters["control_plane_id"])


@operation("listGatewayInstances")
def list_gateways(call: Call) -> JsonObject:
    """List the gateways that have reported in the last seven days."""
    found = shown_gateways(call.world, call.parameters["control_plane_id"])
    return {"count": len(found), "list": found}


_TRANSLATED = {
    "application": ("services", "upstreams"),
    "api": ("routes",),
    "consumer": ("consumers",),
    "certificate": ("certificates",),
}


@operation("getTranslatedConfig")
def translated_config(call: Call) -> JsonObject:
    """Return the gateway configuration of one resource."""
    resource, wanted = call.parameters["resource"], call.parameters["resource_id"]
    if resource not in _TRANSLATED:
        raise bad_request(f"resource: {resource!r} has no configuration")
    things = _things(call, call.parameters["control_plane_id"], resource)
    thing = next((thing for thing in things if thing["id"] == wanted), None)
    if thing is None:
        call.store.document((f"{resource}s", wanted))
        return {}
    value = orjson.dumps(public(thing)).decode()
    return {kind: [{"value": value}] for kind in _TRANSLATED[resource]}
