"""Metrics of a Postgres service: functions of emulated time, so that each time has one value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.emulation.clock import DAY, HOUR, START
from clickhouse_cloud_async.emulation.problems import bad_request

from .instances import STANDBYS
from .sizes import memory_gb
from .windows import Window, running

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

MAX_POINTS = 250

_BUCKETS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
_BUSIEST = 5 * HOUR
"""The busiest time of a day, in seconds after the emulator's start, which is in the morning."""


@attrs.frozen
class Metric:
    """A metric.

    Args:
        key: Its key.
        name: Its name.
        unit: Its unit.
        description: Its description.
        quiet: Its value at night.
        busy: Its value in the afternoon.
        ceiling: Returns its maximum for a service; None for no maximum.
        follows: Whether only servers that replicate another one have it.
    """

    key: str
    name: str
    unit: str
    description: str
    quiet: float
    busy: float
    ceiling: Callable[[JsonObject], float] | None = None
    follows: bool = False


_METRICS = (
    Metric("cpu_usage", "CPU usage", "percent", "Share of the CPU time in use.", 6, 48,
           lambda _service: 100),
    Metric("memory_usage", "Memory usage", "percent", "Share of the memory in use.", 45, 60,
           lambda _service: 100),
    Metric("disk_usage", "Disk usage", "percent", "Share of the storage in use.", 21, 22,
           lambda _service: 100),
    Metric("connections", "Connections", "count", "Open connections.", 8, 42,
           lambda service: 25 * memory_gb(service["size"])),
    Metric("transactions", "Transactions", "per second", "Transactions that ended.", 20, 310),
    Metric("cache_hit_ratio", "Cache hit ratio", "percent", "Blocks that were in the cache.",
           99.4, 98.1, lambda _service: 100),
    Metric("read_iops", "Read operations", "per second", "Reads from the storage.", 12, 140),
    Metric("write_iops", "Write operations", "per second", "Writes to the storage.", 15, 95),
    Metric("wal_rate", "WAL rate", "bytes per second", "Write-ahead log written.", 4e4, 9e5),
    Metric("replication_lag", "Replication lag", "seconds", "How far it is behind.", 0.01, 0.4,
           follows=True),
)  # fmt: skip


def bucket_size(window: Window, asked: int | None) -> int:
    """Return the seconds between two points of a window.

    Args:
        window: The window.
        asked: The seconds in the request, if any.

    Raises:
        Problem: 400 if there would be too many points.
    """
    if asked is None:
        smallest = window.length / MAX_POINTS
        days = math.ceil(smallest / DAY) * DAY
        return next((bucket for bucket in _BUCKETS if bucket >= smallest), days)
    if math.ceil(window.length / asked) > MAX_POINTS:
        raise bad_request(f"bucket_size_seconds: gives more than {MAX_POINTS} points")
    return asked


def measure(
    organization: Organization, service: JsonObject, window: Window, bucket: int
) -> list[JsonObject]:
    """Return every metric of a service in a window.

    There is a point for each bucket up to now at whose start the service ran.
    """
    past = Window(window.begin, min(window.end, organization.world.elapsed))
    begin = math.ceil(window.begin)
    moments = [
        moment
        for span in running(service, past)
        for moment in range(
            begin + max(0, math.ceil((span.begin - begin) / bucket)) * bucket,
            math.ceil(span.end),
            bucket,
        )
    ]
    return [
        _measured(organization, service, metric, moments)
        for metric in _METRICS
        if _labels(service, metric)
    ]


def _measured(
    organization: Organization, service: JsonObject, metric: Metric, moments: list[int]
) -> JsonObject:
    return {
        "key": metric.key,
        "name": metric.name,
        "unit": metric.unit,
        "description": metric.description,
        "series": [
            {
                "label": label,
                "dataPoints": _points(_curve(organization, service, metric, label), moments),
            }
            for label in _labels(service, metric)
        ],
    }


def _labels(service: JsonObject, metric: Metric) -> list[str]:
    """Return the servers with a metric."""
    standbys = [f"standby-{number + 1}" for number in range(STANDBYS[service["haType"]])]
    if not service["isPrimary"]:
        return ["replica", *standbys]
    return standbys if metric.follows else ["primary", *standbys]


def _points(curve: Callable[[int], float], moments: list[int]) -> list[JsonObject]:
    zero = round(START.timestamp())
    return [{"timestamp": zero + moment, "value": curve(moment)} for moment in moments]


def _curve(
    organization: Organization, service: JsonObject, metric: Metric, label: str
) -> Callable[[int], float]:
    """Return a function from time to a metric's value, which follows the time of day with noise."""
    random = organization.world.draw("postgres", service["id"], metric.key, label)
    share = random.uniform(0.7, 1.1)
    waves = [(random.uniform(200, 4000), random.uniform(0, math.tau)) for _ in range(3)]
    ceiling = math.inf if metric.ceiling is None else metric.ceiling(service)

    def curve(moment: int) -> float:
        day = (1 + math.cos(math.tau * (moment - _BUSIEST) / DAY)) / 2
        waver = sum(math.sin(math.tau * moment / period + phase) for period, phase in waves)
        level = min(1.0, max(0.0, day * share + waver / 20))
        value = min(ceiling, metric.quiet + (metric.busy - metric.quiet) * level)
        return round(value, 0 if metric.unit == "count" else 3)

    return curve
