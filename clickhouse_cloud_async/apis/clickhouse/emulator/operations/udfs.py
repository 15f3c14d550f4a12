"""User-defined functions, their versions and attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.paging import paged
from clickhouse_cloud_async.apis.clickhouse.emulator.plans import FUNCTIONS, require_feature
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation, page
from clickhouse_cloud_async.apis.clickhouse.emulator.udfs import attachments, uploads, versions
from clickhouse_cloud_async.emulation.messages import Outgoing
from clickhouse_cloud_async.emulation.problems import Problem, conflict, not_found
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.messages import Incoming
    from clickhouse_cloud_async.emulation.world import World


@operation("udfUploadSessionCreate")
def create_upload(call: Call) -> JsonObject:
    """Create a URL for the upload of an archive."""
    return uploads.open_upload(call.organization, call.incoming.url)


@page("PUT", uploads.PLACE)
def take_archive(world: World, incoming: Incoming) -> Outgoing:
    """Store the archive of a function; the URL contains the authorisation, so no key is needed."""
    try:
        uploads.receive(world, incoming)
    except Problem as problem:
        text = f"{problem.message}\n".encode()
        return Outgoing(problem.status, {"Content-Type": "text/plain; charset=utf-8"}, text)
    return Outgoing(200, {}, b"")


@operation("udfList")
def list_functions(call: Call) -> object:
    """List the latest version of each function."""
    return paged(call, list(versions.functions(call.organization)))


@operation("udfGet")
def get_function(call: Call) -> JsonObject:
    """Show the latest version of a function."""
    versions.find_function(call)
    return versions.latest(call.organization, call.parameters["functionName"])


@operation("udfCreate")
def create_function(call: Call) -> JsonObject:
    """Create a function, whose first version is then built."""
    require_feature(call.organization, FUNCTIONS)
    name = call.body["functionName"]
    if name in call.organization.collection("udfs"):
        raise conflict(f"there is a function {name} already")
    is_zip = uploads.use_archive(call.organization, call.body["uploadId"])
    activities.record(call, "udf_create")
    return versions.build(call, 1, is_zip=is_zip)


@operation("udfDelete")
def delete_function(call: Call) -> None:
    """Delete a function; services with it remove it in the background."""
    organization, name = call.organization, call.parameters["functionName"]
    function = versions.find_function(call)
    if versions.is_building(organization, name):
        raise conflict(f"a version of udf {name} is being built")
    activities.record(call, "udf_delete")
    attached = versions.attachments_of(organization, name)
    if not attached:
        organization.world.store.remove(call.path)
        return
    function["_isDeleted"] = True
    versions.versions_of(organization, name).clear()
    for service_id in attached:
        attachments.STATES.enter(organization, (*attached.path, service_id), "deprovisioning")


@operation("udfVersionList")
def list_versions(call: Call) -> object:
    """List the versions of a function, oldest first."""
    versions.find_function(call)
    listed = versions.versions_of(call.organization, call.parameters["functionName"]).values()
    return paged(call, [public(version) for version in listed])


@operation("udfVersionCreate")
def create_version(call: Call) -> JsonObject:
    """Build a version, which becomes the latest of the function."""
    require_feature(call.organization, FUNCTIONS)
    function = versions.find_function(call)
    is_zip = uploads.use_archive(call.organization, call.body["uploadId"])
    activities.record(call, "udf_version_create")
    return versions.build(call, function["_latest"] + 1, is_zip=is_zip)


@operation("udfVersionDelete")
def delete_version(call: Call) -> None:
    """Delete a version that is neither the latest nor attached nor being built."""
    organization, name = call.organization, call.parameters["functionName"]
    function = versions.find_function(call)
    version = call.document
    number = version["version"]
    if number == function["_latest"]:
        raise conflict("the latest version cannot be deleted")
    if version["status"] == "building":
        raise conflict(f"version {number} is being built")
    attached = versions.attachments_of(organization, name).values()
    if any(attachment["version"] == number for attachment in attached):
        raise conflict(f"version {number} is attached to a service")
    organization.world.store.remove(call.path)
    activities.record(call, "udf_version_delete")


@operation("udfAttachmentList")
def list_attachments(call: Call) -> object:
    """List the attachments of a function."""
    listed = versions.attachments_of(call.organization, call.parameters["functionName"]).values()
    return paged(call, [public(attachment) for attachment in listed])


@operation("udfAttachmentGet")
def get_attachment(call: Call) -> JsonObject:
    """Show an attachment of a function."""
    return public(_attachment(call))


@operation("udfAttach")
def attach(call: Call) -> JsonObject:
    """Attach a version, which replaces an attached one."""
    organization, service_id = call.organization, call.parameters["serviceId"]
    versions.find_function(call)
    service, number = call.service, attachments.choose_version(call)
    attachment = organization.world.store.find(call.path)
    if attachment is not None:
        attachments.check_settled(attachment)
    attachments.check_running(service)
    if attachment is None:
        attachments.check_room(organization, service_id)
        name = call.parameters["functionName"]
        attachment = organization.world.store.put(
            call.path, {"functionName": name, "serviceId": service_id}
        )
    attachment["version"] = number
    activities.record(call, "udf_attach")
    return public(attachments.STATES.enter(organization, call.path, "provisioning"))


@operation("udfDetach")
def detach(call: Call) -> None:
    """Detach a function from a service."""
    attachments.check_settled(_attachment(call))
    activities.record(call, "udf_detach")
    attachments.STATES.enter(call.organization, call.path, "deprovisioning")


def _attachment(call: Call) -> JsonObject:
    attachment = call.organization.world.store.find(call.path)
    if attachment is None:
        raise not_found(f"attachment of udf {call.path[-3]} to service {call.path[-1]}")
    return attachment
