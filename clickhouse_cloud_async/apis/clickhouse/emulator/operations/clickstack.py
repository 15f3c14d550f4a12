"""ClickStack: common handlers for lists and items, sources, and saved searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack import alerts
from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.common import draw_id, team_id
from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.sources import checked
from clickhouse_cloud_async.apis.clickhouse.emulator.paging import paged
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation(
    "clickStackListAlerts",
    "clickStackListDashboards",
    "clickStackListSavedSearches",
    "clickStackListSources",
    "clickStackListWebhooks",
)
def list_items(call: Call) -> object:
    """List a collection, or a page of it."""
    items = call.collection.values()
    return paged(call, [public(item) for item in items])


@operation(
    "clickStackGetAlert",
    "clickStackGetDashboard",
    "clickStackGetSavedSearch",
    "clickStackGetSource",
)
def get_item(call: Call) -> JsonObject:
    """Show an item."""
    return public(call.document)


@operation("clickStackDeleteAlert", "clickStackDeleteSource")
def delete_item(call: Call) -> None:
    """Delete an item without dependants."""
    call.organization.world.store.remove(call.path)


@operation("clickStackCreateSource")
def create_source(call: Call) -> JsonObject:
    """Create a source."""
    source_id = draw_id(call.organization.world.random)
    return call.organization.world.store.put(
        (*call.path, source_id), checked(call) | {"id": source_id}
    )


@operation("clickStackUpdateSource")
def update_source(call: Call) -> JsonObject:
    """Replace a source."""
    old = call.document
    return call.organization.world.store.put(call.path, checked(call) | {"id": old["id"]})


@operation("clickStackCreateSavedSearch")
def create_saved_search(call: Call) -> JsonObject:
    """Create a saved search."""
    organization = call.organization
    search_id, now = draw_id(organization.world.random), organization.timestamp
    given = {"id": search_id, "createdAt": now, "teamId": team_id(call.service_path)}
    return organization.world.store.put((*call.path, search_id), _saved_search(call) | given)


@operation("clickStackUpdateSavedSearch")
def update_saved_search(call: Call) -> JsonObject:
    """Replace a saved search; omitted properties are reset to their defaults."""
    old = call.document
    kept = {name: old[name] for name in ("id", "createdAt", "teamId")}
    return call.organization.world.store.put(call.path, _saved_search(call) | kept)


@operation("clickStackDeleteSavedSearch")
def delete_saved_search(call: Call) -> None:
    """Delete a saved search with the alerts that watch it."""
    call.organization.world.store.remove(call.path)
    alerts.drop(call, savedSearchId=call.path[-1])


def _saved_search(call: Call) -> JsonObject:
    return {
        "select": "",
        "where": "",
        "whereLanguage": "lucene",
        "orderBy": "",
        "tags": [],
        "filters": [],
        "updatedAt": call.organization.timestamp,
        **call.body,
    }
