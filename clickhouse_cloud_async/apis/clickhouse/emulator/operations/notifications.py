"""Notifications and their types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import notifications
from clickhouse_cloud_async.apis.clickhouse.emulator.paging import paged
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.emulation.moments import read_moment
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_FILTERS = {"severity": "severity", "type": "type", "resource_type": "resourceType"}


@operation("notificationGetList")
def list_notifications(call: Call) -> object:
    """List the notifications that match the filters, newest first."""
    passing = [each for each in notifications.visible(call) if _passes(each, call.query)]
    return paged(call, [public(each) for each in passing])


@operation("notificationTypesGetList")
def list_types(_call: Call) -> list[JsonObject]:
    """List the types of notification."""
    return [notifications.described(name) for name in notifications.TYPES]


def _passes(notification: JsonObject, query: Mapping[str, str]) -> bool:
    for parameter, name in _FILTERS.items():
        if parameter in query and notification[name] != query[parameter]:
            return False
    # The id of a service also selects its pipes.
    ids = {notification["resourceId"], notification["_instanceId"]}
    if "resource_id" in query and query["resource_id"] not in ids:
        return False
    created = read_moment("createdAt", notification["createdAt"])
    begins = "from_date" not in query or read_moment("from_date", query["from_date"]) <= created
    ends = "to_date" not in query or created <= read_moment("to_date", query["to_date"])
    return begins and ends
