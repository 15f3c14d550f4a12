"""Services: list, create, show, change, delete, and their state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.clock import timestamp
from clickhouse_cloud_async.emulator.lifecycle import Lifecycle
from clickhouse_cloud_async.emulator.problems import bad_request
from clickhouse_cloud_async.emulator.randomness import random_text, random_uuid, seeded
from clickhouse_cloud_async.emulator.registry import operation
from clickhouse_cloud_async.emulator.scaling import IDLING, SIZES, rescale
from clickhouse_cloud_async.emulator.services import Service, apply_endpoints, new_facts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call

MAX_TAGS = 50

_SCALING = ("autoscalingMode", *SIZES, *IDLING)


@operation("instanceGetList")
def list_services(call: Call) -> list[JsonObject]:
    """List the services whose tags match every filter."""
    filters = [_tag_filter(text) for text in call.query.get("filter", ())]
    return [
        service.wire(call.organization.now)
        for service in call.organization.services.values()
        if all(_has_tag(service, key, value) for key, value in filters)
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
        created_at=timestamp(organization.now),
    )
    facts["isPrimary"] = "dataWarehouseId" not in body
    rescale(facts, {name: body.pop(name) for name in _SCALING if name in body})
    apply_endpoints(facts, body.pop("endpoints", []))
    known = organization.contract.schemas["Service"]["properties"]
    facts.update({name: value for name, value in body.items() if name in known})
    if facts["hasTransparentDataEncryption"]:
        facts["transparentDataEncryptionKeyId"] = random_uuid(organization.random)
        facts["encryptionRoleId"] = random_uuid(organization.random)
    random = seeded(organization.seed, "lifecycle", service_id)
    lifecycle = Lifecycle("provisioning", organization.clock.elapsed, random)
    service = organization.services[service_id] = Service(facts, lifecycle)
    return {
        "service": service.wire(organization.now),
        "password": random_text(organization.random, 20),
    }


@operation("instanceGet")
def get_service(call: Call) -> JsonObject:
    """Show a service."""
    return _named(call).wire(call.organization.now)


@operation("instanceUpdate")
def update_service(call: Call) -> JsonObject:
    """Change a service; from lists, entries are removed before others are added."""
    service, changes = _named(call), dict(call.body)
    facts = dict(service.facts)
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
    service.facts = facts | changes
    return service.wire(call.organization.now)


@operation("instanceDelete")
def delete_service(call: Call) -> None:
    """Begin to delete a stopped service."""
    _named(call).lifecycle.terminate(call.organization.clock.elapsed)


@operation("instanceStateUpdate")
def change_state(call: Call) -> JsonObject:
    """Start, stop or wake a service."""
    service = _named(call)
    if "command" not in call.body:
        raise bad_request("command: is required")
    service.lifecycle.command(call.body["command"], call.organization.clock.elapsed)
    return service.wire(call.organization.now)


def _named(call: Call) -> Service:
    return call.organization.service(call.parameters["serviceId"])


def _tag_filter(text: str) -> tuple[str, str | None]:
    """The key and the value, where there is one, of a filter such as ``tag:env=prod``."""
    kind, _, rest = text.partition(":")
    key, separator, value = rest.partition("=")
    if kind != "tag" or not key:
        raise bad_request(f"filter: {text!r} is neither tag:Key=Value nor tag:Key")
    return key, value if separator else None


def _has_tag(service: Service, key: str, value: str | None) -> bool:
    return any(
        tag["key"] == key and value in {None, tag.get("value", "")} for tag in service.facts["tags"]
    )


def _changed(entries: Iterable[JsonObject], change: JsonObject, identity: str) -> list[JsonObject]:
    """Apply ``remove``, then ``add``, to entries that one of their properties identifies."""
    added = {entry.get(identity): entry for entry in change.get("add", ())}
    gone = {entry.get(identity) for entry in change.get("remove", ())} | added.keys()
    return [entry for entry in entries if entry.get(identity) not in gone] + list(added.values())
