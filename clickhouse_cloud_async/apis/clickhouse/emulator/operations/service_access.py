"""Access to a service: its password, private endpoints and query endpoint."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.apis.clickhouse.emulator.services import passwords, private_endpoints
from clickhouse_cloud_async.emulation.problems import Problem, bad_request
from clickhouse_cloud_async.emulation.randomness import random_uuid
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_NO_QUERIES: JsonObject = {"openApiKeys": [], "roles": [], "allowedOrigins": ""}


@operation("instancePasswordUpdate")
def set_password(call: Call) -> JsonObject:
    """Set the password; without a hash one is generated and shown only once."""
    service = call.service
    if "newPasswordHash" in call.body:
        passwords.take_hashes(service, call.body)
    activities.record(call, "service_update_password")
    if "newPasswordHash" in call.body:
        return {}
    return {"password": passwords.generate(call.organization, service)}


@operation("instancePrivateEndpointCreate")
def create_private_endpoint(call: Call) -> JsonObject:
    """Attach a private endpoint to the service and to the organisation."""
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
    """Show the target of private endpoints."""
    return private_endpoints.configuration(call.organization, call.service)


@operation("instanceQueryEndpointGet")
def get_query_endpoint(call: Call) -> JsonObject:
    """Show the query endpoint of a service."""
    return public(call.document)


@operation("instanceQueryEndpointUpsert")
def put_query_endpoint(call: Call) -> JsonObject:
    """Create or replace the query endpoint of a service."""
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
    """Delete the query endpoint of a service."""
    call.organization.world.store.remove(call.path)
    activities.record(call, "service_update_query_endpoints")
