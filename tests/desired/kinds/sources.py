"""Cases of the sources of ClickStack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.core.codec import model_fields
from clickhouse_cloud_async.models import (
    ClickStackLogSource,
    ClickStackSessionSource,
    ClickStackTraceSource,
)

from .case import Case, Fields

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.model import Model

LOGS: Fields = {
    "service": "clicks",
    "name": "logs",
    "kind": "log",
    "connection": "c1",
    "from": {"database_name": "otel", "table_name": "otel_logs"},
    "default_table_select_expression": "Timestamp, Body",
    "timestamp_value_expression": "Timestamp",
}
TRACES: Fields = {
    "service": "clicks",
    "name": "traces",
    "kind": "trace",
    "connection": "c1",
    "from": {"database_name": "otel", "table_name": "otel_traces"},
    "default_table_select_expression": "Timestamp, SpanName",
    "timestamp_value_expression": "Timestamp",
    "duration_expression": "Duration",
    "duration_precision": 9,
    "trace_id_expression": "TraceId",
    "span_id_expression": "SpanId",
    "parent_span_id_expression": "ParentSpanId",
    "span_name_expression": "SpanName",
    "span_kind_expression": "SpanKind",
}
METRICS: Fields = {
    "service": "clicks",
    "name": "metrics",
    "kind": "metric",
    "connection": "c1",
    "from": {"database_name": "otel"},
    "metric_tables": {"gauge": "otel_metrics_gauge", "sum": "otel_metrics_sum"},
    "timestamp_value_expression": "TimeUnix",
    "resource_attributes_expression": "ResourceAttributes",
}
SESSIONS: Fields = {
    "service": "clicks",
    "name": "sessions",
    "kind": "session",
    "connection": "c1",
    "from": {"database_name": "otel", "table_name": "hyperdx_sessions"},
    "trace_source": "traces",
}
_VIEW = {
    "database_name": "otel",
    "table_name": "mv",
    "dimension_columns": "ServiceName",
    "min_granularity": "1m",
    "timestamp_column": "Timestamp",
    "aggregated_columns": [{"agg_fn": "count", "mv_column": "count"}],
}
_OPTIONS = {
    "filter_settings": {
        "database_name": "otel",
        "table_name": "filters",
        "columns": [{"name": "ServiceName", "label": "Service"}],
    },
    "use_text_index_for_implicit_column": "enabled",
    "highlighted_trace_attribute_expressions": [{"sql_expression": "a", "alias": "A"}],
    "highlighted_row_attribute_expressions": [{"sql_expression": "b"}],
    "materialized_views": [_VIEW],
    "metadata_materialized_views": {"key_rollup_table": "keys", "granularity": "1m"},
}


def _expressions(model: type[Model], *, value: Any) -> Fields:
    """Every expression of a kind of sources, with one value."""
    names = (field.name for field in model_fields(model))
    return {name: value for name in names if name.endswith("_expression")}


CASES: Final = (
    Case(
        kind="clickstack_sources",
        label="log",
        fields={**LOGS, "trace_source": "traces", "body_expression": "Body"},
        changes=[
            {"section": "app", "disabled": True},
            {"from": {"database_name": "otel", "table_name": "other"}, "connection": "c2"},
            {"query_settings": [{"setting": "max_threads", "value": "1"}]},
            {"metric_source": "metrics", "trace_source": None},
            _OPTIONS,
            _expressions(ClickStackLogSource, value="x"),
            {"body_expression": None, "span_id_expression": ""},
        ],
        needs=[("clickstack_sources", TRACES), ("clickstack_sources", METRICS)],
    ),
    Case(
        kind="clickstack_sources",
        label="trace",
        fields=TRACES,
        changes=[
            {"duration_precision": 3},
            {"log_source": "logs", "session_source": "replays"},
            _expressions(ClickStackTraceSource, value="x"),
        ],
        needs=[
            ("clickstack_sources", LOGS),
            ("clickstack_sources", {**TRACES, "name": "others"}),
            ("clickstack_sources", {**SESSIONS, "name": "replays", "trace_source": "others"}),
        ],
    ),
    Case(
        kind="clickstack_sources",
        label="metric",
        fields=METRICS,
        changes=[{"metric_tables": {"gauge": "g", "sum": "s", "histogram": "h"}}],
    ),
    Case(
        kind="clickstack_sources",
        label="session",
        fields=SESSIONS,
        changes=[_expressions(ClickStackSessionSource, value="x")],
        needs=[("clickstack_sources", TRACES)],
    ),
    Case(
        kind="clickstack_sources",
        label="promql",
        fields={
            "service": "clicks",
            "name": "prometheus",
            "kind": "promql",
            "connection": "c1",
            "from": {"database_name": "prom", "table_name": "samples"},
            "timestamp_value_expression": "Timestamp",
        },
        changes=[{"section": "infra"}],
    ),
)
