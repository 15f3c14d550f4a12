"""API keys."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.router import segments

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.credentials import KeyHashes
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.organization import Organization

_KEYS = segments("/v1/organizations/{organizationId}/keys")


def add_key(organization: Organization, body: JsonObject, hashes: KeyHashes) -> JsonObject:
    """Add an API key.

    Args:
        organization: What the key belongs to.
        body: What the key is to be, as a request to create one says it.
        hashes: What is kept of its id and secret.

    Returns:
        The key.
    """
    schema = organization.contract.schemas["ApiKeyPostRequest"]
    path = (*organization.path, "keys")
    key = organization.resources.add(_KEYS, path, body, schema, keySuffix=hashes.id_suffix)
    key.pop("usedAt", None)
    return organization.cloud.register_key((*path, key["id"]), hashes)


def is_valid(organization: Organization, key: JsonObject) -> bool:
    """Whether a key may ask: it is enabled and not expired."""
    expiry = key.get("expireAt")
    return key["state"] == "enabled" and (
        not expiry or datetime.fromisoformat(expiry) > organization.now
    )
