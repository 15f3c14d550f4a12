"""Statistics of slow query patterns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import not_found

from .windows import Window, read_elapsed
from .workload import PATTERNS, Pattern, executions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

RECENT = 20
"""Maximum number of shown executions of a pattern."""

_ORDERS: Mapping[str, str] = {
    "total_duration": "totalDurationUs",
    "avg_duration": "avgDurationUs",
    "max_duration": "maxDurationUs",
    "p50_duration": "p50DurationUs",
    "p95_duration": "p95DurationUs",
    "p99_duration": "p99DurationUs",
    "call_count": "callCount",
    "error_count": "errorCount",
    "total_rows": "totalRows",
    "total_blks_read": "totalSharedBlksRead",
    "total_shared_blks_hit": "totalSharedBlksHit",
    "total_cpu_time": "totalCpuTimeUs",
    "total_wal_bytes": "totalWalBytes",
}
"""The statistic of each value of ``sort_by``."""


def patterns(
    organization: Organization, service: JsonObject, window: Window, query: Mapping[str, str]
) -> list[JsonObject]:
    """Return the patterns that ran in a window, filtered and sorted according to a query."""
    found = [
        _aggregate(pattern, runs)
        for pattern in PATTERNS
        if _matches(pattern, query)
        and (runs := [run for _, run in executions(organization, service, pattern, window)])
    ]
    figure = _ORDERS[query["sort_by"]]
    found.sort(key=lambda item: item["queryId"])
    return sorted(found, key=lambda item: item[figure], reverse=query["sort_order"] == "desc")


def detail(
    organization: Organization, service: JsonObject, query_id: str, query: Mapping[str, str]
) -> JsonObject:
    """Return the statistics of one pattern, and its last executions until a time.

    Raises:
        Problem: 404 if no such pattern ran.
    """
    until = read_elapsed("timestamp", query["timestamp"]) if "timestamp" in query else math.inf
    everything = Window(-math.inf, math.inf)
    for pattern in PATTERNS:
        if pattern.id == query_id and _matches(pattern, query):
            runs = list(executions(organization, service, pattern, everything))
            if runs:
                recent = [run for at, run in runs if at <= until][-RECENT:]
                return {
                    "aggregate": _aggregate(pattern, [run for _, run in runs]),
                    "recentExecutions": recent[::-1],
                }
    raise not_found(f"slow query pattern {query_id}")


def _matches(pattern: Pattern, query: Mapping[str, str]) -> bool:
    return (
        query.get("db_name", pattern.database) == pattern.database
        and query.get("db_user", pattern.user) == pattern.user
        and query.get("db_operation", pattern.operation) == pattern.operation
        and query.get("app", pattern.app) == pattern.app
    )


def _aggregate(pattern: Pattern, runs: list[JsonObject]) -> JsonObject:
    """Return the statistics of one or more executions."""
    durations: list[int] = sorted(run["durationUs"] for run in runs)

    def total(*names: str) -> int:
        return sum(run[name] for run in runs for name in names)

    def percentile(share: float) -> int:
        return durations[math.ceil(share * len(durations)) - 1]

    return {
        **pattern.shown,
        "callCount": len(runs),
        "errorCount": sum("errMessage" in run for run in runs),
        "totalDurationUs": sum(durations),
        "avgDurationUs": round(sum(durations) / len(durations)),
        "maxDurationUs": durations[-1],
        "p50DurationUs": percentile(0.5),
        "p95DurationUs": percentile(0.95),
        "p99DurationUs": percentile(0.99),
        "totalRows": total("rows"),
        "totalSharedBlksRead": total("sharedBlksRead"),
        "totalSharedBlksHit": total("sharedBlksHit"),
        "totalCpuTimeUs": total("cpuUserTimeUs", "cpuSysTimeUs"),
        "totalWalBytes": total("walBytes"),
    }
