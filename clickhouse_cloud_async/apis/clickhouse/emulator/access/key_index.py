"""Index of API keys by the hash of the id that callers send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .credentials import same_secret, sha256

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

    from .credentials import Credential, KeyHashes

_INDEX: Path = ("_keys",)


def key_of(world: World, credential: Credential) -> Path | None:
    """Return the path of a credential's API key; None if there is none.

    Args:
        world: The emulator's documents and time.
        credential: Id and secret of a key.
    """
    path = _path_of(world, credential.hashes.id_hash)
    key = None if path is None else world.store.peek(path)
    if key is None or not same_secret(credential.hashes.secret_hash, key["_secretHash"]):
        return None
    return path


def has_key(world: World, key_id: str) -> bool:
    """Return whether an API key with an id exists."""
    return has_key_hash(world, sha256(key_id))


def has_key_hash(world: World, id_hash: str) -> bool:
    """Return whether an API key with the hash of an id exists."""
    path = _path_of(world, id_hash)
    return path is not None and world.store.peek(path) is not None


def exchange_key(world: World, key_id: str, hashes: KeyHashes) -> None:
    """Replace the id and secret of a key.

    Nothing happens if the key was deleted.
    """
    path = _path_of(world, sha256(key_id))
    world.store.collection(_INDEX).pop(sha256(key_id), None)
    if path is not None and world.store.find(path) is not None:
        register_key(world, path, hashes)["keySuffix"] = hashes.id_suffix


def register_key(world: World, path: Path, hashes: KeyHashes) -> JsonObject:
    """Add an API key to the index.

    Args:
        world: The emulator's documents and time.
        path: The path of the key.
        hashes: The hashes of its ID and secret.

    Returns:
        The key.
    """
    key = world.store.document(path)
    key["_secretHash"] = hashes.secret_hash
    world.store.put((*_INDEX, hashes.id_hash), {"path": list(path)})
    return key


def _path_of(world: World, id_hash: str) -> Path | None:
    entry = world.store.peek((*_INDEX, id_hash))
    return None if entry is None else tuple(entry["path"])
