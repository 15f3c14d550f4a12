"""ClickStack: sources, dashboards, saved searches, webhooks, alerts and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import RUNNING

if TYPE_CHECKING:
    from tests.emulator.client import Api

_STACK = f"{RUNNING}/clickstack"

_SOURCE: dict[str, Any] = {
    "kind": "log",
    "name": "Logs",
    "section": "Application",
    "connection": "local",
    "from": {"databaseName": "default", "tableName": "otel_logs"},
    "querySettings": [{"setting": "max_threads", "value": "4"}],
    "filterSettings": None,
    "defaultTableSelectExpression": "Timestamp, Body",
    "timestampValueExpression": "Timestamp",
    "severityTextExpression": "SeverityText",
    "highlightedRowAttributeExpressions": [{"sqlExpression": "LogAttributes['user']"}],
}


async def walk(api: Api) -> None:
    """Ask for every operation of ClickStack."""
    source = (await api("POST", f"{_STACK}/sources", _SOURCE)).result["id"]
    dashboard = await _use_dashboards(api, source)
    search = await _use_searches(api, source)
    webhook = await _use_webhooks(api)
    await _use_alerts(api, dashboard, search, webhook)
    await _use_roles(api)

    place = f"{_STACK}/sources/{source}"
    changed = _SOURCE | {"name": "All logs"}
    assert (await api("PUT", place, changed)).result["name"] == "All logs"
    listed = (await api("GET", f"{_STACK}/sources")).result
    assert listed == [(await api("GET", place)).result]
    assert (await api("DELETE", f"{_STACK}/dashboards/{dashboard['id']}")).status == 200
    assert (await api("DELETE", f"{_STACK}/saved-searches/{search}")).status == 200
    assert (await api("DELETE", f"{_STACK}/webhooks/{webhook}")).status == 200
    assert (await api("DELETE", place)).status == 200


async def _use_dashboards(api: Api, source: str) -> Any:
    path, body = f"{_STACK}/dashboards", _dashboard(source)
    assert (await api("POST", f"{path}/validate", body)).result["errors"] == []
    created = (await api("POST", path, body)).result
    place = f"{path}/{created['id']}"
    body["tiles"] = created["tiles"]
    body["filters"] = created["filters"]
    replaced = (await api("PUT", place, body | {"name": "Everything"})).result
    assert replaced == created | {"name": "Everything"}
    assert [(await api("GET", place)).result] == (await api("GET", path)).result
    return replaced


def _dashboard(source: str) -> dict[str, Any]:
    line = {
        "displayType": "line",
        "sourceId": source,
        "select": [
            {"aggFn": "count", "where": "level:error", "whereLanguage": "lucene"},
            {"aggFn": "quantile", "level": 0.95, "valueExpression": "Duration"},
        ],
        "groupBy": "ServiceName",
        "asRatio": True,
        "numberFormat": {"output": "percent", "mantissa": 1},
    }
    sql = {
        "configType": "sql",
        "displayType": "table",
        "connectionId": "local",
        "sqlTemplate": "SELECT 1",
    }
    markdown = {"displayType": "markdown", "markdown": "All is well."}
    tiles = [
        {"name": f"Tile {index}", "x": 6 * index, "y": 0, "w": 6, "h": 3, "config": config}
        for index, config in enumerate((line, sql, markdown))
    ]
    tiles[0] |= {"containerId": "top", "tabId": "now"}
    return {
        "name": "Logs",
        "tiles": tiles,
        "tags": ["logs"],
        "filters": [
            {
                "type": "QUERY_EXPRESSION",
                "name": "Service",
                "expression": "ServiceName",
                "sourceId": source,
                "appliesToSourceIds": [source],
                "isBroadcastEnabled": True,
                "isVariableEnabled": True,
                "variableName": "service",
            }
        ],
        "savedQuery": "level:error",
        "savedQueryLanguage": "lucene",
        "savedFilterValues": [{"type": "variable", "name": "service", "values": ["api"]}],
        "containers": [
            {
                "id": "top",
                "title": "Top",
                "collapsed": False,
                "tabs": [{"id": "now", "title": "Now"}],
            }
        ],
    }


async def _use_searches(api: Api, source: str) -> str:
    path = f"{_STACK}/saved-searches"
    body = {
        "name": "Errors",
        "sourceId": source,
        "select": "Timestamp, Body",
        "where": "level:error",
        "whereLanguage": "lucene",
        "orderBy": "Timestamp DESC",
        "tags": ["errors"],
        "filters": [{"type": "sql", "condition": "ServiceName = 'api'"}],
    }
    created = (await api("POST", path, body)).result
    place = f"{path}/{created['id']}"
    assert (await api("PUT", place, body | {"name": "All errors"})).result["name"] == "All errors"
    assert [(await api("GET", place)).result] == (await api("GET", path)).result
    return str(created["id"])


async def _use_webhooks(api: Api) -> str:
    path = f"{_STACK}/webhooks"
    body = {
        "name": "on call",
        "service": "generic",
        "url": "https://hooks.example.com/1",
        "description": "Whoever is on call",
        "body": '{"text": "{{title}}"}',
        "headers": {"X-Key": "secret"},
        "queryParams": {"team": "platform"},
    }
    assert (await api("POST", f"{path}/validate", body)).result["valid"]
    webhook = (await api("POST", path, body)).result["id"]
    body = {"name": "on call", "service": "generic", "url": "https://hooks.example.com/2"}
    replaced = (await api("PUT", f"{path}/{webhook}", body)).result
    assert body.items() <= replaced.items()
    assert (await api("GET", path)).result == [replaced]
    return str(webhook)


async def _use_alerts(api: Api, dashboard: Any, search: str, webhook: str) -> None:
    path = f"{_STACK}/alerts"
    body = {
        "name": "Errors",
        "source": "saved_search",
        "savedSearchId": search,
        "groupBy": "ServiceName",
        "threshold": 10,
        "thresholdType": "above",
        "interval": "5m",
        "message": "There are many errors.",
        "note": "See the runbook.",
        "numConsecutiveWindows": 2,
        "channel": {"type": "webhook", "webhookId": webhook, "severity": "critical"},
    }
    created = (await api("POST", path, body)).result
    place = f"{path}/{created['id']}"
    body = {
        "name": "Lines",
        "source": "tile",
        "dashboardId": dashboard["id"],
        "tileId": dashboard["tiles"][0]["id"],
        "threshold": 5,
        "thresholdMax": 10,
        "thresholdType": "between",
        "interval": "1h",
        "channels": [
            {"type": "webhook", "webhookId": webhook},
            {"type": "email", "emailRecipients": ["on-call@example.com"]},
        ],
    }
    replaced = (await api("PUT", place, body)).result
    assert body.items() <= replaced.items()
    assert (await api("GET", path)).result == [(await api("GET", place)).result] == [replaced]
    assert (await api("DELETE", place)).status == 200


async def _use_roles(api: Api) -> None:
    path = f"{_STACK}/roles"
    body = {
        "name": "Readers",
        "description": "May look at dashboards",
        "permissions": [
            {
                "action": "read",
                "subject": "Dashboard",
                "integration": "mongodb",
                "conditions": {"tags": "logs"},
            },
        ],
    }
    created = (await api("POST", path, body)).result
    place = f"{path}/{created['id']}"
    replaced = (await api("PUT", place, {"name": "Nobody", "permissions": []})).result
    assert replaced["name"] == "Nobody"
    assert body["permissions"][0] not in replaced["permissions"]
    assert replaced == (await api("GET", place)).result == (await api("GET", path)).result[-1]
    assert (await api("DELETE", place)).status == 200
