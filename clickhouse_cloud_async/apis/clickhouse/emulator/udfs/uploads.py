"""Uploads of archives, each to a separate URL that works once.

An upload's document is deleted when it expires or when a version is built from its archive, so
every existing upload can be used.
"""

from __future__ import annotations

import zipfile
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.access.credentials import same_secret
from clickhouse_cloud_async.apis.clickhouse.emulator.organization import ORGANIZATIONS
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import timer
from clickhouse_cloud_async.emulation.clock import timestamp
from clickhouse_cloud_async.emulation.problems import Problem
from clickhouse_cloud_async.emulation.randomness import random_text, random_uuid

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.messages import Incoming
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

PLACE: Final = "uploads"
"""First segment of the path that archives are sent to."""

URL_LASTS = timedelta(minutes=15)

ARCHIVE_LASTS = timedelta(hours=24)

_END: Final = "udf_upload.end"

_MEDIA: Final = "application/zip"


def open_upload(organization: Organization, url: str) -> JsonObject:
    """Create a URL for the upload of one archive.

    Args:
        organization: The organisation.
        url: The base URL that the caller used.

    Returns:
        The session as the API shows it.
    """
    upload_id = random_uuid(organization.world.random)
    token = random_text(organization.world.random, 32)
    path = _path(organization.id, upload_id)
    organization.world.store.put(path, {"id": upload_id, "_token": token})
    organization.world.timers.set(
        path, _END, organization.world.elapsed + URL_LASTS.total_seconds()
    )
    return {
        "uploadId": upload_id,
        "uploadUrl": f"{url}/{PLACE}/{organization.id}/{upload_id}?token={token}",
        "expiresAt": timestamp(organization.now + URL_LASTS),
    }


def receive(world: World, incoming: Incoming) -> None:
    """Store an uploaded archive.

    Args:
        world: The emulator's documents and time.
        incoming: The request with the archive.

    Raises:
        Problem: 403 if the URL is invalid or expired, 409 if it was used, 413 for too many bytes,
            415 for another type of body.
    """
    *before, organization_id, upload_id = ["", *incoming.path.split("/")]
    path = _path(organization_id, upload_id)
    upload = world.store.find(path) if before == ["", "", PLACE] else None
    token = dict(incoming.query).get("token", "")
    if upload is None or not same_secret(token, upload["_token"]):
        raise Problem(403, "this URL takes no archive, or does so no longer")
    if "_isZip" in upload:
        raise Problem(409, "this URL has taken an archive already")
    if incoming.unread is not None:
        raise incoming.unread
    if incoming.headers.get("content-type") != _MEDIA:
        raise Problem(415, f"the Content-Type has to be {_MEDIA}")
    upload["_isZip"] = zipfile.is_zipfile(BytesIO(incoming.body))
    world.timers.set(path, _END, world.elapsed + ARCHIVE_LASTS.total_seconds())


def use_archive(organization: Organization, upload_id: str) -> bool:
    """Remove and return an archive for a version.

    Args:
        organization: The organisation.
        upload_id: Id of the upload.

    Returns:
        Whether it is a zip file.

    Raises:
        Problem: 410 if there is none.
    """
    path = _path(organization.id, upload_id)
    upload = organization.world.store.peek(path)
    if upload is None or "_isZip" not in upload:
        raise Problem(410, f"upload {upload_id} has no archive, or no longer has one")
    organization.world.store.remove(path)
    return bool(upload["_isZip"])


@timer(_END)
def _end(organization: Organization, path: Path) -> None:
    organization.world.store.remove(path)


def _path(organization_id: str, upload_id: str) -> Path:
    return (*ORGANIZATIONS, organization_id, "udfUploads", upload_id)
