"""Ways to a service: its password, its private endpoints and its query endpoint."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.access.credentials import is_sha256
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.apis.clickhouse.emulator.services import private_endpoints
from clickhouse_cloud_async.apis.clickhouse.emulator.services.service import PASSWORD_LENGTH
from clickhouse_cloud_async.emulation.problems import Problem, bad_request
from clickhouse_cloud_async.emulation.randomness import random_text, random_uuid
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_NO_QUERIES: JsonObject = {"openApiKeys": [], "roles": [], "allowedOrigins": ""}


@operation("instancePasswordUpdate")
def set_password(call: Call) -> JsonObject:
    """Set the password; without a hash one is generated and shown this once."""
    _check_hashes(call.body)
    activities.record(call, "service_update_password")
    if "newPasswordHash" in call.body:
        return {}
    return {"password": random_text(call.organization.world.random, PASSWORD_LENGTH)}


@operation("instancePrivateEndpointCreate")
def create_private_endpoint(call: Call) -> JsonObject:
    """Tie a private endpoint to the service and to the organisation."""
    organization, service, body = call.organization, call.service, call.body
    if not body.get("id"):
        raise bad_request("id: is required")
    private_endpoints.attach(organization, service, [body["id"]])
    endpoint = private_endpoints.describe(
        organization, service, body["id"], body.get("description", "")
    )
    private_endpoints.refresh(organization)
    activities.record(call, "service_update_private_endpoints")
    return endpoint


@operation("instancePrivateEndpointConfigGet")
def get_private_endpoint_config(call: Call) -> JsonObject:
    """Name what a private endpoint has to connect to."""
    return private_endpoints.configuration(call.organization, call.service)


@operation("instanceQueryEndpointGet")
def get_query_endpoint(call: Call) -> JsonObject:
    """Show the query endpoint of a service."""
    return public(call.document)


@operation("instanceQueryEndpointUpsert")
def put_query_endpoint(call: Call) -> JsonObject:
    """Give a service a query endpoint, in the place of what may be there."""
    if call.organization.world.is_live and call.service["state"] == "provisioning":
        raise Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal error")
    store = call.organization.world.store
    found = store.find(call.path)
    identity = found["id"] if found else random_uuid(call.organization.world.random)
    endpoint = store.put(call.path, {"id": identity, **_NO_QUERIES, **call.body})
    activities.record(call, "service_update_query_endpoints")
    return public(endpoint)


@operation("instanceQueryEndpointDelete")
def delete_query_endpoint(call: Call) -> None:
    """Take the query endpoint of a service away."""
    call.organization.world.store.remove(call.path)
    activities.record(call, "service_update_query_endpoints")


def _check_hashes(body: JsonObject) -> None:
    """Look at hashes of a password; the second one counts only beside the first."""
    if "newPasswordHash" not in body:
        return
    if not is_sha256(body["newPasswordHash"]):
        raise bad_request("newPasswordHash: must be a SHA-256 digest in base64")
    double = body.get("newDoubleSha1Hash", "0" * 40)
    if not re.fullmatch(r"[0-9a-fA-F]{40}", double):
        raise bad_request("newDoubleSha1Hash: must be a SHA-1 digest in hexadecimal digits")
