"""Changes of services, and their activities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.emulation.problems import bad_request

from . import private_endpoints, rules
from .service import apply_endpoints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_ACTIVITIES: Mapping[str, str] = {
    "name": "service_update_name",
    "ipAccessList": "service_update_ip_access_list",
    "privateEndpointIds": "service_update_private_endpoints",
    "releaseChannel": "service_update_release_channel",
    "endpoints": "service_update_mysql_interface",
    "enableCoreDumps": "service_update_core_dump",
    "transparentDataEncryptionKeyId": "service_encryption_key_rotated",
    "minReplicaMemoryGb": "service_update_autoscaling_memory",
    "maxReplicaMemoryGb": "service_update_autoscaling_memory",
    "autoscalingMode": "service_update_autoscaling_replicas",
    "numReplicas": "service_update_autoscaling_replicas",
    "minReplicas": "service_update_autoscaling_replicas",
    "maxReplicas": "service_update_autoscaling_replicas",
    "idleScaling": "service_update_autoscaling_idling",
    "idleTimeoutMinutes": "service_update_autoscaling_idling",
}
"""Activities by changed property; changes of tags have none."""


def update(call: Call) -> JsonObject:
    """Apply a request to a service, completely or not at all.

    Returns:
        The service.

    Raises:
        Problem: 400 for an invalid value.
    """
    service = call.service
    before = dict(service)
    service.update(_changed(call, before))
    if "privateEndpointIds" in call.body:
        _change_private_endpoints(call, call.body["privateEndpointIds"])
    notify_changes(call, before, service)
    return service


def notify_changes(call: Call, before: JsonObject, after: JsonObject) -> None:
    """Record the changes of a service as activities, each once."""
    changed = [name for name in _ACTIVITIES if before.get(name) != after.get(name)]
    for kind in dict.fromkeys(_ACTIVITIES[name] for name in changed):
        activities.record(call, kind)


def _change_private_endpoints(call: Call, change: JsonObject) -> None:
    organization, service = call.organization, call.service
    gone = change.get("remove", ())
    service["privateEndpointIds"] = [i for i in service["privateEndpointIds"] if i not in gone]
    private_endpoints.attach(organization, service, change.get("add", ()))
    private_endpoints.refresh(organization)


def _changed(call: Call, service: JsonObject) -> JsonObject:
    """Return the properties of a service after a change."""
    body, facts = call.body, dict(service)
    if "name" in body:
        rules.check_name(body["name"])
    if "releaseChannel" in body:
        rules.check_channel(facts, body["releaseChannel"])
    if "transparentDataEncryptionKeyId" in body and not facts["hasTransparentDataEncryption"]:
        raise bad_request(
            "transparentDataEncryptionKeyId: the service has no transparent encryption"
        )
    plain = ("name", "releaseChannel", "transparentDataEncryptionKeyId", "enableCoreDumps")
    facts |= {name: body[name] for name in plain if name in body}
    facts["enableCoreDumps"] &= call.organization.document["enableCoreDumps"]
    facts["tags"] = rules.changed_tags(facts["tags"], body.get("tags", {}))
    facts["ipAccessList"] = rules.changed_sources(
        "ipAccessList.add", facts["ipAccessList"], body.get("ipAccessList", {})
    )
    apply_endpoints(facts, body.get("endpoints", ()))
    return facts
