"""Services: list, create, show, change, delete, and their state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.access.permissions import (
    MANAGE_SERVICE,
    VIEW_SERVICE,
    require,
    viewable,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.backups import backups
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import REGISTRY, operation
from clickhouse_cloud_async.apis.clickhouse.emulator.services import passwords
from clickhouse_cloud_async.apis.clickhouse.emulator.services.changes import update
from clickhouse_cloud_async.apis.clickhouse.emulator.services.creation import create
from clickhouse_cloud_async.apis.clickhouse.emulator.services.service import (
    STATES,
    command,
    shown,
    terminate,
    view,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.services.tags import tag_filters
from clickhouse_cloud_async.emulation.problems import require_properties

if TYPE_CHECKING:
    from orjson import Fragment

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_ACTIVITIES = {"start": "service_start", "stop": "service_stop", "awake": "service_awaken"}


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
    """Create a service, which starts by itself."""
    organization = call.organization
    facts = create(organization, call.body)
    path = (*call.path, facts["id"])
    organization.world.store.put(path, facts)
    STATES.enter(organization, path, "provisioning")
    REGISTRY.created("service", organization, path)
    activities.record(call, "service_create", serviceId=facts["id"])
    if "backupId" in call.body:
        backups.restore(organization, facts["id"], call.body["backupId"])
        activities.record(call, "service_restore_backup", serviceId=facts["id"])
    password = passwords.generate(organization, facts)
    return {
        "service": shown(organization, facts),
        "password": password,
    }


@operation("instanceGet")
def get_service(call: Call) -> JsonObject | Fragment:
    """Show a service."""
    call.organization.world.store.document(call.path)
    return view(call.organization, call.parameters["serviceId"])


@operation("instanceUpdate")
def update_service(call: Call) -> JsonObject:
    """Change a service; entries are removed from lists before others are added."""
    return shown(call.organization, update(call))


@operation("instanceDelete")
def delete_service(call: Call) -> None:
    """Start the deletion of a service."""
    is_new = call.service["state"] != "terminating"
    terminate(call.organization, call.path)
    if is_new:
        activities.record(call, "service_delete")


@operation("instanceStateUpdate")
def change_state(call: Call) -> JsonObject:
    """Start, stop or wake a service."""
    require_properties(call.body, "command")
    name = call.body["command"]
    require(call, VIEW_SERVICE if name == "awake" else MANAGE_SERVICE)
    before = call.service["state"]
    service = command(call.organization, call.service_path, name)
    if service["state"] != before:
        activities.record(call, _ACTIVITIES[name])
    return shown(call.organization, service)
