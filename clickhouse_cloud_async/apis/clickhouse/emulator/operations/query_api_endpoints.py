"""Named endpoints, each with its own query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.paging import paged
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.emulation.problems import conflict
from clickhouse_cloud_async.emulation.randomness import random_uuid

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_UNLISTED = frozenset({"parameters", "sql"})


@operation("queryApiEndpointList")
def list_endpoints(call: Call) -> object:
    """List endpoints without their queries."""
    endpoints = call.collection.values()
    listed = [
        {name: value for name, value in endpoint.items() if name not in _UNLISTED}
        for endpoint in endpoints
    ]
    return paged(call, listed)


@operation("queryApiEndpointCreate")
def create_endpoint(call: Call) -> JsonObject:
    """Create an endpoint."""
    endpoint_id = random_uuid(call.organization.world.random)
    activities.record(call, "service_update_query_endpoints")
    return call.organization.world.store.put(
        (*call.path, endpoint_id), _endpoint(call, endpoint_id)
    )


@operation("queryApiEndpointGet")
def get_endpoint(call: Call) -> JsonObject:
    """Show an endpoint."""
    return call.document


@operation("queryApiEndpointUpdate")
def update_endpoint(call: Call) -> JsonObject:
    """Replace an endpoint."""
    _check_owner(call)
    activities.record(call, "service_update_query_endpoints")
    return call.organization.world.store.put(call.path, _endpoint(call, call.path[-1]))


@operation("queryApiEndpointDelete")
def delete_endpoint(call: Call) -> None:
    """Delete an endpoint."""
    _check_owner(call)
    activities.record(call, "service_update_query_endpoints")
    call.organization.world.store.remove(call.path)


def _endpoint(call: Call, endpoint_id: str) -> JsonObject:
    return {
        "id": endpoint_id,
        "parameters": {},
        "allowedOrigins": [],
        **call.body,
        "url": f"https://queries.clickhouse.example/run/{endpoint_id}",
        "ownerType": "queryApiEndpoint",
    }


def _check_owner(call: Call) -> None:
    """Check that an endpoint was made through the API.

    Raises:
        Problem: 409 if a user made it.
    """
    endpoint = call.document
    if endpoint["ownerType"] == "user":
        raise conflict(f"endpoint {endpoint['id']} belongs to a user")
