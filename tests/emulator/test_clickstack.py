"""ClickStack's sources, saved searches, webhooks, alerts and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import serving

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.world import Strictness

    from .client import Api

SOURCE = {"name": "s", "connection": "c", "from": {"databaseName": "default", "tableName": "t"}}
WEBHOOK = {"name": "on call", "service": "generic", "url": "https://hooks.example.com/1"}
NOTE = {
    "name": "t",
    "x": 0,
    "y": 0,
    "w": 6,
    "h": 3,
    "config": {"displayType": "markdown", "markdown": "hi"},
}


START = "2026-02-01T00:00:00Z"


def _emulator(strictness: Strictness) -> Emulator:
    return Emulator([{"state": "running"}], time_scale=0, strictness=strictness)


async def _stack(api: Api) -> str:
    return f"{await api.service_path()}/clickstack"


async def _alert(api: Api, **parts: object) -> dict[str, Any]:
    """An alert on a saved search."""
    stack = await _stack(api)
    search = (await api("POST", f"{stack}/saved-searches", {"name": "n", "sourceId": "s"})).result
    return {
        "source": "saved_search",
        "savedSearchId": search["id"],
        "threshold": 1,
        "thresholdType": "below",
        "interval": "5m",
        "channel": {"type": "email", "emailRecipients": ["on-call@example.com"]},
        **parts,
    }


KINDS: dict[str, dict[str, object]] = {
    "log": {"defaultTableSelectExpression": "Body", "timestampValueExpression": "Timestamp"},
    "trace": {
        "defaultTableSelectExpression": "SpanName",
        "timestampValueExpression": "Timestamp",
        "durationExpression": "Duration",
        "durationPrecision": 9,
        "traceIdExpression": "TraceId",
        "spanIdExpression": "SpanId",
        "parentSpanIdExpression": "ParentSpanId",
        "spanNameExpression": "SpanName",
        "spanKindExpression": "SpanKind",
    },
    "metric": {
        "metricTables": {"gauge": "otel_metrics_gauge"},
        "timestampValueExpression": "TimeUnix",
        "resourceAttributesExpression": "ResourceAttributes",
    },
    "session": {"traceSourceId": "t"},
    "promql": {"timestampValueExpression": "timestamp"},
}


async def test_sources_of_every_kind(api: Api) -> None:
    """A source is kept as it came, with an id of its own, and replaced as a whole."""
    path = f"{await _stack(api)}/sources"
    ids: list[str] = []
    for kind, facts in KINDS.items():
        body = SOURCE | {"kind": kind, **facts}
        made = (await api("POST", path, body | {"id": "mine"})).result
        ids.append(made["id"])
        assert _without_unset(made) == body | {"id": ids[-1]}
    item, body = f"{path}/{ids[-1]}", SOURCE | {"kind": "log", **KINDS["log"]}
    replaced = (await api("PUT", item, body | {"id": "other"})).result

    assert "mine" not in ids
    assert _without_unset(replaced) == body | {"id": ids[-1]}
    assert replaced == (await api("GET", item)).result
    assert len((await api("GET", path)).result) == len(KINDS)


def _without_unset(source: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in source.items() if value != ""}


@pytest.mark.parametrize("strictness", ["live", "documented"])
async def test_what_a_source_leaves_out(strictness: Strictness) -> None:
    """Expressions come back as empty texts, and a table has to be named, be it by an empty text."""
    metrics = SOURCE | {"kind": "metric", **KINDS["metric"]}
    async with serving(_emulator(strictness)) as api:
        path = f"{await _stack(api)}/sources"
        body = SOURCE | {"kind": "log", **KINDS["log"], "bodyExpression": None}
        made = (await api("POST", path, body)).result
        statuses = [
            (
                await api("POST", path, metrics | {"from": {"databaseName": "default", **table}})
            ).status
            for table in ({"tableName": ""}, {})
        ]

    unset = {name: made.get(name, "absent") for name in ("bodyExpression", "spanIdExpression")}
    if strictness == "live":
        assert (unset, statuses) == (dict.fromkeys(unset, ""), [200, 400])
    else:
        assert (list(unset.values()), statuses) == ([None, "absent"], [200, 200])


async def test_a_replaced_saved_search_has_defaults(api: Api) -> None:
    """What a replacement does not mention has its default again."""
    path = f"{await _stack(api)}/saved-searches"
    short = {"name": "n", "sourceId": "s"}
    plain = (await api("POST", path, short)).result
    body = short | {"where": "x", "whereLanguage": "sql", "orderBy": "y", "tags": ["z"]}
    full = (await api("POST", path, body)).result
    api.emulator.advance(60)
    replaced = (await api("PUT", f"{path}/{full['id']}", short)).result

    assert body.items() <= full.items()
    own = {name: full[name] for name in ("id", "createdAt")}
    assert replaced == plain | own | {"updatedAt": replaced["updatedAt"]}
    assert replaced["updatedAt"] > full["updatedAt"]


async def test_pages_by_offset(api: Api) -> None:
    """A page begins where it is asked to and is as long as it is asked to be."""
    path = f"{await _stack(api)}/saved-searches"
    for name in "abc":
        await api("POST", path, {"name": name, "sourceId": "s"})
    query = [("limit", "1"), ("offset", "1")]

    assert [item["name"] for item in (await api("GET", path, query=query)).result] == ["b"]
    refused = await api("GET", path, query=[("offset", "-1")])
    assert (refused.status, refused.error) == (400, "offset: must be at least 0")


async def test_webhooks_keep_secrets_to_themselves(api: Api) -> None:
    """Headers and query parameters are taken, and never shown."""
    path = f"{await _stack(api)}/webhooks"
    secrets = {"headers": {"X-Key": "planted"}, "queryParams": {"key": "planted"}}
    made = await api("POST", path, WEBHOOK | secrets)

    assert WEBHOOK.items() <= made.result.items()
    assert "planted" not in made.text + (await api("GET", path)).text


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, {"_headers", "_queryParams"}),
        ({"headers": {}}, {"_headers", "_queryParams"}),
        ({"url": "https://hooks.example.com/2"}, set[str]()),
        ({"service": "incidentio"}, set[str]()),
        ({"service": "incidentio", "headers": {"X-Key": "2"}}, {"_headers"}),
    ],
)
async def test_put_of_a_webhook(api: Api, change: dict[str, Any], kept: set[str]) -> None:
    """Texts that are absent are cleared; secrets that are absent stay, for the same place."""
    path = f"{await _stack(api)}/webhooks"
    given = {"description": "d", "body": "{}", "headers": {"X-Key": "1"}, "queryParams": {"a": "b"}}
    made = (await api("POST", path, WEBHOOK | given)).result
    item, body = f"{path}/{made['id']}", WEBHOOK | change
    replaced = (await api("PUT", item, body)).result
    place = ("organizations", api.emulator.organization_id, *item.split("/")[1:])
    stored = api.emulator._world.store.document(place)

    assert {"description", "body"}.isdisjoint(replaced)
    assert {name: replaced[name] for name in WEBHOOK} == {name: body[name] for name in WEBHOOK}
    assert {name for name in stored if name.startswith("_")} == kept
    assert stored.get("_headers") == change.get("headers", {"X-Key": "1"} if kept else None)


async def test_names_and_bodies_of_webhooks(api: Api) -> None:
    """A name is taken once per service, and Slack takes nothing beside its URL."""
    path = f"{await _stack(api)}/webhooks"
    first = (await api("POST", path, WEBHOOK | {"body": "{}"})).result
    other = (await api("POST", path, WEBHOOK | {"service": "incidentio", "body": "{}"})).result
    taken = [
        await api("POST", path, WEBHOOK),
        await api("PUT", f"{path}/{other['id']}", WEBHOOK),
    ]
    same = await api("PUT", f"{path}/{first['id']}", WEBHOOK)
    extras: list[dict[str, Any]] = [{"body": "{}"}, {"headers": {"a": "b"}}, {"queryParams": {}}]
    slack = [
        (await api("POST", path, WEBHOOK | {"service": "slack", **more})).error.partition(":")[0]
        for more in extras
    ]

    assert [(answer.status, answer.error[:5]) for answer in taken] == [(400, "name:")] * 2
    assert same.status == 200
    assert slack == ["body", "headers", "queryParams"]
    assert ("body" in first, "body" in other) == (True, False)


async def test_a_webhook_in_use_stays(api: Api) -> None:
    """A webhook can be deleted once no alert points at it."""
    stack = await _stack(api)
    webhook = (await api("POST", f"{stack}/webhooks", WEBHOOK)).result["id"]
    channel = {"type": "webhook", "webhookId": webhook}
    body = await _alert(api, channel=channel)
    alert = (await api("POST", f"{stack}/alerts", body)).result
    used = await api("DELETE", f"{stack}/webhooks/{webhook}")
    await api("DELETE", f"{stack}/alerts/{alert['id']}")
    unused = await api("DELETE", f"{stack}/webhooks/{webhook}")

    assert (alert["channel"], alert["channels"]) == (channel, [channel])
    assert (used.status, unused.status) == (409, 200)
    assert alert["id"] in used.error


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": None, "savedSearchId": None}, "source: must be string"),
        ({"savedSearchId": None}, "savedSearchId: is required with source saved_search"),
        ({"savedSearchId": "x"}, "savedSearchId: there is no saved search x"),
        ({"tileId": "x"}, "tileId: is not for source saved_search"),
        ({"source": "tile"}, "dashboardId: is required with source tile"),
        ({"source": "tile", "dashboardId": "x"}, "dashboardId: there is no dashboard x"),
        ({"thresholdType": "between"}, "thresholdMax: is required"),
        ({"thresholdType": "not_between", "thresholdMax": 0}, "thresholdMax: must be at least"),
        ({"numConsecutiveWindows": 0}, "numConsecutiveWindows: must be at least 1"),
        ({"channels": []}, "channels: must have at least 1 items"),
        (
            {"channels": [{"type": "email", "emailRecipients": []}] * 2},
            "channels: must not hold the same item twice",
        ),
        (
            {"channel": {"type": "webhook", "webhookId": "x"}},
            "channels: there is no webhook x",
        ),
        (
            {"channel": {"type": "webhook", "emailRecipients": []}},
            "channels: a channel of type webhook needs webhookId",
        ),
    ],
)
async def test_what_is_wrong_with_an_alert(api: Api, change: dict[str, Any], message: str) -> None:
    """An alert that breaks a rule is neither created nor put in place of another."""
    path = f"{await _stack(api)}/alerts"
    body = await _alert(api)
    made = (await api("POST", path, body)).result
    answers = [
        await api("POST", path, body | change),
        await api("PUT", f"{path}/{made['id']}", body | change),
    ]

    assert [answer.status for answer in answers] == [400, 400]
    assert all(answer.error.startswith(message) for answer in answers)
    assert (await api("GET", path)).result == [made]


async def test_an_alert_needs_something_to_watch_and_to_tell(api: Api) -> None:
    """Without source and reference, or without a channel, there is no alert."""
    path = f"{await _stack(api)}/alerts"
    body = await _alert(api)
    nothing = await api("POST", path, {"channel": body["channel"]})
    nobody = await api("POST", path, {k: v for k, v in body.items() if k != "channel"})
    inferred = await api("POST", path, {k: v for k, v in body.items() if k != "source"})

    assert nothing.error == "source: is required"
    assert nobody.error == "channels: at least one is needed"
    assert inferred.result["source"] == "saved_search"


async def test_fast_alerts_are_a_feature(api: Api) -> None:
    """An alert can look every 30 seconds where the organisation's plan has that."""
    path = f"{await _stack(api)}/alerts"
    body = await _alert(api, interval="30s")
    allowed = await api("POST", path, body)
    api.emulator.seed({"plan": "BASIC"})
    refused = await api("POST", path, body)

    assert allowed.result["interval"] == "30s"
    assert (refused.status, refused.error[:9]) == (403, "interval:")


