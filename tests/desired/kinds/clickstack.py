"""Cases of ClickStack."""

from __future__ import annotations

from typing import Final

from .case import Case, Fields
from .sources import LOGS, TRACES

_LOGS_ID = "${clickstack_sources.clicks/logs.id}"
ERRORS: Fields = {"service": "clicks", "name": "errors", "source": "logs"}
_SLOW: Fields = {"service": "clicks", "name": "slow", "source": "logs"}
_SELECT = [{"agg_fn": "count", "where": "", "where_language": "lucene"}]
TILE: Fields = {
    "name": "Errors",
    "x": 0,
    "y": 0,
    "w": 6,
    "h": 3,
    "config": {"display_type": "line", "source_id": _LOGS_ID, "select": _SELECT},
}
_NOTE: Fields = {
    "name": "Note",
    "x": 6,
    "y": 0,
    "w": 6,
    "h": 3,
    "config": {"display_type": "markdown", "markdown": "# Hello"},
}
DASHBOARD: Fields = {"service": "clicks", "name": "main", "tiles": [TILE, _NOTE]}
_FILTER: Fields = {
    "type": "QUERY_EXPRESSION",
    "name": "Service",
    "expression": "ServiceName",
    "source_id": _LOGS_ID,
}
HOOK: Fields = {
    "service": "clicks",
    "webhook_service": "slack",
    "name": "ops",
    "url": {"secret": "https://hooks.example/T0/slack-token"},
}
_CHANNEL = {"type": "webhook", "webhook_id": "${clickstack_webhooks.clicks/slack/ops.id}"}
_EMAIL = {"type": "email", "email_recipients": ["a@example.org"]}
_CHART = {"display_type": "number", "source_id": _LOGS_ID, "select": _SELECT}
_ALERT: Fields = {
    "service": "clicks",
    "name": "too many",
    "interval": "5m",
    "threshold": 10,
    "threshold_type": "above",
    "channels": [_CHANNEL],
}
_WATCHED = (
    ("clickstack_sources", LOGS),
    ("clickstack_webhooks", HOOK),
    ("clickstack_saved_searches", ERRORS),
    ("clickstack_saved_searches", _SLOW),
    ("clickstack_dashboards", DASHBOARD),
    ("clickstack_dashboards", {**DASHBOARD, "name": "other"}),
)

CASES: Final = (
    Case(
        kind="clickstack_saved_searches",
        fields={
            **ERRORS,
            "select": "Timestamp, Body",
            "where": "level:error",
            "where_language": "lucene",
            "order_by": "Timestamp DESC",
            "tags": ["prod"],
            "filters": [{"type": "sql", "condition": "a = 1"}],
        },
        changes=[
            {"source": "traces", "select": "Body"},
            {"where": "SeverityText = 'error'", "where_language": "sql"},
            {"order_by": None, "tags": ["eu", "prod"]},
            {"filters": [], "tags": []},
            {"tags": None, "select": None, "where": None, "where_language": None},
        ],
        needs=[("clickstack_sources", LOGS), ("clickstack_sources", TRACES)],
    ),
    Case(
        kind="clickstack_dashboards",
        fields={
            **DASHBOARD,
            "tags": ["prod"],
            "filters": [_FILTER],
            "saved_query": "level:error",
            "saved_query_language": "lucene",
            "containers": [{"id": "top", "title": "Top", "collapsed": False}],
        },
        changes=[
            {"tiles": [{**TILE, "w": 12}, {**_NOTE, "name": "Renamed"}]},
            {
                "filters": [
                    {**_FILTER, "expression": "ServiceName || 'x'"},
                    {"type": "STATIC_LIST", "name": "Level", "options": ["info", "error"]},
                ],
            },
            {"saved_query": "SeverityText = 'error'", "saved_query_language": "sql"},
            {"saved_filter_values": [{"type": "sql", "condition": "a = 1"}], "tags": []},
            {"containers": [{"id": "top", "title": "Above", "collapsed": True}]},
            {"containers": [], "filters": [], "saved_filter_values": []},
            {"tiles": [], "saved_query": None, "saved_query_language": None},
        ],
        needs=[("clickstack_sources", LOGS)],
    ),
    Case(
        kind="clickstack_webhooks",
        label="slack",
        fields={**HOOK, "description": "to ops"},
        changes=[
            {"url": {"secret": "https://hooks.example/T0/other-token"}},
            {"description": None},
        ],
    ),
    Case(
        kind="clickstack_webhooks",
        label="generic",
        fields={
            "service": "clicks",
            "webhook_service": "generic",
            "name": "any",
            "url": {"secret": "https://hooks.example/generic-token"},
            "body": '{"text": "{{body}}"}',
            "headers": {"Authorization": {"secret": "header-token"}},
            "query_params": {"key": {"secret": "query-token"}},
        },
        changes=[{"description": "any"}, {"body": None}],
    ),
    Case(
        kind="clickstack_webhooks",
        label="incidentio",
        fields={
            "service": "clicks",
            "webhook_service": "incidentio",
            "name": "pager",
            "url": {"secret": "https://hooks.example/incident-token"},
            "body": "{}",
        },
        changes=[{"description": "pager"}],
        beside=["body"],
    ),
    Case(
        kind="clickstack_alerts",
        label="saved_search",
        fields={
            **_ALERT,
            "source": "saved_search",
            "saved_search": "errors",
            "threshold_type": "between",
            "threshold_max": 20,
            "num_consecutive_windows": 2,
            "schedule_offset_minutes": 1,
            "group_by": "ServiceName",
            "message": "look",
            "note": "n",
            "display_name": "Too many",
            "tags": ["prod"],
        },
        changes=[
            {"saved_search": "slow", "interval": "15m"},
            {"threshold": 12, "threshold_max": 30, "num_consecutive_windows": 3},
            {"threshold_type": "above", "group_by": "SpanName"},
            {"channels": [_EMAIL, _CHANNEL], "message": None},
            {"note": "other", "display_name": "Far too many", "tags": ["eu", "prod"]},
            {"schedule_offset_minutes": 2},
            {"schedule_offset_minutes": None, "schedule_start_at": "2027-01-01T00:00:00Z"},
            {"schedule_start_at": None, "tags": []},
            {"note": None, "num_consecutive_windows": None},
        ],
        needs=_WATCHED,
    ),
    Case(
        kind="clickstack_alerts",
        label="tile",
        fields={**_ALERT, "source": "tile", "dashboard": "main", "tile": "Errors"},
        changes=[
            {"tile": "Note"},
            {"dashboard": "other"},
            {"source": "inline", "chart_config": _CHART, "dashboard": None, "tile": None},
            {"chart_config": {**_CHART, "select": [{**_SELECT[0], "where": "a"}]}},
            {"source": "saved_search", "saved_search": "errors", "chart_config": None},
        ],
        needs=_WATCHED,
    ),
    Case(
        kind="clickstack_roles",
        fields={
            "service": "clicks",
            "name": "viewer",
            "description": "sees",
            "permissions": [{"action": "read", "subject": "Dashboard"}],
        },
        changes=[
            {"description": None},
            {
                "permissions": [
                    {"action": "manage", "subject": "Alert", "conditions": {"name": "x"}},
                    {"action": "read", "subject": "Dashboard", "integration": "mongodb"},
                ]
            },
            {"permissions": []},
        ],
    ),
)
