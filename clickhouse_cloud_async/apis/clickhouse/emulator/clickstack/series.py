"""Tiles in their older form, whose charts are lists of series."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject

_ITEM: Mapping[str, str] = {
    "aggFn": "aggFn",
    "level": "level",
    "field": "valueExpression",
    "alias": "alias",
    "where": "where",
    "whereLanguage": "whereLanguage",
    "metricName": "metricName",
    "metricDataType": "metricType",
    "numberFormat": "numberFormat",
}
"""Properties of a series, and their names in an item of a chart's selection."""


def chart_of(tile: JsonObject) -> JsonObject:
    """Return the configuration that is equivalent to a tile's series.

    Args:
        tile: A tile with series, all of one type.
    """
    series: list[JsonObject] = tile["series"]
    first = series[0]
    kind: str = first["type"]
    if kind == "markdown":
        return {"displayType": kind, "markdown": first["content"]}
    if kind == "search":
        kept = {name: first[name] for name in ("sourceId", "where", "whereLanguage")}
        return {"displayType": kind, **kept, "select": ", ".join(first["fields"])}
    chart: JsonObject = {
        "displayType": first.get("displayType", "line") if kind == "time" else kind,
        "sourceId": first["sourceId"],
        "select": [_item(part) for part in series],
    }
    if first.get("groupBy"):
        chart["groupBy"] = ", ".join(first["groupBy"])
    if kind == "table" and "sortOrder" in first:
        chart["orderBy"] = first["sortOrder"]
    if kind != "number" and "asRatio" in tile:
        chart["asRatio"] = tile["asRatio"]
    return chart


def _item(series: JsonObject) -> JsonObject:
    return {new: series[old] for old, new in _ITEM.items() if old in series}