async def test_a_replaced_alert(api: Api) -> None:
    """Texts that a replacement does not mention are null; grouping and creation stay."""
    path = f"{await _stack(api)}/alerts"
    body = await _alert(api)
    texts = {"name": "n", "message": "m", "note": "o", "numConsecutiveWindows": 2}
    made = (await api("POST", path, body | texts | {"groupBy": "g", "thresholdMax": 2})).result
    api.emulator.advance(60)
    replaced = (await api("PUT", f"{path}/{made['id']}", body)).result

    assert replaced == made | dict.fromkeys(texts) | {"updatedAt": replaced["updatedAt"]}
    assert replaced["updatedAt"] > made["updatedAt"]


async def test_a_replaced_alert_as_documented() -> None:
    """What a replacement does not mention is gone."""
    async with serving(_emulator("documented")) as api:
        path = f"{await _stack(api)}/alerts"
        body = await _alert(api)
        made = (await api("POST", path, body | {"name": "n", "groupBy": "g"})).result
        replaced = (await api("PUT", f"{path}/{made['id']}", body | {"thresholdMax": None})).result

    same = {name: value for name, value in made.items() if name not in {"name", "groupBy"}}
    assert replaced == same | {"updatedAt": replaced["updatedAt"]}


@pytest.mark.parametrize("name", ["groupBy", "thresholdMax"])
async def test_what_cannot_be_cleared(api: Api, name: str) -> None:
    """A null is no way to take these away from an alert."""
    path = f"{await _stack(api)}/alerts"
    body = await _alert(api)
    made = (await api("POST", path, body)).result
    refused = await api("PUT", f"{path}/{made['id']}", body | {name: None})

    assert (refused.status, refused.error.partition(":")[0]) == (400, name)


