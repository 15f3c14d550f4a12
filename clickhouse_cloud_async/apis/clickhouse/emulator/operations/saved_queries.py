"""Queries that are saved with a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.paging import paged
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.emulation.problems import conflict
from clickhouse_cloud_async.emulation.randomness import random_uuid

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

_LISTED = ("id", "name", "database")


@operation("savedQueryList")
def list_queries(call: Call) -> object:
    """List queries without their SQL and parameters."""
    queries = call.collection.values()
    return paged(call, [{name: query[name] for name in _LISTED} for query in queries])


@operation("savedQueryCreate")
def create_query(call: Call) -> JsonObject:
    """Save a query."""
    _check_name(call, call.path, "")
    query_id = random_uuid(call.organization.world.random)
    return call.organization.world.store.put((*call.path, query_id), _query(call, query_id))


@operation("savedQueryGet")
def get_query(call: Call) -> JsonObject:
    """Show a query."""
    return call.document


@operation("savedQueryUpdate")
def update_query(call: Call) -> JsonObject:
    """Replace a query; omitted parameters are removed."""
    query_id = call.document["id"]
    _check_name(call, call.path[:-1], query_id)
    return call.organization.world.store.put(call.path, _query(call, query_id))


@operation("savedQueryDelete")
def delete_query(call: Call) -> None:
    """Delete a query."""
    call.organization.world.store.remove(call.path)


def _query(call: Call, query_id: str) -> JsonObject:
    return {"id": query_id, "parameters": {}, **call.body}


def _check_name(call: Call, queries: Path, own_id: str) -> None:
    """Check that no other query of the service has the name.

    Args:
        call: The call.
        queries: The collection of the service's queries.
        own_id: ID of the replaced query; empty for a new one.

    Raises:
        Problem: 409 if another query has it.
    """
    name = call.body["name"]
    for other in call.organization.world.store.collection(queries).values():
        if other["name"] == name and other["id"] != own_id:
            raise conflict(f"name: there is a saved query named {name} already")
