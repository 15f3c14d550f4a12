"""Rules for alerts beyond their schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.plans import FAST_ALERTS, require_feature
from clickhouse_cloud_async.emulation.json_values import without_nulls
from clickhouse_cloud_async.emulation.problems import bad_request, require_properties

from .common import neighbours

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_RANGES = frozenset({"between", "not_between"})


_CLEARED = ("name", "message", "note", "numConsecutiveWindows")
"""Properties that become null if a replacement omits them."""

_KEPT = ("groupBy", "thresholdMax")
"""Properties that keep their value if a replacement omits them."""

_START, _OFFSET = "scheduleStartAt", "scheduleOffsetMinutes"


def replacement(body: JsonObject, old: JsonObject) -> JsonObject:
    """Return what the replacement of an alert says, with what it leaves alone.

    An omitted start or offset is kept, unless the replacement sets the other one (deduced).

    Args:
        body: The request.
        old: The replaced alert.

    Raises:
        Problem: 400 for a null in place of what cannot be cleared.
    """
    for name in _KEPT:
        if body.get(name, "") is None:
            raise bad_request(f"{name}: cannot be null in a replacement; leave it out to keep it")
    schedule = (_START, _OFFSET) if body.keys().isdisjoint((_START, _OFFSET)) else ()
    kept = {name: old[name] for name in (*_KEPT, *schedule) if name in old}
    if body.get(_START, "") is None:
        kept[_OFFSET] = 0
    return kept | body


def cleared(facts: JsonObject) -> JsonObject:
    """Return a replaced alert with null for the properties that its replacement omits."""
    return dict.fromkeys(_CLEARED) | facts


def checked(call: Call, body: JsonObject) -> JsonObject:
    """Return what a request says of an alert, in full.

    Args:
        call: The creation or replacement of an alert.
        body: The request, with the properties that it keeps.

    Raises:
        Problem: 400 for what breaks a rule, 403 for an interval that needs a feature.
    """
    facts = without_nulls(body)
    facts["source"] = _source(facts)
    if call.organization.world.is_live:
        require_properties(facts, "threshold", "thresholdType", "interval")
    if _START in facts and facts.get(_OFFSET):
        raise bad_request(f"{_OFFSET}: cannot be combined with {_START}")
    name, tags = _watched_name(call, facts)
    _check_range(facts)
    if facts.get("interval") == "30s":
        require_feature(call.organization, FAST_ALERTS, "interval")
    channels = facts.get("channels") or [facts[name] for name in ("channel",) if name in facts]
    if not channels:
        raise bad_request("channels: at least one is needed")
    for channel in channels:
        _check_channel(call, channel)
    return (
        {"displayName": name, "tags": tags}
        | facts
        | {
            "channel": channels[0],
            "channels": channels,
        }
    )


_WATCHED = (("saved_search", "savedSearchId"), ("tile", "tileId"), ("inline", "chartConfig"))
"""The sources of alerts, each with the property that implies it."""


def _source(facts: JsonObject) -> str:
    for source, name in _WATCHED:
        if facts.get("source", source) == source and name in facts:
            return source
    require_properties(facts, "source")
    return str(facts["source"])


def _watched_name(call: Call, facts: JsonObject) -> tuple[str, list[str]]:
    """Return name and tags of the watched object, which are the alert's defaults.

    Raises:
        Problem: 400 if it does not exist.
    """
    if facts["source"] == "inline":
        _needed(facts, "chartConfig")
        return facts["chartConfig"].get("name", ""), []
    _check_watched(call, facts)
    if facts["source"] == "saved_search":
        search = neighbours(call, "saved-searches")[facts["savedSearchId"]]
        return search["name"], search["tags"]
    dashboard = neighbours(call, "dashboards")[facts["dashboardId"]]
    tile = next(tile for tile in dashboard["tiles"] if tile["id"] == facts["tileId"])
    return tile["name"], dashboard.get("tags", [])


def _check_watched(call: Call, facts: JsonObject) -> None:
    if facts["source"] == "saved_search":
        for name in ("dashboardId", "tileId"):
            if name in facts:
                raise bad_request(f"{name}: is not for source saved_search")
        if _needed(facts, "savedSearchId") not in neighbours(call, "saved-searches"):
            raise bad_request(f"savedSearchId: there is no saved search {facts['savedSearchId']}")
        return
    dashboard = neighbours(call, "dashboards").peek(_needed(facts, "dashboardId"))
    if dashboard is None:
        raise bad_request(f"dashboardId: there is no dashboard {facts['dashboardId']}")
    if _needed(facts, "tileId") not in {tile["id"] for tile in dashboard["tiles"]}:
        raise bad_request(f"tileId: dashboard {dashboard['id']} has no tile {facts['tileId']}")


def _needed(facts: JsonObject, name: str) -> str:
    if name not in facts:
        raise bad_request(f"{name}: is required with source {facts['source']}")
    return str(facts[name])


def _check_range(facts: JsonObject) -> None:
    if facts.get("numConsecutiveWindows", 1) < 1:
        raise bad_request("numConsecutiveWindows: must be at least 1")
    if facts.get("thresholdType") not in _RANGES:
        return
    for name in ("threshold", "thresholdMax"):
        if name not in facts:
            raise bad_request(f"{name}: is required with thresholdType {facts['thresholdType']}")
    if facts["thresholdMax"] < facts["threshold"]:
        raise bad_request("thresholdMax: must be at least the threshold")


def _check_channel(call: Call, channel: JsonObject) -> None:
    name = {"webhook": "webhookId", "email": "emailRecipients"}[channel["type"]]
    if name not in channel:
        raise bad_request(f"channels: a channel of type {channel['type']} needs {name}")
    if name == "webhookId" and channel[name] not in neighbours(call, "webhooks"):
        raise bad_request(f"channels: there is no webhook {channel[name]}")
