"""Dashboards of ClickStack: what they have to keep to, and which ids stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .client import Api

COUNT = {"aggFn": "count"}
MAXIMUM = {"aggFn": "max", "valueExpression": "Duration"}


async def _path(api: Api) -> str:
    return f"{await api.service_path()}/clickstack/dashboards"


def tile(**parts: object) -> dict[str, Any]:
    """A tile."""
    return {"name": "t", "x": 0, "y": 0, "w": 6, "h": 3, **parts}


def chart(kind: str, *select: object, **parts: object) -> dict[str, Any]:
    """A tile with a chart of a kind."""
    return tile(config={"displayType": kind, "sourceId": "s", "select": list(select), **parts})


def dashboard(*tiles: dict[str, Any], **parts: object) -> dict[str, Any]:
    """A dashboard."""
    return {"name": "d", "tiles": list(tiles), **parts}


def filter_(**parts: object) -> dict[str, Any]:
    """A filter."""
    return {"type": "QUERY_EXPRESSION", "name": "f", "expression": "e", "sourceId": "s", **parts}


def container(*tabs: str) -> dict[str, Any]:
    """A container with tabs."""
    named = [{"id": tab, "title": tab} for tab in tabs]
    return {"id": "c", "title": "c", "collapsed": False, "tabs": named}


FORMULAS = [{"expression": "A / B"}]

WRONG = [
    (dashboard(tile()), "tiles[0].config: is required"),
    (dashboard(chart("line", COUNT, asRatio=True)), "tiles[0].config.select: must hold two"),
    (
        dashboard(chart("table", COUNT, MAXIMUM, asRatio=True, formulas=FORMULAS)),
        "tiles[0].config.formulas: cannot be combined",
    ),
    *(
        (dashboard(chart(kind, COUNT, MAXIMUM)), "tiles[0].config.select: must hold one item")
        for kind in ("pie", "bar", "number")
    ),
    (dashboard(chart("heatmap")), "tiles[0].config.select: must hold one item"),
    (
        dashboard(chart("line", COUNT | {"valueExpression": "x"})),
        "tiles[0].config.select[0].valueExpression: cannot be given",
    ),
    (
        dashboard(chart("line", COUNT, {"aggFn": "sum"})),
        "tiles[0].config.select[1].valueExpression: is required with sum",
    ),
    (
        dashboard(chart("line", MAXIMUM | {"level": 0.9})),
        "tiles[0].config.select[0].level: works only with quantile",
    ),
    (
        dashboard(chart("heatmap", COUNT | {"valueExpression": "x"}, heatmapMode="series")),
        "tiles[0].config.select[0].valueExpression: cannot be given",
    ),
    (dashboard(tile(config={}, tabId="t")), "tiles[0].config"),
    (dashboard(chart("line", COUNT) | {"tabId": "t"}), "tiles[0].tabId: needs a containerId"),
    (
        dashboard(chart("line", COUNT) | {"containerId": "x"}, containers=[container()]),
        "tiles[0].containerId: there is no container x",
    ),
    (
        dashboard(
            chart("line", COUNT) | {"containerId": "c", "tabId": "x"}, containers=[container("t")]
        ),
        "tiles[0].tabId: container c has no tab x",
    ),
    (dashboard(containers=[container(), container()]), "containers[1].id: c is given twice"),
    (dashboard(containers=[container("t", "t")]), "containers[0].tabs[1].id: t is given twice"),
    (
        dashboard(filters=[filter_(variableName="v")]),
        "filters[0].variableName: works only with isVariableEnabled",
    ),
    (
        dashboard(filters=[filter_(variableName="v", isVariableEnabled=True)] * 2),
        "filters[1].variableName: v is given twice",
    ),
    (
        dashboard(filters=[filter_(appliesToSourceIds=["s"], isBroadcastEnabled=False)]),
        "filters[0].appliesToSourceIds: works only with isBroadcastEnabled",
    ),
]

RIGHT = [
    dashboard(chart("line", COUNT, MAXIMUM, asRatio=True)),
    dashboard(chart("number", COUNT, MAXIMUM, formulas=FORMULAS)),
    dashboard(chart("stacked_bar", MAXIMUM | {"aggFn": "quantile", "level": 0.5})),
    dashboard(chart("heatmap", {"valueExpression": "Duration"})),
    dashboard(chart("heatmap", MAXIMUM, heatmapMode="series")),
    dashboard(
        chart("line", COUNT) | {"containerId": "c", "tabId": "t"}, containers=[container("t")]
    ),
    dashboard(filters=[filter_(appliesToSourceIds=["s"]), filter_(isBroadcastEnabled=False)]),
]


@pytest.mark.parametrize(("body", "message"), WRONG)
async def test_what_is_wrong_with_a_dashboard(api: Api, body: dict[str, Any], message: str) -> None:
    """A dashboard that breaks a rule is refused; a check of it says the same."""
    path = await _path(api)
    refused = await api("POST", path, body)
    checked = (await api("POST", f"{path}/validate", body)).result

    assert refused.status == 400
    assert refused.error.startswith(message)
    assert (checked["valid"], checked["normalized"]) == (False, None)
    place = checked["errors"][0]["path"]
    assert place == refused.error.partition(":")[0].replace("[", ".").replace("]", "")
    assert (await api("GET", path)).result == []


@pytest.mark.parametrize("body", RIGHT)
async def test_what_is_right_with_a_dashboard(api: Api, body: dict[str, Any]) -> None:
    """A dashboard that breaks no rule is kept as it came; a check of it keeps nothing."""
    path = await _path(api)
    checked = (await api("POST", f"{path}/validate", body)).result
    before = (await api("GET", path)).result
    created = (await api("POST", path, body)).result

    assert (checked["valid"], checked["errors"], before) == (True, [], [])
    for name in ("tiles", "filters"):
        shown = [{k: v for k, v in item.items() if k != "id"} for item in created[name]]
        assert shown == checked["normalized"][name] == body.get(name, [])


async def test_every_finding_is_told(api: Api) -> None:
    """A check names all that is wrong, and a creation the first of it."""
    body = dashboard(chart("pie"), tile(), filters=[filter_(variableName="v")])
    checked = (await api("POST", f"{await _path(api)}/validate", body)).result

    places = [error["path"] for error in checked["errors"]]
    assert places == ["tiles.0.config.select", "tiles.1.config", "filters.0.variableName"]


async def test_tiles_match_by_id(api: Api) -> None:
    """A known id stays, once; an unknown one is replaced, and so is one in a new dashboard."""
    path = await _path(api)
    made = (await api("POST", path, dashboard(chart("line", COUNT) | {"id": "mine"}))).result
    known = made["tiles"][0]["id"]
    ids = [known, known, "mine"]
    body = dashboard(*(chart("line", COUNT) | {"id": tile_id} for tile_id in ids))
    changed = (await api("PUT", f"{path}/{made['id']}", body)).result
    new = [item["id"] for item in changed["tiles"]]

    assert known != "mine"
    assert new[0] == known
    assert len({*new, "mine"}) == 4


async def test_put_replaces(api: Api) -> None:
    """What a replacement does not mention is gone."""
    path = await _path(api)
    body = dashboard(tags=["a"], savedQuery="x", savedQueryLanguage="sql", filters=[filter_()])
    made = (await api("POST", path, body)).result
    changed = (await api("PUT", f"{path}/{made['id']}", dashboard())).result

    empty: dict[str, Any] = {
        "tiles": [],
        "tags": [],
        "filters": [],
        "savedFilterValues": [],
        "containers": [],
    }
    nothing = {"savedQuery": None, "savedQueryLanguage": None}
    assert changed == {"id": made["id"], "name": "d", **empty, **nothing}


SERIES = {"sourceId": "s", "where": "", "whereLanguage": "lucene"}


@pytest.mark.parametrize(
    ("older", "config"),
    [
        (
            {
                "series": [
                    {"type": "time", "aggFn": "count", "groupBy": ["a", "b"], **SERIES},
                    {"type": "time", "aggFn": "max", "field": "x", "groupBy": [], **SERIES},
                ],
                "asRatio": True,
            },
            {
                "displayType": "line",
                "sourceId": "s",
                "select": [
                    {"aggFn": "count", "where": "", "whereLanguage": "lucene"},
                    {
                        "aggFn": "max",
                        "valueExpression": "x",
                        "where": "",
                        "whereLanguage": "lucene",
                    },
                ],
                "groupBy": "a, b",
                "asRatio": True,
            },
        ),
        (
            {"series": [{"type": "search", "fields": ["a", "b"], **SERIES}]},
            {
                "displayType": "search",
                "sourceId": "s",
                "select": "a, b",
                "where": "",
                "whereLanguage": "lucene",
            },
        ),
        (
            {"series": [{"type": "markdown", "content": "hi"}]},
            {"displayType": "markdown", "markdown": "hi"},
        ),
    ],
)
async def test_series_become_a_configuration(
    api: Api, older: dict[str, Any], config: dict[str, Any]
) -> None:
    """A tile in the older form is kept in the newer one."""
    made = (await api("POST", await _path(api), dashboard(tile(**older)))).result

    assert made["tiles"] == [tile(config=config, id=made["tiles"][0]["id"])]


async def test_a_configuration_wins_over_series(api: Api) -> None:
    """Series beside a configuration say nothing, and have to be of one type where they stand."""
    path = await _path(api)
    note: dict[str, Any] = {"type": "markdown", "content": "hi"}
    search: dict[str, Any] = {"type": "search", "fields": [], **SERIES}
    both = chart("line", COUNT)
    made = (await api("POST", path, dashboard(both | {"series": [note]}))).result
    mixed = await api("POST", path, dashboard(tile(series=[note, search])))

    assert made["tiles"] == [both | {"id": made["tiles"][0]["id"]}]
    assert mixed.error == "tiles[0].series: must be of one type"
