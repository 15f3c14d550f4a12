"""Services: list, create, show, change, delete, and their state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.permissions import MANAGE_SERVICE, require, viewable
from clickhouse_cloud_async.emulator.problems import bad_request
from clickhouse_cloud_async.emulator.randomness import random_text, random_uuid
from clickhouse_cloud_async.emulator.registry import operation, start_service
from clickhouse_cloud_async.emulator.scaling import IDLING, SIZES, rescale
from clickhouse_cloud_async.emulator.services import (
    STATES,
    apply_endpoints,
    command,
    new_facts,
    shown,
    terminate,
    view,
)
from clickhouse_cloud_async.emulator.tags import tag_filters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orjson import Fragment

    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call

MAX_TAGS = 50

_SCALING = ("autoscalingMode", *SIZES, *IDLING)


@operation("instanceGetList")
def list_services(call: Call) -> list[JsonObject | Fragment]:
    """List the services that the caller may view and whose tags match every filter."""
    filters = tag_filters(call)
    services = viewable(call, call.organization.collection("services"))
    return [
        view(call.organization, service_id)
        for service_id, service in services.items()
        if all(tag_filter.matches(service["tags"]) for tag_filter in filters)
    ]


@operation("instanceCreate")
def create_service(call: Call) -> JsonObject:
    """Create a service, which then comes up by itself."""
    organization, body = call.organization, dict(call.body)
    for name in ("name", "provider", "region"):
        if name not in body:
            raise bad_request(f"{name}: is required")
    if body.get("isReadonly") and "dataWarehouseId" not in body:
        raise bad_request("isReadonly: works only together with dataWarehouseId")
    service_id = random_uuid(organization.random)
    facts = new_facts(
        service_id,
        name=body["name"],
        provider=body["provider"],
        region=body["region"],
        created_at=organization.timestamp,
    )
    facts["isPrimary"] = "dataWarehouseId" not in body
    rescale(facts, {name: body.pop(name) for name in _SCALING if name in body})
    apply_endpoints(facts, body.pop("endpoints", []))
    known = organization.contract.schemas["Service"]["properties"]
    facts.update({name: value for name, value in body.items() if name in known})
    if facts["hasTransparentDataEncryption"]:
        facts["transparentDataEncryptionKeyId"] = random_uuid(organization.random)
        facts["encryptionRoleId"] = random_uuid(organization.random)
    path = (*call.path, service_id)
    organization.store.put(path, facts)
    STATES.enter(organization, path, "provisioning")
    start_service(organization, path)
    return {
        "service": shown(organization, facts),
        "password": random_text(organization.random, 20),
    }


@operation("instanceGet")
def get_service(call: Call) -> JsonObject | Fragment:
    """Show a service."""
    call.organization.store.document(call.path)
    return view(call.organization, call.parameters["serviceId"])


@operation("instanceUpdate")
def update_service(call: Call) -> JsonObject:
    """Change a service; from lists, entries are removed before others are added."""
    service, changes = call.service, dict(call.body)
    facts = dict(service)
    if "transparentDataEncryptionKeyId" in changes and not facts["hasTransparentDataEncryption"]:
        raise bad_request(
            "transparentDataEncryptionKeyId: the service has no transparent encryption"
        )
    for name, identity in (("ipAccessList", "source"), ("tags", "key")):
        change = changes.pop(name, {})
        facts[name] = _changed(facts[name], change, identity)
    if len(facts["tags"]) > MAX_TAGS:
        raise bad_request(f"tags: a service has at most {MAX_TAGS}")
    endpoints = changes.pop("privateEndpointIds", {})
    gone = set(endpoints.get("remove", ())) | set(endpoints.get("add", ()))
    kept = [item for item in facts["privateEndpointIds"] if item not in gone]
    facts["privateEndpointIds"] = kept + endpoints.get("add", [])
    apply_endpoints(facts, changes.pop("endpoints", []))
    service.update(facts | changes)
    return shown(call.organization, service)


@operation("instanceDelete")
def delete_service(call: Call) -> None:
    """Begin to delete a stopped service."""
    terminate(call.organization, call.path)


@operation("instanceStateUpdate")
def change_state(call: Call) -> JsonObject:
    """Start, stop or wake a service."""
    if "command" not in call.body:
        raise bad_request("command: is required")
    if call.body["command"] != "awake":
        require(call, MANAGE_SERVICE)
    service = command(call.organization, call.service_path, call.body["command"])
    return shown(call.organization, service)


def _changed(entries: Iterable[JsonObject], change: JsonObject, identity: str) -> list[JsonObject]:
    """Apply ``remove``, then ``add``, to entries that one of their properties identifies."""
    added = {entry.get(identity): entry for entry in change.get("add", ())}
    gone = {entry.get(identity) for entry in change.get("remove", ())} | added.keys()
    return [entry for entry in entries if entry.get(identity) not in gone] + list(added.values())
