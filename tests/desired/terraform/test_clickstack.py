"""Conversion of the resources of ClickStack."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clickhouse_cloud_async.fleet import from_terraform

from .states import converted, resource, service, state

_SOURCE: dict[str, Any] = {
    "id": "65f0c0ffeecafef00dba5e01",
    "kind": "log",
    "name": "Logs",
    "connection_id": "65f0c0ffeecafef00dba5e00",
    "from": {"database_name": "otel", "table_name": "otel_logs"},
    "timestamp_value_expression": "Timestamp",
    "default_table_select_expression": "Timestamp, Body",
    "section": None,
    "disabled": False,
}
_TRACES: dict[str, Any] = {
    **_SOURCE,
    "id": "65f0c0ffeecafef00dba5e02",
    "name": "Traces",
    "kind": "trace",
    "log_source_id": _SOURCE["id"],
    "duration_precision": 9,
}
_SEARCH: dict[str, Any] = {
    "id": "65f0c0ffeecafef00dba5e03",
    "name": "Errors",
    "source_id": _SOURCE["id"],
    "select": "",
    "where": "SeverityText:error",
    "where_language": "lucene",
    "filters": '[{"type": "sql", "condition": "a = 1"}]',
    "tags": [],
}
_WEBHOOK: dict[str, Any] = {
    "id": "65f0c0ffeecafef00dba5e04",
    "name": "pager",
    "service": "generic",
    "url": "https://hooks.example.com/Sample-Clear-1",
    "body": '{"text": "Sample-Clear-2"}',
    "headers": None,
    "headers_version": "1",
}
_MARKS = {"url": True, "body": True, "headers": True}


def test_sources() -> None:
    """Sources name each other by reference; the connection is the platform's."""
    document, conversion = converted(
        service(),
        resource("clickstack_source", {**_SOURCE, "trace_source_id": _TRACES["id"]}),
        resource("clickstack_source", _TRACES, label="traces"),
    )
    logs, traces = document["clickstack_sources"]
    assert logs == {
        "service": "clicks",
        "name": "Logs",
        "kind": "log",
        "disabled": False,
        "from": {"database_name": "otel", "table_name": "otel_logs"},
        "timestamp_value_expression": "Timestamp",
        "default_table_select_expression": "Timestamp, Body",
        "trace_source": "Traces",
    }
    assert traces["log_source"] == "Logs"
    assert conversion.losses == ()


def test_saved_search() -> None:
    """Filters are a list, and not the text of one."""
    document, conversion = converted(
        service(),
        resource("clickstack_source", _SOURCE),
        resource("clickstack_saved_search", _SEARCH),
    )
    assert document["clickstack_saved_searches"] == [
        {
            "service": "clicks",
            "name": "Errors",
            "source": "Logs",
            "select": "",
            "where": "SeverityText:error",
            "where_language": "lucene",
            "filters": [{"type": "sql", "condition": "a = 1"}],
        }
    ]
    assert conversion.losses == ()


def test_webhook() -> None:
    """Its URL and its body are references; headers are in no state, and the report says so."""
    document, conversion = converted(
        service(), resource("clickstack_webhook", _WEBHOOK, sensitive_values=_MARKS)
    )
    (webhook,) = document["clickstack_webhooks"]
    assert (webhook["service"], webhook["webhook_service"]) == ("clicks", "generic")
    assert webhook["url"] == {"env": "CLICKSTACK_WEBHOOK_PAGER_URL"}
    assert webhook["body"] == {"env": "CLICKSTACK_WEBHOOK_PAGER_BODY"}
    assert [each.attribute for each in conversion.losses] == ["headers"]
    assert "Sample-Clear" not in json.dumps([document, conversion.to_dict()])


