"""Usage of instances per day: the hours of each replica."""

from __future__ import annotations

from datetime import MAXYEAR, datetime, timedelta
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.emulation.clock import DAY, HOUR, elapsed_at, moment_at, timestamp
from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

DIMENSION: Final = "Core hours"
"""Dimensions of usage; the number of one core per replica is invented."""

MOST_DAYS: Final = 366
"""Maximum number of days in a report."""


def month_of(world: World) -> tuple[datetime, datetime]:
    """Return the beginning of the current month, and the current time."""
    now = moment_at(world.elapsed)
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0), now


def total(world: World, instances: Iterable[JsonObject], begin: datetime, end: datetime) -> float:
    """Return the core hours of instances in a period."""
    first, last = elapsed_at(begin), min(elapsed_at(end), world.elapsed)
    seconds = sum(_seconds(instance, first, last, world.elapsed) for instance in instances)
    return round(seconds / HOUR, 3)


def per_day(
    world: World, instances: Iterable[JsonObject], begin: datetime, end: datetime
) -> Iterator[JsonObject]:
    """Yield the core hours of instances for each day of a period.

    Raises:
        Problem: 400 for a period that ends before its start, or is longer than a year.
    """
    if not timedelta(0) <= end - begin <= timedelta(days=MOST_DAYS):
        raise bad_request(f"startDate and endDate must span from 0 to {MOST_DAYS} days")
    if end.year == MAXYEAR:
        raise bad_request(f"endDate must be before {MAXYEAR}")
    known = list(instances)
    day = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= end:
        following = day + timedelta(seconds=DAY)
        yield entry(total(world, known, max(day, begin), min(following, end)), day, following)
        day = following


def entry(hours: float, begin: datetime, end: datetime) -> JsonObject:
    """Return an entry of a report."""
    times = {"startTime": timestamp(begin), "endTime": timestamp(end)}
    return {"dimension": DIMENSION, "total": hours, **times}


def _seconds(instance: JsonObject, first: float, last: float, now: float) -> float:
    """Return the running time of an instance's replicas in a period, by its last states."""
    history = instance["_history"]
    ends = [moment for moment, _ in history[1:]] + [now]
    spans = (
        max(0.0, min(end, last) - max(begin, first))
        for (begin, state), end in zip(history, ends, strict=True)
        if state == "RUNNING"
    )
    return float(sum(spans) * int(instance["currentReplicas"]))
