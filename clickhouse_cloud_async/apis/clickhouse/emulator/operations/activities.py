"""Activities of the organisation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.emulation.moments import read_moment
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_DAY = len("2026-01-05")


@operation("activityGetList")
def list_activities(call: Call) -> list[JsonObject]:
    """List the activities of a period, newest first."""
    activities = reversed(list(call.organization.collection("activities").values()))
    begin, end = _bound(call, "from_date"), _bound(call, "to_date")
    if begin is None and end is None:
        return [public(activity) for activity in activities]
    return [
        public(activity)
        for activity in activities
        if (begin is None or begin <= datetime.fromisoformat(activity["createdAt"]))
        and (end is None or datetime.fromisoformat(activity["createdAt"]) <= end)
    ]


@operation("activityGet")
def get_activity(call: Call) -> JsonObject:
    """Show an activity."""
    return public(call.document)


def _bound(call: Call, name: str) -> datetime | None:
    """Return the start or end of the period; a plain date as its end includes that day."""
    text = call.query.get(name)
    if text is None:
        return None
    moment = read_moment(name, text)
    if name == "to_date" and len(text) == _DAY:
        return moment + timedelta(days=1, microseconds=-1)
    return moment
