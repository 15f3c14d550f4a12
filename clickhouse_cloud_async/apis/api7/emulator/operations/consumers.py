"""Consumers and their credentials."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.api7.emulator.call import kept, new_id
from clickhouse_cloud_async.apis.api7.emulator.listing import page_of
from clickhouse_cloud_async.apis.api7.emulator.registry import operation
from clickhouse_cloud_async.apis.api7.emulator.tokens import signed
from clickhouse_cloud_async.emulation.clock import moment_at
from clickhouse_cloud_async.emulation.json_values import is_object
from clickhouse_cloud_async.emulation.problems import bad_request, conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.api7.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_FIELDS = ("name", "description", "credentials", "labels", "plugins")
_DEFAULTS: dict[str, Any] = {"description": "", "credentials": None, "labels": [], "plugins": {}}
_UNIQUE = ("key", "username", "access_key")
"""Fields of credentials that must be unique within the control plane."""


@operation("listConsumers")
def list_all(call: Call) -> JsonObject:
    """Return a page of a control plane's consumers."""
    return page_of(call.collection.peek_all().values(), call.query)


@operation("createConsumer")
def create(call: Call) -> JsonObject:
    """Create a consumer."""
    consumer = new_id(call.world)
    times = {"created_at": call.now, "updated_at": call.now}
    document = {"id": consumer, **times, **_DEFAULTS, **kept(call.body, *_FIELDS)}
    _check(call, call.path, document)
    return call.store.put((*call.path, consumer), document)


@operation("getConsumer")
def get(call: Call) -> JsonObject:
    """Show a consumer."""
    return call.document


@operation("updateConsumer")
def replace(call: Call) -> JsonObject | None:
    """Replace a consumer by the body and defaults; in documented mode the response is empty."""
    consumer = _changed(call, {**_DEFAULTS, **kept(call.body, *_FIELDS)})
    return consumer if call.world.is_live else None


@operation("patchConsumer")
def update(call: Call) -> None:
    """Change some fields of a consumer; the response is empty."""
    content = kept(call.body, *_FIELDS)
    if "credentials" in call.body:
        content["credentials"] = call.body["credentials"]
    _changed(call, content)


@operation("deleteConsumer")
def delete(call: Call) -> None:
    """Remove a consumer."""
    call.store.remove(call.path)


@operation("createConsumerJwt")
def create_token(call: Call) -> str:
    """Sign a token with a consumer's JWT credentials."""
    consumer = call.store.document(call.path[:-1])
    jwt = next((c for kind, c in _kinds(consumer) if "jwt" in kind.lower()), None)
    if jwt is None or not isinstance(jwt.get("key"), str):
        raise bad_request("the consumer has no JWT credentials")
    begin = int(moment_at(call.world.elapsed).timestamp())
    claims = {
        **call.body.get("custom_payload", {}),
        "key": jwt["key"],
        "exp": begin + call.body.get("ttl", 86_400),
    }
    algorithm = jwt.get("algorithm", "HS256")
    if algorithm not in {"HS256", "HS512"}:
        raise bad_request("the consumer's tokens are signed by HS256 or HS512 only")
    return signed(claims, _secret(jwt), algorithm)


def _secret(jwt: Mapping[str, Any]) -> bytes:
    secret = str(jwt.get("secret", "")).encode()
    if not jwt.get("base64_secret"):
        return secret
    try:
        return base64.b64decode(secret, validate=True)
    except binascii.Error:
        raise bad_request("the secret of the consumer's JWT credentials is not base64") from None


def _changed(call: Call, content: JsonObject) -> JsonObject:
    consumer = call.document
    if content.get("name", consumer["name"]) != consumer["name"]:
        raise bad_request("name: cannot be changed")
    _check(call, call.path[:-1], {**consumer, **content})
    consumer |= {**content, "updated_at": call.now}
    return consumer


def _check(call: Call, collection: tuple[str, ...], consumer: JsonObject) -> None:
    """Refuse a name or a credential that another consumer has."""
    credentials = consumer["credentials"]
    if credentials is not None and not all(map(is_object, credentials.values())):
        raise bad_request("credentials: each kind must be an object")
    mine = set(_identities(consumer))
    for other in call.store.collection(collection).peek_all().values():
        if other["id"] == consumer["id"]:
            continue
        if other["name"] == consumer["name"]:
            raise conflict(f"name: there is a consumer {consumer['name']} already")
        for kind, field, _ in mine & set(_identities(other)):
            raise conflict(f"credentials.{kind}.{field}: another consumer has it")


def _kinds(consumer: JsonObject) -> list[tuple[str, JsonObject]]:
    return list((consumer["credentials"] or {}).items())


def _identities(consumer: JsonObject) -> list[tuple[str, str, str]]:
    return [
        (kind, field, credential[field])
        for kind, credential in _kinds(consumer)
        for field in _UNIQUE
        if isinstance(credential.get(field), str)
    ]
