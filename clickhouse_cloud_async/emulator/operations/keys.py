"""API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator import generic
from clickhouse_cloud_async.emulator.credentials import KeyHashes
from clickhouse_cloud_async.emulator.keys import add_key
from clickhouse_cloud_async.emulator.problems import bad_request
from clickhouse_cloud_async.emulator.randomness import random_text
from clickhouse_cloud_async.emulator.registry import operation
from clickhouse_cloud_async.emulator.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call


@operation("openapiKeyCreate")
def create_key(call: Call) -> JsonObject:
    """Create a key; its id and secret are shown this once, unless the caller brought hashes."""
    organization, hashes = call.organization, call.body.get("hashData")
    if hashes is not None:
        brought = (hashes.get(name, "") for name in ("keyIdHash", "keyIdSuffix", "keySecretHash"))
        return {"key": public(add_key(organization, call.body, KeyHashes(*brought)))}
    key_id, secret = random_text(organization.random, 20), random_text(organization.random, 40)
    key = add_key(organization, call.body, KeyHashes.of(key_id, secret))
    return {"key": public(key), "keyId": key_id, "keySecret": secret}


@operation("openapiKeyDelete")
def delete_key(call: Call) -> None:
    """Delete a key other than the one that asks."""
    if call.key_path == call.path:
        raise bad_request("a key can not delete itself")
    generic.delete_item(call)
