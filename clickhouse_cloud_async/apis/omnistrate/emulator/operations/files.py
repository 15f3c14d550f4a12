"""Files of resources: uploads are stored and returned unchanged."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.call import kept
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import REGISTRY, operation
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.blobs import blob, keep_blob, sweep_blobs
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.crud import released, version_asked_for
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.kinds import BY_COLLECTION
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.shown import shown
from clickhouse_cloud_async.emulation.messages import Reply
from clickhouse_cloud_async.emulation.problems import Problem, bad_request, conflict

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.apis.omnistrate.emulator.place import Place
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

_KIND: Final = BY_COLLECTION["files"]
_METADATA: Final = ("Name", "Description", "FileType", "MountPath")
_HOLDERS: Final = {
    (name,)
    for name in (
        "environments",
        "files",
        "models",
        "resources",
        "service-apis",
        "services",
        "tiers",
    )
}
"""Collections of resources with files, and of their parents."""

_TYPES: Final = ("Config", "Secret")


@operation("addFile")
def add(call: Call) -> str:
    """Store an upload, whose headers contain everything except the content."""
    resource = call.get("resources", call.parameters["id"])
    content = _content(call)
    given = {name: call.headers.get(name.lower(), "") for name in _METADATA}
    for name, value in given.items():
        if name.lower() not in call.headers:
            raise bad_request(f"header {name} is required")
        if not value.isascii():
            raise bad_request(f"header {name} must be ASCII text")
    if given["FileType"] not in _TYPES:
        raise bad_request(f"header FileType must be one of {', '.join(_TYPES)}")
    fields = {
        "name": given["Name"],
        "description": given["Description"],
        "type": given["FileType"],
        "mountPath": given["MountPath"],
        "resourceId": resource["id"],
        "serviceId": resource["serviceId"],
        **_content_fields(call, content),
    }
    key: str = tree.add(call.world, "files", call.org_id, fields)["id"]
    return key


@REGISTRY.on_create("files")
def _name(place: Place, path: Path) -> None:
    """Add the ID of a file to its fields, as in responses."""
    place.world.store.document(path)["fileId"] = path[-1]


@operation("updateFileContent")
def replace_content(call: Call) -> None:
    """Replace the content of a file; its other fields do not change."""
    file = _file(call)
    file |= _content_fields(call, _content(call))


@operation("updateFileMetadata")
def update_metadata(call: Call) -> None:
    """Change the fields of a file; its content does not change."""
    file = _file(call)
    file |= kept(call.body, "name", "description", "mountPath")


@operation("listFiles")
def list_all(call: Call) -> JsonObject:
    """List the files of a resource, now or in a version of its product tier."""
    resource = call.get("resources", call.parameters["id"])
    version = version_asked_for(call)
    every = call.all("files") if version is None else iter(released(call, _KIND, *version).values())
    own = [file for file in every if file["resourceId"] == resource["id"]]
    return {"files": [shown(call.world, "files", file) for file in own]}


@operation("getFile")
def download(call: Call) -> Reply:
    """Return the content of a file, now or in a version of the product tier."""
    version = version_asked_for(call)
    if version is None:
        file = _file(call)
    else:
        found = released(call, _KIND, *version).get(call.parameters["fileId"])
        if found is None:
            raise _missing(call)
        file = found
    return Reply(blob(call.world, file["_blob"]))


@operation("removeFile")
def remove(call: Call) -> None:
    """Remove a file."""
    tree.remove(call.world, "files", _file(call)["id"])


@REGISTRY.on_change
def _sweep(call: Call) -> None:
    """Remove contents together with the last file or version that has them."""
    if call.path[:1] in _HOLDERS:
        sweep_blobs(call.world)


def _file(call: Call) -> JsonObject:
    file = call.store.find(("files", call.parameters["fileId"]))
    if file is None or file["resourceId"] != call.parameters["id"]:
        raise _missing(call)
    return file


def _missing(call: Call) -> Problem:
    """Return the error for a file that does not exist, which is a conflict in this API."""
    return conflict(f"file {call.parameters['fileId']} was not found")


def _content_fields(call: Call, content: bytes) -> JsonObject:
    return {
        "size": len(content),
        "uploadTime": call.now,
        "uploadedBy": call.user.get("name", ""),
        "_blob": keep_blob(call.world, content),
    }


def _content(call: Call) -> bytes:
    """Return the content of the first part of an upload; empty if no part was sent.

    Raises:
        Problem: 415 if the body is not a multipart body with a boundary.
    """
    media = call.headers.get("content-type", "")
    if not media.lower().startswith("multipart/") or "boundary=" not in media:
        problem = "the Content-Type must be multipart/form-data with a boundary"
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, problem)
    head = f"Content-Type: {media}\r\n\r\n".encode("ascii", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + call.content)
    part = next(message.iter_parts(), None) if message.is_multipart() else None
    content = None if part is None else part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
