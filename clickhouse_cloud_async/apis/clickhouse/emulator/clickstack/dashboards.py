"""Dashboards in their stored form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .common import draw_id
from .series import chart_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from clickhouse_cloud_async.emulation.json_values import JsonObject

_OLD_FORM = frozenset({"asRatio", "id", "series"})


def normalized(body: JsonObject) -> JsonObject:
    """Return what a request says of a dashboard, in full and in the newer form, without ids.

    Args:
        body: The request, which breaks no rule.
    """
    return {
        "name": body["name"],
        "tiles": [_tile(tile) for tile in body["tiles"]],
        "tags": body.get("tags", []),
        "filters": [
            {name: value for name, value in item.items() if name != "id"}
            for item in body.get("filters", ())
        ],
        "savedQuery": body.get("savedQuery"),
        "savedQueryLanguage": body.get("savedQueryLanguage"),
        "savedFilterValues": body.get("savedFilterValues", []),
        "containers": body.get("containers", []),
    }


def identified(body: JsonObject, old: JsonObject, random: Random) -> JsonObject:
    """A dashboard with ids for its tiles and filters.

    Args:
        body: The request, which breaks no rule.
        old: The dashboard that it replaces, whose IDs are kept; empty if there is none.
        random: The source of new IDs.
    """
    dashboard = normalized(body)
    for name in ("tiles", "filters"):
        ids = _ids(body.get(name, ()), old.get(name, ()), random)
        dashboard[name] = [
            {"id": item_id, **item} for item_id, item in zip(ids, dashboard[name], strict=True)
        ]
    return dashboard


def _tile(tile: JsonObject) -> JsonObject:
    kept = {name: value for name, value in tile.items() if name not in _OLD_FORM}
    return kept if "config" in kept else kept | {"config": chart_of(tile)}


def _ids(items: Iterable[JsonObject], old: Iterable[JsonObject], random: Random) -> Iterator[str]:
    """Return the ID of each item: the sent one if an old item has it, otherwise a new one."""
    known: set[str] = {item["id"] for item in old}
    for item in items:
        sent: str = item.get("id", "")
        yield sent if sent in known else draw_id(random)
        known.discard(sent)
