"""User-defined functions, their versions and where they are attached."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator import generic
from clickhouse_cloud_async.emulator.clock import timestamp
from clickhouse_cloud_async.emulator.problems import conflict
from clickhouse_cloud_async.emulator.randomness import random_text, random_uuid
from clickhouse_cloud_async.emulator.registry import operation

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
    store = call.organization.store
    name = call.body["functionName"]
    if name in store.collection(call.path):
        raise conflict(f"there is a function {name} already")
    function = generic.create_item(call, version=1)
    store.put((*call.path, name, "versions", "1"), dict(function))
    return function


@operation("udfVersionCreate")
def create_version(call: Call) -> JsonObject:
    """Add a version, which becomes what the function is."""
    store = call.organization.store
    function = store.document(call.path[:-1])
    version = generic.create_item(call, version=function["version"] + 1)
    function.update(version)
    return version


@operation("udfVersionDelete")
def delete_version(call: Call) -> None:
    """Delete a version other than the latest."""
    store = call.organization.store
    function = store.document(call.path[:-2])
    if call.path[-1] == str(function["version"]):
        raise conflict("the latest version can not be deleted")
    generic.delete_item(call)


@operation("udfAttach")
def attach(call: Call) -> JsonObject:
    """Attach a version, the latest by default, in the place of the one that may be attached."""
    store = call.organization.store
    service_id = call.parameters["serviceId"]
    call.organization.service(service_id)
    function = store.document(call.path[:-2])
    version = call.body.get("version", function["version"])
    store.document((*call.path[:-2], "versions", str(version)))
    attachment = {
        "functionName": function["functionName"],
        "serviceId": service_id,
        "status": "deployed",
        "version": version,
    }
    return store.put(call.path, attachment)