@pytest.mark.parametrize(
    ("change", "start", "offset"),
    [
        ({}, START, None),
        ({"scheduleStartAt": None}, None, 0),
        ({"scheduleOffsetMinutes": 2}, None, 2),
        ({"scheduleStartAt": "2026-03-01T00:00:00Z"}, "2026-03-01T00:00:00Z", None),
    ],
)
async def test_schedule_of_a_replaced_alert(
    api: Api, change: dict[str, Any], start: str | None, offset: int | None
) -> None:
    """A start stays until it is cleared, which sets the offset to 0, or an offset is given."""
    path = f"{await _stack(api)}/alerts"
    body = await _alert(api)
    made = (await api("POST", path, body | {"scheduleStartAt": START})).result
    both = await api("POST", path, body | {"scheduleStartAt": START, "scheduleOffsetMinutes": 2})
    replaced = (await api("PUT", f"{path}/{made['id']}", body | change)).result

    assert (replaced.get("scheduleStartAt"), replaced.get("scheduleOffsetMinutes")) == (
        start,
        offset,
    )
    assert (both.status, both.error.partition(":")[0]) == (400, "scheduleOffsetMinutes")


@pytest.mark.parametrize("name", ["threshold", "thresholdType", "interval"])
async def test_what_an_alert_needs(api: Api, name: str) -> None:
    """No alert is created without a condition."""
    body = await _alert(api)
    del body[name]
    refused = await api("POST", f"{await _stack(api)}/alerts", body)

    assert (refused.status, refused.error) == (400, f"{name}: is required")