def test_alert() -> None:
    """An alert names its saved search and its webhook."""
    alert = {
        "id": "65f0c0ffeecafef00dba5e05",
        "name": "Many errors",
        "saved_search_id": _SEARCH["id"],
        "channel": {"type": "webhook", "webhook_id": _WEBHOOK["id"]},
        "interval": "15m",
        "threshold": 200.5,
        "threshold_max": 800,
        "threshold_type": "not_between",
        "schedule_offset_minutes": None,
    }
    document, conversion = converted(
        service(),
        resource("clickstack_source", _SOURCE),
        resource("clickstack_saved_search", _SEARCH),
        resource("clickstack_webhook", {**_WEBHOOK, "headers_version": None}),
        resource("clickstack_alert", alert),
    )
    assert document["clickstack_alerts"] == [
        {
            "service": "clicks",
            "name": "Many errors",
            "source": "saved_search",
            "saved_search": "Errors",
            "channels": [
                {"type": "webhook", "webhook_id": "${clickstack_webhooks.generic/pager.id}"}
            ],
            "interval": "15m",
            "threshold": 200.5,
            "threshold_max": 800,
            "threshold_type": "not_between",
        }
    ]
    assert conversion.losses == ()


def _dashboard(**content: Any) -> dict[str, Any]:
    written = {"id": "65f0c0ffeecafef00dba5e06", "name": "Main", "tiles": [], **content}
    return resource(
        "clickstack_dashboard",
        {"id": "65f0c0ffeecafef00dba5e06", "dashboard_json": json.dumps(written)},
    )


def test_dashboard() -> None:
    """The JSON of a dashboard becomes fields, with references to its sources."""
    config = {
        "displayType": "line",
        "sourceId": _SOURCE["id"],
        "select": [{"aggFn": "count", "where": "${literal}"}],
    }
    tile = {"name": "Logs", "x": 0, "y": 0, "w": 6, "h": 3, "config": config}
    document, conversion = converted(
        service(), resource("clickstack_source", _SOURCE), _dashboard(tiles=[tile], tags=["a"])
    )
    (dashboard,) = document["clickstack_dashboards"]
    assert dashboard == {
        "service": "clicks",
        "name": "Main",
        "tags": ["a"],
        "tiles": [
            {
                "name": "Logs",
                "x": 0,
                "y": 0,
                "w": 6,
                "h": 3,
                "config": {
                    "display_type": "line",
                    "source_id": "${clickstack_sources.Logs.id}",
                    "select": [{"agg_fn": "count", "where": "$${literal}"}],
                },
            }
        ],
    }
    assert conversion.losses == ()


def test_dashboard_of_a_newer_provider() -> None:
    """Fields that nobody knows are listed, and so is a text that is not JSON."""
    document, conversion = converted(service(), _dashboard(mood="blue"))
    assert document["clickstack_dashboards"] == [{"service": "clicks", "name": "Main", "tiles": []}]
    assert [each.attribute for each in conversion.losses] == ["dashboard_json.mood"]
    broken = resource("clickstack_dashboard", {"id": "1", "dashboard_json": "{"})
    document, conversion = converted(service(), broken)
    assert "clickstack_dashboards" not in document
    assert [each.attribute for each in conversion.losses] == ["dashboard_json"]


def test_role() -> None:
    """Conditions are an object, and not the text of one."""
    permission = {
        "action": "read",
        "subject": "Dashboard",
        "integration": "mongodb",
        "inverted": False,
        "conditions": '{"team": "a"}',
        "fields": None,
    }
    document, conversion = converted(
        service(),
        resource("clickstack_role", {"id": "1", "name": "viewer", "permissions": [permission]}),
    )
    assert document["clickstack_roles"] == [
        {
            "service": "clicks",
            "name": "viewer",
            "permissions": [
                {
                    "action": "read",
                    "subject": "Dashboard",
                    "integration": "mongodb",
                    "inverted": False,
                    "conditions": {"team": "a"},
                }
            ],
        }
    ]
    assert conversion.losses == ()


@pytest.mark.parametrize("named", ["clicks", "5e000000-0000-4000-8000-000000000001"])
def test_service_of_clickstack(named: str) -> None:
    """The service is asked for, by name or id; without it the report says what to add."""
    states = state(service(), resource("clickstack_source", _TRACES | {"log_source_id": None}))
    conversion = from_terraform(states, clickstack_service=named)
    assert conversion.document["clickstack_sources"][0]["service"] == "clicks"
    assert conversion.losses == ()
    without = from_terraform(states)
    assert "service" not in without.document["clickstack_sources"][0]
    assert [each.attribute for each in without.losses] == ["service"]
