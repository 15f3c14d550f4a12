"""User-defined functions, their versions and where they are attached."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator import generic
from clickhouse_cloud_async.emulator.clock import timestamp
from clickhouse_cloud_async.emulator.problems import conflict, not_found
from clickhouse_cloud_async.emulator.randomness import random_text, random_uuid
from clickhouse_cloud_async.emulator.registry import operation
from clickhouse_cloud_async.emulator.router import segments

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call

_UPLOAD_LASTS = timedelta(minutes=15)


@operation("udfUploadSessionCreate")
def create_upload(call: Call) -> JsonObject:
    """Hand out a URL for an archive; nothing listens there."""
    random = call.organization.random
    return {
        "uploadId": random_uuid(random),
        "uploadUrl": f"https://uploads.clickhouse.example/{random_text(random, 24)}",
        "expiresAt": timestamp(call.organization.now + _UPLOAD_LASTS),
    }


@operation("udfCreate")
def create_function(call: Call) -> JsonObject:
    """Create a function with its first version."""
    resources, template = call.organization.resources, segments(call.operation.path)
    name = call.body["functionName"]
    if name in resources.collection(template, call.path):
        raise conflict(f"there is a function {name} already")
    function = generic.create_item(call, version=1)
    versions = (*template, "{functionName}", "versions")
    resources.collection(versions, (*call.path, name, "versions"))["1"] = dict(function)
    return function


@operation("udfVersionCreate")
def create_version(call: Call) -> JsonObject:
    """Add a version, which becomes what the function is."""
    resources, template = call.organization.resources, segments(call.operation.path)
    function = resources.item(template[:-1], call.path[:-1])
    version = generic.create_item(call, version=function["version"] + 1)
    function.update(version)
    return version


@operation("udfVersionDelete")
def delete_version(call: Call) -> None:
    """Delete a version other than the latest."""
    resources, template = call.organization.resources, segments(call.operation.path)
    function = resources.item(template[:-2], call.path[:-2])
    if call.path[-1] == str(function["version"]):
        raise conflict("the latest version can not be deleted")
    generic.delete_item(call)


@operation("udfAttach")
def attach(call: Call) -> JsonObject:
    """Attach a version, the latest by default, in the place of the one that may be attached."""
    resources, template = call.organization.resources, segments(call.operation.path)
    service_id = call.parameters["serviceId"]
    call.organization.service(service_id)
    function = resources.item(template[:-2], call.path[:-2])
    version = call.body.get("version", function["version"])
    versions = (*template[:-2], "versions")
    if str(version) not in resources.collection(versions, (*call.path[:-2], "versions")):
        raise not_found(f"version {version}")
    attachment = {
        "functionName": function["functionName"],
        "serviceId": service_id,
        "status": "deployed",
        "version": version,
    }
    resources.collection(template[:-1], call.path[:-1])[service_id] = attachment
    return attachment