async def test_an_alert_on_a_chart_of_its_own(api: Api) -> None:
    """It is named after its chart."""
    chart = {
        "displayType": "line",
        "name": "errors",
        "sourceId": "s",
        "select": [{"aggFn": "count"}],
    }
    body = await _alert(api, source="inline", savedSearchId=None, chartConfig=chart)
    made = (await api("POST", f"{await _stack(api)}/alerts", body)).result

    assert (made["displayName"], made["tags"]) == ("errors", [])


@pytest.mark.parametrize(
    ("condition", "states"),
    [
        ({"thresholdType": "below"}, ["OK", "PENDING", "PENDING", "ALERT", "ALERT"]),
        ({"thresholdType": "above"}, ["OK"] * 5),
        (
            {"thresholdType": "not_between", "thresholdMax": 2, "numConsecutiveWindows": None},
            ["OK", "ALERT", "ALERT", "ALERT", "ALERT"],
        ),
    ],
)
async def test_states_of_an_alert(api: Api, condition: dict[str, Any], states: list[str]) -> None:
    """An alert is pending until its condition held in as many windows as it wants."""
    path = f"{await _stack(api)}/alerts"
    body = await _alert(api, numConsecutiveWindows=3)
    alert = (await api("POST", path, body | condition)).result
    seen = [alert["state"]]
    for _ in range(4):
        api.emulator.advance(300)
        seen.append((await api("GET", f"{path}/{alert['id']}")).result["state"])

    assert seen == states


async def test_a_quiet_alert_after_a_change(api: Api) -> None:
    """An alert that is replaced keeps its state until it has seen a window."""
    path = f"{await _stack(api)}/alerts"
    body = await _alert(api)
    alert = (await api("POST", path, body)).result
    api.emulator.advance(300)
    item = f"{path}/{alert['id']}"
    loud = (await api("GET", item)).result["state"]
    kept = (await api("PUT", item, body | {"thresholdType": "above"})).result["state"]
    api.emulator.advance(300)

    assert (loud, kept, (await api("GET", item)).result["state"]) == ("ALERT", "ALERT", "OK")


