"""Rules for dashboards beyond their schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from clickhouse_cloud_async.emulation.json_values import is_array

from .series import chart_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject

Place: TypeAlias = "tuple[str | int, ...]"
"""A path in a dashboard, such as ``("tiles", 0, "config")``."""

Finding: TypeAlias = "tuple[Place, str]"
"""A path, and the error at it."""

_SINGLE = frozenset({"bar", "heatmap", "pie"})
"""Charts with one value per group."""

_RATIO_PARTS = 2


def findings(dashboard: JsonObject) -> Iterator[Finding]:
    """Yield the errors in a dashboard.

    Args:
        dashboard: A dashboard that matches its schema.
    """
    containers: list[JsonObject] = dashboard.get("containers", [])
    yield from _of_containers(containers)
    tabs = {
        container["id"]: {tab["id"] for tab in container.get("tabs", ())}
        for container in containers
    }
    for index, tile in enumerate(dashboard["tiles"]):
        yield from _of_place(tile, ("tiles", index), tabs)
        yield from _of_content(tile, ("tiles", index))
    yield from _of_filters(dashboard.get("filters", []))


def _of_containers(containers: list[JsonObject]) -> Iterator[Finding]:
    yield from _repeated(
        ((item["id"], ("containers", i, "id")) for i, item in enumerate(containers))
    )
    for index, container in enumerate(containers):
        place = ("containers", index, "tabs")
        tabs = enumerate(container.get("tabs", ()))
        yield from _repeated(((tab["id"], (*place, i, "id")) for i, tab in tabs))


def _of_place(tile: JsonObject, place: Place, tabs: Mapping[str, set[str]]) -> Iterator[Finding]:
    container, tab = tile.get("containerId"), tile.get("tabId")
    if container is not None and container not in tabs:
        yield (*place, "containerId"), f"there is no container {container}"
    elif tab is not None and container is None:
        yield (*place, "tabId"), "needs a containerId"
    elif tab is not None and tab not in tabs[str(container)]:
        yield (*place, "tabId"), f"container {container} has no tab {tab}"


def _of_content(tile: JsonObject, place: Place) -> Iterator[Finding]:
    series: list[JsonObject] = tile.get("series", [])
    if "config" in tile:
        yield from _of_chart(tile["config"], (*place, "config"))
    elif len({part["type"] for part in series}) > 1:
        yield (*place, "series"), "must be of one type"
    elif series:
        yield from _of_chart(chart_of(tile), (*place, "series"))
    else:
        yield (*place, "config"), "is required"


def _of_chart(chart: JsonObject, place: Place) -> Iterator[Finding]:
    select: object = chart.get("select")
    if not is_array(select):
        return
    kind, formulas = chart["displayType"], chart.get("formulas")
    if chart.get("asRatio") and len(select) != _RATIO_PARTS:
        yield (*place, "select"), "must hold two items with asRatio"
    if chart.get("asRatio") and formulas:
        yield (*place, "formulas"), "cannot be combined with asRatio"
    one = kind in _SINGLE or (kind == "number" and not formulas)
    if one and len(select) != 1:
        yield (*place, "select"), f"must hold one item in a {kind} chart"
    if kind != "heatmap" or chart.get("heatmapMode") == "series":
        for index, item in enumerate(select):
            yield from _of_item(item, (*place, "select", index))


def _of_item(item: JsonObject, place: Place) -> Iterator[Finding]:
    function, value = item["aggFn"], item.get("valueExpression")
    if function == "count" and value:
        yield (*place, "valueExpression"), "cannot be given with count"
    if function != "count" and not value:
        yield (*place, "valueExpression"), f"is required with {function}"
    if "level" in item and function != "quantile":
        yield (*place, "level"), "works only with quantile"


def _of_filters(filters: list[JsonObject]) -> Iterator[Finding]:
    named = [(i, item["variableName"]) for i, item in enumerate(filters) if "variableName" in item]
    yield from _repeated(((name, ("filters", i, "variableName")) for i, name in named))
    for index, item in enumerate(filters):
        if "variableName" in item and not item.get("isVariableEnabled"):
            yield ("filters", index, "variableName"), "works only with isVariableEnabled"
        if item.get("appliesToSourceIds") and not item.get("isBroadcastEnabled", True):
            yield ("filters", index, "appliesToSourceIds"), "works only with isBroadcastEnabled"


def _repeated(values: Iterable[tuple[str, Place]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for value, place in values:
        if value in seen:
            yield place, f"{value} is given twice"
        seen.add(value)
