"""Contents of files, each stored once for all files and versions that have it."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.releases.releases import content_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

_BLOBS: Final = ("blobs",)


def keep_blob(world: World, content: bytes) -> str:
    """Store a content, and return its key."""
    key = hashlib.sha256(content).hexdigest()
    if world.store.peek((*_BLOBS, key)) is None:
        world.store.put((*_BLOBS, key), {"content": base64.b64encode(content).decode()})
    return key


def blob(world: World, key: str) -> bytes:
    """Return a stored content."""
    found = world.store.peek((*_BLOBS, key))
    assert found is not None, "it is kept while a file holds it"
    return base64.b64decode(found["content"])


def sweep_blobs(world: World) -> None:
    """Remove the contents that no file and no version has any more."""
    blobs = world.store.collection(_BLOBS)
    if not blobs:
        return
    held = {file["_blob"] for file in _files(world)}
    for key in [key for key in blobs if key not in held]:
        del blobs[key]


def _files(world: World) -> Iterator[JsonObject]:
    """Yield every file, current ones and those in versions."""
    yield from world.store.collection(("files",)).peek_all().values()
    for version in world.store.collection(("versions",)).peek_all().values():
        content = content_at(world, version["productTierId"], version["version"])
        yield from content.get("files", {}).values()
