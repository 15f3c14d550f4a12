"""API keys."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.clock import timestamp
from clickhouse_cloud_async.emulation.moments import read_moment
from clickhouse_cloud_async.emulation.problems import bad_request, require_properties
from clickhouse_cloud_async.emulation.randomness import random_uuid

from . import addresses, roles
from .credentials import KeyHashes, is_sha256
from .key_index import register_key

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

_SUFFIX_LENGTH = 4


def add_key(organization: Organization, body: JsonObject, hashes: KeyHashes) -> JsonObject:
    """Add an API key.

    Args:
        organization: The organisation of the key.
        body: The properties of the key, in the form of a request to create one.
        hashes: The hashes of its ID and secret.

    Returns:
        The key.

    Raises:
        Problem: 400 if a value is invalid; nothing was added then.
    """
    require_properties(body, "name")
    facts = read_changes(organization, body)
    role_ids: list[str] = facts.pop("_roleIds", [])
    key_id = random_uuid(organization.world.random)
    key: JsonObject = {
        "id": key_id,
        "state": "enabled",
        "roles": roles.older_names(organization, role_ids),
        "keySuffix": hashes.id_suffix,
        "createdAt": organization.timestamp,
        "ipAccessList": [],
        "_roleIds": role_ids,
        **facts,
    }
    if key.get("expireAt") is None:
        key.pop("expireAt", None)
    path = (*organization.path, "keys", key_id)
    organization.world.store.put(path, key)
    return register_key(organization.world, path, hashes)


def read_changes(organization: Organization, body: JsonObject) -> JsonObject:
    """Return the properties of a key in a request.

    Args:
        organization: The organisation of the key.
        body: A request to create or change a key.

    Raises:
        Problem: 400 if a value is invalid.
    """
    facts: JsonObject = {
        name: body[name] for name in ("name", "state", "expireAt", "ipAccessList") if name in body
    }
    if not facts.get("name", "-").strip():
        raise bad_request("name: must not be empty")
    if facts.get("expireAt") is not None:
        expiry = read_moment("expireAt", facts["expireAt"])
        facts["expireAt"] = expiry.isoformat(timespec="seconds").replace("+00:00", "Z")
    addresses.check_sources("ipAccessList", facts.get("ipAccessList", ()))
    role_ids = roles.requested(organization, body)
    if role_ids is not None:
        facts["_roleIds"] = role_ids
    if not body.get("assignedRoleIds") and "roles" in body:
        if not body["roles"]:
            raise bad_request("roles: must have at least 1 items")
        facts["roles"] = list(dict.fromkeys(body["roles"]))
    return facts


def brought_hashes(data: JsonObject) -> KeyHashes:
    """Return the hashes that a caller passes.

    Args:
        data: The ``hashData`` of a request to create a key.

    Raises:
        Problem: 400 if one is missing or malformed.
    """
    require_properties(data, "keyIdHash", "keyIdSuffix", "keySecretHash", place="hashData")
    for name in ("keyIdHash", "keySecretHash"):
        if not is_sha256(data[name]):
            raise bad_request(f"hashData.{name}: must be the base64 of a SHA-256 digest")
    if len(data["keyIdSuffix"]) != _SUFFIX_LENGTH:
        raise bad_request(f"hashData.keyIdSuffix: must have {_SUFFIX_LENGTH} characters")
    return KeyHashes(data["keyIdHash"], data["keyIdSuffix"], data["keySecretHash"])


def is_valid(organization: Organization, key: JsonObject) -> bool:
    """Return whether a key is enabled and not expired."""
    expiry = key.get("expireAt")
    return key["state"] == "enabled" and (
        not expiry or datetime.fromisoformat(expiry) > organization.now
    )


def serves_address(key: JsonObject, peer: str, *, is_live: bool) -> bool:
    """Return whether a key can be used by a caller at an address.

    In the live API an empty list allows no address. According to the documentation, it allows all.
    """
    entries = key["ipAccessList"]
    return addresses.contains(entries, peer) or (not entries and not is_live)


def note_use(organization: Organization, path: Path) -> None:
    """Record the last use of a key, to the minute."""
    minute = int(organization.world.elapsed // 60)
    key = organization.world.store.peek(path)
    assert key is not None
    if key.get("_usedMinute") != minute:
        with organization.world.store.transaction():
            key = organization.world.store.document(path)
            key["_usedMinute"] = minute
            key["usedAt"] = timestamp(organization.now.replace(second=0))
