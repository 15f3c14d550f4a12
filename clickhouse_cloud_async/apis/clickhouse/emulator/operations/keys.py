"""API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.access.credentials import KeyHashes
from clickhouse_cloud_async.apis.clickhouse.emulator.access.key_index import has_key_hash
from clickhouse_cloud_async.apis.clickhouse.emulator.access.keys import (
    add_key,
    brought_hashes,
    read_changes,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.access.roles import shown_holder
from clickhouse_cloud_async.apis.clickhouse.emulator.paging import paged
from clickhouse_cloud_async.apis.clickhouse.emulator.quotas import API_KEYS, check_room
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.emulation.problems import bad_request
from clickhouse_cloud_async.emulation.randomness import random_text

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_UPDATE_TYPES = {
    "name": "name-changed",
    "roles": "role-changed",
    "_roleIds": "roles-v2-changed",
    "state": "state-changed",
    "expireAt": "date-changed",
    "ipAccessList": "ip-access-list-changed",
}


@operation("openapiKeyGetList")
def list_keys(call: Call) -> object:
    """List the keys, oldest first."""
    keys = call.organization.collection("keys").values()
    return paged(call, [shown_holder(call.organization, key) for key in keys])


@operation("openapiKeyGet")
def get_key(call: Call) -> JsonObject:
    """Show a key."""
    return shown_holder(call.organization, call.document)


@operation("openapiKeyCreate")
def create_key(call: Call) -> JsonObject:
    """Create a key; its ID and secret are shown only once, unless the caller sends hashes."""
    organization, data = call.organization, call.body.get("hashData")
    check_room(organization, API_KEYS)
    shown_once: JsonObject = {}
    if data is None:
        key_id, secret = (
            random_text(organization.world.random, 20),
            random_text(organization.world.random, 40),
        )
        shown_once = {"keyId": key_id, "keySecret": secret}
        hashes = KeyHashes.of(key_id, secret)
    else:
        hashes = brought_hashes(data)
        if has_key_hash(organization.world, hashes.id_hash):
            raise bad_request("hashData.keyIdHash: there is a key of this id already")
    key = add_key(organization, call.body, hashes)
    activities.record(call, "key_create")
    return {"key": shown_holder(organization, key), **shown_once}


@operation("openapiKeyUpdate")
def update_key(call: Call) -> JsonObject:
    """Change a key; null removes its expiry."""
    key = call.document
    before = dict(key)
    key.update(read_changes(call.organization, call.body))
    if key.get("expireAt") is None:
        key.pop("expireAt", None)
    # The newer roles are derived from the older ones.
    followed = {"_roleIds"} if "roles" in call.body else {"roles"}
    for name, kind in _UPDATE_TYPES.items():
        if name not in followed and key.get(name) != before.get(name):
            activities.record(call, "openapi_key_update", targetKeyId=key["id"], keyUpdateType=kind)
    return shown_holder(call.organization, key)


@operation("openapiKeyDelete")
def delete_key(call: Call) -> None:
    """Delete a key other than the caller's."""
    if call.key_path == call.path:
        raise bad_request("a key cannot delete itself")
    call.organization.world.store.remove(call.path)
    activities.record(call, "key_delete")