async def test_a_loud_alert_after_a_change(api: Api) -> None:
    """An alert whose condition still holds goes on telling, however many windows it wants now."""
    path = f"{await _stack(api)}/alerts"
    body = await _alert(api)
    alert = (await api("POST", path, body)).result
    item = f"{path}/{alert['id']}"
    states: list[str] = []
    for windows in (1, 2):
        await api("PUT", item, body | {"numConsecutiveWindows": windows})
        for _ in range(2):
            api.emulator.advance(300)
            states.append((await api("GET", item)).result["state"])

    assert states == ["ALERT"] * 4


async def test_alerts_end_with_what_they_watch(api: Api) -> None:
    """An alert goes with its saved search, its tile or its dashboard."""
    stack = await _stack(api)
    body = await _alert(api)
    board = {"name": "d", "tiles": [NOTE, NOTE]}
    board = (await api("POST", f"{stack}/dashboards", board)).result
    watched: list[dict[str, Any]] = [{}]
    watched += [
        {"source": "tile", "dashboardId": board["id"], "tileId": tile["id"], "savedSearchId": None}
        for tile in board["tiles"]
    ]
    ids = [(await api("POST", f"{stack}/alerts", body | part)).result["id"] for part in watched]
    left: list[list[str]] = []
    for method, path, sent in (
        ("DELETE", f"saved-searches/{body['savedSearchId']}", None),
        ("PUT", f"dashboards/{board['id']}", {"name": "d", "tiles": board["tiles"][1:]}),
        ("DELETE", f"dashboards/{board['id']}", None),
    ):
        assert (await api(method, f"{stack}/{path}", sent)).status == 200
        left.append([alert["id"] for alert in (await api("GET", f"{stack}/alerts")).result])

    assert left == [ids[1:], ids[2:], []]


async def test_an_alert_on_a_tile_that_is_not_there(api: Api) -> None:
    """A tile has to be one of its dashboard."""
    stack = await _stack(api)
    board = (await api("POST", f"{stack}/dashboards", {"name": "d", "tiles": [NOTE]})).result
    body = await _alert(api, source="tile", dashboardId=board["id"], tileId="x")
    refused = await api("POST", f"{stack}/alerts", body)

    assert (refused.status, refused.error.partition(":")[0]) == (400, "tileId")


async def test_predefined_roles(api: Api) -> None:
    """Each service has roles from the start, with ids of its own, that nobody can change."""
    path = f"{await _stack(api)}/roles"
    roles = (await api("GET", path)).result
    for role in roles:
        item = f"{path}/{role['id']}"
        assert (await api("GET", item)).result == role
        assert (await api("PUT", item, {"permissions": []})).status == 400
        assert (await api("DELETE", item)).status == 400
    other = (await api("GET", "/services")).result[1]["id"]
    others = (await api("GET", f"/services/{other}/clickstack/roles")).result

    assert [role["name"] for role in roles] == ["Admin", "Member", "ReadOnly"]
    assert all(role["isPredefined"] for role in roles)
    assert {role["id"] for role in roles}.isdisjoint(role["id"] for role in others)
    assert roles == (await api("GET", path)).result


async def test_names_and_permissions_of_roles(api: Api) -> None:
    """A name is taken once, predefined ones included; permissions are replaced."""
    path = f"{await _stack(api)}/roles"
    read = [{"action": "read", "subject": "all", "integration": "mongodb"}]
    body = {"name": "mine", "description": "d", "permissions": read}
    mine = (await api("POST", path, body)).result
    other = (await api("POST", path, body | {"name": "other"})).result
    taken = [(await api("POST", path, body | {"name": name})) for name in ("mine", "Admin")]
    taken.append(await api("PUT", f"{path}/{other['id']}", body))
    manage = [{"integration": "mongodb", "action": "manage", "subject": "Alert", "inverted": True}]
    changed = (await api("PUT", f"{path}/{mine['id']}", {"permissions": manage})).result

    assert [(answer.status, answer.error[:5]) for answer in taken] == [(400, "name:")] * 3
    added = [{"action": "read", "subject": "Connection", "integration": "mongodb"}]
    assert mine["permissions"] == read + added
    assert changed == mine | {"permissions": manage + added, "updatedAt": changed["updatedAt"]}
    assert (await api("DELETE", f"{path}/{mine['id']}")).status == 200
    assert (await api("GET", f"{path}/{mine['id']}")).status == 404
