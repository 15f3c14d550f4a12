"""ClickStack: sources, dashboards, searches, alerts, webhooks and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .program import names

if TYPE_CHECKING:
    from .program import Clickhousectl

SOURCE = {
    "kind": "log",
    "name": "Logs",
    "connection": "local",
    "from": {"databaseName": "default", "tableName": "otel_logs"},
    "timestampValueExpression": "Timestamp",
    "defaultTableSelectExpression": "Timestamp, Body",
}
WEBHOOK = {"name": "on call", "service": "slack", "url": "https://hooks.example.com/1"}


@pytest.fixture
def source(ctl: Clickhousectl, etl: str) -> str:
    """Id of a source of logs."""
    return str(ctl("clickstack", "source", "create", etl, "--file", "-", file=SOURCE)["id"])


def test_sources(ctl: Clickhousectl, etl: str, source: str) -> None:
    """A source is replaced as a whole."""
    assert ctl("clickstack", "source", "get", etl, "--name", "Logs")["id"] == source
    changed = SOURCE | {"name": "All logs"}
    ctl("clickstack", "source", "update", etl, source, "--file", "-", file=changed)
    assert names(ctl("clickstack", "source", "list", etl)) == {"All logs"}
    ctl("clickstack", "source", "delete", etl, source)
    ctl.refused("clickstack", "source", "get", etl, source)


def test_dashboards(ctl: Clickhousectl, etl: str, source: str) -> None:
    """A dashboard is checked, kept, replaced and deleted."""
    body = _dashboard(source)
    checked = ctl("clickstack", "dashboard", "validate", etl, "--file", "-", file=body)
    assert checked["errors"] == []
    assert ctl("clickstack", "dashboard", "list", etl) == []
    board = ctl("clickstack", "dashboard", "create", etl, "--file", "-", file=body)
    tile = board["tiles"][0]["id"]
    kept = body | {"name": "All", "tiles": [body["tiles"][0] | {"id": tile}]}
    ctl("clickstack", "dashboard", "update", etl, board["id"], "--file", "-", file=kept)
    shown = ctl("clickstack", "dashboard", "get", etl, board["id"])
    assert shown["name"] == "All"
    assert names(shown["tiles"], "id") == {tile}
    ctl("clickstack", "dashboard", "delete", etl, board["id"])
    ctl.refused("clickstack", "dashboard", "get", etl, board["id"])


def test_searches_and_alerts(ctl: Clickhousectl, etl: str, source: str) -> None:
    """An alert watches a search, tells a webhook, and goes with its search."""
    search = {"name": "Errors", "sourceId": source, "where": "level:error", "tags": ["errors"]}
    saved = ctl("clickstack", "saved-search", "create", etl, "--file", "-", file=search)["id"]
    verdict = ctl("clickstack", "webhook", "validate", etl, "--file", "-", file=WEBHOOK)
    assert verdict["valid"] is True
    hook = ctl("clickstack", "webhook", "create", etl, "--file", "-", file=WEBHOOK)["id"]
    alert = _alert(saved, hook)
    created = ctl("clickstack", "alert", "create", etl, "--file", "-", file=alert)["id"]
    ctl.refused("clickstack", "webhook", "delete", etl, hook)
    calmer = alert | {"threshold": 50, "name": "Many errors"}
    ctl("clickstack", "alert", "update", etl, created, "--file", "-", file=calmer)
    assert ctl("clickstack", "alert", "get", etl, created)["threshold"] == 50
    assert names(ctl("clickstack", "alert", "list", etl)) == {"Many errors"}
    renamed = {"name": "All errors", "sourceId": source}
    ctl("clickstack", "saved-search", "update", etl, saved, "--file", "-", file=renamed)
    assert ctl("clickstack", "saved-search", "get", etl, saved)["name"] == "All errors"
    ctl("clickstack", "saved-search", "delete", etl, saved)
    assert ctl("clickstack", "saved-search", "list", etl) == []
    ctl.refused("clickstack", "alert", "get", etl, created)
    ctl("clickstack", "webhook", "delete", etl, hook)


def test_alerts(ctl: Clickhousectl, etl: str, source: str) -> None:
    """An alert is deleted by itself, too."""
    saved = ctl(
        *("clickstack", "saved-search", "create", etl, "--file", "-"),
        file={"name": "Errors", "sourceId": source},
    )["id"]
    hook = ctl("clickstack", "webhook", "create", etl, "--file", "-", file=WEBHOOK)["id"]
    alert = _alert(saved, hook)
    created = ctl("clickstack", "alert", "create", etl, "--file", "-", file=alert)["id"]
    ctl("clickstack", "alert", "delete", etl, created)
    ctl.refused("clickstack", "alert", "get", etl, created)


def test_webhooks(ctl: Clickhousectl, etl: str) -> None:
    """A webhook's name is taken once for each kind of service."""
    hook = ctl("clickstack", "webhook", "create", etl, "--file", "-", file=WEBHOOK)["id"]
    ctl.refused("clickstack", "webhook", "create", etl, "--file", "-", file=WEBHOOK)
    moved = WEBHOOK | {"url": "https://hooks.example.com/2"}
    ctl("clickstack", "webhook", "update", etl, hook, "--file", "-", file=moved)
    assert names(ctl("clickstack", "webhook", "list", etl), "url") == {moved["url"]}
    ctl("clickstack", "webhook", "delete", etl, hook)
    assert ctl("clickstack", "webhook", "list", etl) == []


def test_roles(ctl: Clickhousectl, etl: str) -> None:
    """A role of one's own is changed and deleted; those that are there are not."""
    predefined = ctl("clickstack", "role", "list", etl)[0]
    permission = {"action": "read", "subject": "all", "integration": "clickhouse"}
    body: dict[str, Any] = {"name": "Readers", "permissions": [permission]}
    ctl.refused("clickstack", "role", "update", etl, predefined["id"], "--file", "-", file=body)
    ctl.refused("clickstack", "role", "delete", etl, predefined["id"])
    role = ctl("clickstack", "role", "create", etl, "--file", "-", file=body)["id"]
    changed = body | {"name": "Editors"}
    ctl("clickstack", "role", "update", etl, role, "--file", "-", file=changed)
    assert ctl("clickstack", "role", "get", etl, role)["name"] == "Editors"
    ctl("clickstack", "role", "delete", etl, role)
    ctl.refused("clickstack", "role", "get", etl, role)


def _dashboard(source: str) -> dict[str, Any]:
    count = {"aggFn": "count", "where": "", "whereLanguage": "lucene"}
    chart = {"displayType": "line", "sourceId": source, "select": [count]}
    return {
        "name": "Logs",
        "tags": ["logs"],
        "tiles": [{"name": "Lines", "x": 0, "y": 0, "w": 6, "h": 3, "config": chart}],
    }


def _alert(saved: str, hook: str) -> dict[str, Any]:
    return {
        "name": "Errors",
        "source": "saved_search",
        "savedSearchId": saved,
        "threshold": 10,
        "thresholdType": "above",
        "interval": "5m",
        "channel": {"type": "webhook", "webhookId": hook},
    }
