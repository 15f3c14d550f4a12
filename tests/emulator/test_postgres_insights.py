"""What is observed of managed Postgres: metrics, logs and slow queries."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async.apis.clickhouse.emulator.postgres import workload
from clickhouse_cloud_async.apis.clickhouse.emulator.postgres.metrics import MAX_POINTS, bucket_size
from clickhouse_cloud_async.apis.clickhouse.emulator.postgres.windows import Window
from clickhouse_cloud_async.emulation.clock import START, timestamp
from clickhouse_cloud_async.emulation.problems import Problem
from clickhouse_cloud_async.emulator import Emulator

from .client import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .client import Api

BODY = {
    "name": "shop",
    "provider": "gcp",
    "region": "europe-west4",
    "size": "c4a-highmem-8",
    "haType": "sync",
}
ZERO = round(START.timestamp())


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """A client of an emulator without services, whose backups of years would take their time."""
    async with serving(Emulator(time_scale=0)) as client:
        yield client


def _window(begin: float, end: float, **more: object) -> list[tuple[str, str]]:
    """A window in hours after the emulator's start."""
    moments = [timestamp(START + timedelta(hours=hours)) for hours in (begin, end)]
    query = {"from_date": moments[0], "to_date": moments[1], **more}
    return [(name, str(value)) for name, value in query.items()]


async def _created(api: Api) -> str:
    return f"/postgres/{(await api('POST', '/postgres', BODY)).result['id']}"


async def _metrics(api: Api, path: str, begin: float, end: float, **more: object) -> Any:
    answer = await api("GET", f"{path}/metrics", query=_window(begin, end, **more))
    return {metric["key"]: metric for metric in answer.result["metrics"]}


async def _logs(api: Api, path: str, begin: float, end: float, **more: object) -> Any:
    return (await api("GET", f"{path}/logs", query=_window(begin, end, **more))).result


async def _patterns(api: Api, path: str, begin: float, end: float, **more: object) -> Any:
    query = _window(begin, end, **more)
    return (await api("GET", f"{path}/slowQueryPatterns", query=query)).result


def _times(metric: Any) -> list[int]:
    return [point["timestamp"] - ZERO for point in metric["series"][0]["dataPoints"]]


async def test_metrics_end_with_the_window(api: Api) -> None:
    """A window has its begin and not its end, and the points are as far apart as asked."""
    path = await _created(api)
    await api.emulator.advance(hours=5)
    cpu = (await _metrics(api, path, 1, 2, bucket_size_seconds=900))["cpu_usage"]

    assert _times(cpu) == [3600, 4500, 5400, 6300]
    assert [series["label"] for series in cpu["series"]] == ["primary", "standby-1", "standby-2"]
    for series in cpu["series"]:
        assert all(0 <= point["value"] <= 100 for point in series["dataPoints"])


async def test_metrics_are_the_same_again(api: Api) -> None:
    """A moment has one value, whichever window it is asked for in and whenever."""
    path = await _created(api)
    await api.emulator.advance(hours=5)
    first = await _metrics(api, path, 1, 3, bucket_size_seconds=600)
    await api.emulator.advance(hours=5)

    assert first == await _metrics(api, path, 1, 3, bucket_size_seconds=600)
    wider = await _metrics(api, path, 0, 4, bucket_size_seconds=600)
    for key, metric in first.items():
        for narrow, wide in zip(metric["series"], wider[key]["series"], strict=True):
            assert [p for p in narrow["dataPoints"] if p not in wide["dataPoints"]] == []


async def test_metrics_only_where_it_ran(api: Api) -> None:
    """There are no points before the service ran, during a restart, and in the future."""
    path = await _created(api)
    await api.emulator.advance(hours=1)
    await api("PATCH", f"{path}/state", {"command": "restart"})
    await api.emulator.advance(hours=1)
    cpu = (await _metrics(api, path, 0, 3, bucket_size_seconds=60))["cpu_usage"]

    assert cpu["series"][0]["dataPoints"] != []
    assert _times(cpu)[0] >= 150
    assert 3600 not in _times(cpu)
    assert 3660 in _times(cpu)
    assert _times(cpu)[-1] == 7140


@pytest.mark.parametrize("hours", [0.01, 1, 3, 24, 24 * 7, 24 * 365, 24 * 3650])
async def test_derived_buckets(api: Api, hours: float) -> None:
    """Without a bucket the points are few enough, at even distances."""
    path = await _created(api)
    await api.emulator.advance(hours=1)
    await api.emulator.advance(hours=hours)
    metrics = await _metrics(api, path, 1, 1 + hours)
    times = _times(metrics["cpu_usage"])

    assert 1 <= len(times) <= MAX_POINTS
    assert len({later - earlier for earlier, later in pairwise(times)}) <= 1


@pytest.mark.parametrize("place", ["metrics", "logs", "slowQueryPatterns"])
async def test_windows_that_do_not_end_after_their_begin(api: Api, place: str) -> None:
    """A window has a length, and both of its ends have to be there."""
    path = f"{await _created(api)}/{place}"
    for end in (1, 2):
        answer = await api("GET", path, query=_window(2, end))
        assert (answer.status, answer.error) == (400, "to_date: must be later than from_date")
    answer = await api("GET", path, query=_window(1, 2)[:1])
    assert (answer.status, answer.error) == (400, "to_date: is required")


async def test_bad_buckets(api: Api) -> None:
    """A bucket is at least a second, and long enough."""
    path = f"{await _created(api)}/metrics"
    for size, message in ((0, "must be at least 1"), (14, "gives more than 250 points")):
        answer = await api("GET", path, query=_window(1, 2, bucket_size_seconds=size))
        assert (answer.status, answer.error) == (400, f"bucket_size_seconds: {message}")
    assert (await api("GET", path, query=_window(1, 2, bucket_size_seconds=15))).status == 200


async def test_metrics_of_a_replica(api: Api) -> None:
    """A replica tells how far it is behind."""
    path = await _created(api)
    await api.emulator.advance(minutes=30)
    replica = (await api("POST", f"{path}/readReplica", {"name": "copy"})).result
    await api.emulator.advance(hours=2)
    lag = (await _metrics(api, f"/postgres/{replica['id']}", 1, 2))["replication_lag"]

    assert [series["label"] for series in lag["series"]] == ["replica"]
    own = (await _metrics(api, path, 1, 2))["replication_lag"]
    assert [series["label"] for series in own["series"]] == ["standby-1", "standby-2"]


async def test_logs_tell_the_states(api: Api) -> None:
    """The log says when the server became ready and when it went down."""
    path = await _created(api)
    await api.emulator.advance(hours=1)
    await api("PATCH", f"{path}/state", {"command": "restart"})
    await api.emulator.advance(hours=1)
    ready = await _logs(api, path, 0, 2, body_contains="ready to accept")
    down = await _logs(api, path, 0, 2, body_contains="shutdown")

    assert len(ready) == 2
    assert [line["timestamp"] for line in down] == [timestamp(START + timedelta(hours=1))]
    assert ready[0]["timestamp"] > down[0]["timestamp"] > ready[1]["timestamp"]


async def test_logs_include_both_ends(api: Api) -> None:
    """A line at the begin or at the end of a window is in it."""
    path = await _created(api)
    await api.emulator.advance(hours=3)
    line = (await _logs(api, path, 0, 2, limit=1))[0]
    moment = datetime.fromisoformat(line["timestamp"]).astimezone(UTC)
    second = timedelta(seconds=1)
    for begin, end in ((moment, moment + second), (moment - second, moment)):
        query = [("from_date", begin.isoformat()), ("to_date", end.isoformat())]
        assert line in (await api("GET", f"{path}/logs", query=query)).result


async def test_logs_are_ordered_filtered_and_cut(api: Api) -> None:
    """The newest line comes first unless asked otherwise; filters and pages hold."""
    path = await _created(api)
    await api.emulator.advance(days=3)
    everything = await _logs(api, path, 0, 72, limit=2000)
    moments = [line["timestamp"] for line in everything]

    assert moments == sorted(moments, reverse=True)
    assert await _logs(api, path, 0, 72, limit=2000, sort_order="asc") == everything[::-1]
    assert await _logs(api, path, 0, 72) == everything[:50]
    assert await _logs(api, path, 0, 72, limit=7, offset=20) == everything[20:27]
    assert await _logs(api, path, 0, 72, offset=len(everything)) == []
    errors = await _logs(api, path, 0, 72, severity="ERROR", limit=1000)
    assert errors == [line for line in everything if line["severity"] == "ERROR"] != []
    assert await _logs(api, path, 0, 72, body_contains="checkpoint Starting") == []
    assert await _logs(api, path, 0, 72, body_contains="checkpoint starting") != []


async def test_logs_are_the_same_again(api: Api) -> None:
    """A window in the past has the same lines whenever it is asked for."""
    path = await _created(api)
    await api.emulator.advance(hours=5)
    before = await _logs(api, path, 1, 4, limit=1000)
    await api.emulator.advance(hours=5)

    assert await _logs(api, path, 1, 4, limit=1000) == before
    halves = await _logs(api, path, 2.5, 4, limit=999), await _logs(api, path, 1, 2.5, limit=999)
    assert [line for line in before if line not in halves[0] + halves[1]] == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (_window(0, 24 * 30 + 0.01), "to_date: must be at most 30 days after from_date"),
        (_window(0, 1, limit=0), "limit: must be at least 1"),
        (_window(0, 1, offset=-1), "offset: must be at least 0"),
        (_window(0, 1, sort_order="up"), "sort_order: must be one of asc, desc"),
    ],
)
async def test_bad_questions_for_logs(api: Api, query: list[tuple[str, str]], message: str) -> None:
    """A window is at most thirty days long, and pages have sensible bounds."""
    answer = await api("GET", f"{await _created(api)}/logs", query=query)

    assert (answer.status, answer.error) == (400, message)


async def test_logs_of_thirty_days(api: Api) -> None:
    """The longest window is thirty days."""
    answer = await api("GET", f"{await _created(api)}/logs", query=_window(0, 24 * 30))

    assert answer.status == 200


@pytest.mark.parametrize(
    ("order", "figure"),
    [
        ("total_duration", "totalDurationUs"),
        ("avg_duration", "avgDurationUs"),
        ("max_duration", "maxDurationUs"),
        ("p50_duration", "p50DurationUs"),
        ("p95_duration", "p95DurationUs"),
        ("p99_duration", "p99DurationUs"),
        ("call_count", "callCount"),
        ("error_count", "errorCount"),
        ("total_rows", "totalRows"),
        ("total_blks_read", "totalSharedBlksRead"),
        ("total_shared_blks_hit", "totalSharedBlksHit"),
        ("total_cpu_time", "totalCpuTimeUs"),
        ("total_wal_bytes", "totalWalBytes"),
    ],
)
async def test_order_of_patterns(api: Api, order: str, figure: str) -> None:
    """Patterns are sorted by the figure that is asked for."""
    path = await _created(api)
    await api.emulator.advance(days=2)
    for direction in ("asc", "desc"):
        found = await _patterns(api, path, 0, 48, sort_by=order, sort_order=direction)
        figures = [pattern[figure] for pattern in found]
        assert figures == sorted(figures, reverse=direction == "desc")
        assert len(set(figures)) > 1


async def test_patterns_are_filtered_and_cut(api: Api) -> None:
    """Filters are exact, and pages are cut from the sorted list."""
    path = await _created(api)
    await api.emulator.advance(days=2)
    everything = await _patterns(api, path, 0, 48)

    durations = [pattern["totalDurationUs"] for pattern in everything]
    assert durations == sorted(durations, reverse=True)
    assert await _patterns(api, path, 0, 48, limit=2, offset=1) == everything[1:3]
    for name, shown in (
        ("db_user", "dbUser"),
        ("db_operation", "dbOperation"),
        ("app", "app"),
        ("db_name", "dbName"),
    ):
        wanted = everything[0][shown]
        kept = [pattern for pattern in everything if pattern[shown] == wanted]
        assert await _patterns(api, path, 0, 48, **{name: wanted}) == kept
        assert await _patterns(api, path, 0, 48, **{name: wanted.swapcase()}) == []
    for query in ({"limit": 501}, {"limit": 0}, {"offset": -1}, {"sort_by": "name"}):
        answer = await api("GET", f"{path}/slowQueryPatterns", query=_window(0, 1, **query))
        assert (answer.status, answer.error.partition(":")[0]) == (400, next(iter(query)))


async def test_windows_of_patterns_add_up(api: Api) -> None:
    """An execution belongs to one of two windows that follow each other."""
    path = await _created(api)
    await api.emulator.advance(days=3)
    whole = {p["queryId"]: p["callCount"] for p in await _patterns(api, path, 0, 72)}
    parts = [p for day in range(3) for p in await _patterns(api, path, day * 24, day * 24 + 24)]

    assert whole == {
        query_id: sum(p["callCount"] for p in parts if p["queryId"] == query_id)
        for query_id in whole
    }
    assert await _patterns(api, path, 72, 96) == []


async def test_one_pattern(api: Api) -> None:
    """A pattern shows its figures and its last executions, newest first, also from a moment on."""
    path = await _created(api)
    await api.emulator.advance(days=2)
    listed = (await _patterns(api, path, 0, 48, db_operation="INSERT"))[0]
    place = f"{path}/slowQueryPatterns/{listed['queryId']}"
    names = {"dbName": "db_name", "dbUser": "db_user", "dbOperation": "db_operation"}
    query = [(name, listed[shown]) for shown, name in names.items()]
    detail = (await api("GET", place, query=query)).result
    moments = [run["timestamp"] for run in detail["recentExecutions"]]

    assert detail["aggregate"] == listed
    assert moments == sorted(moments, reverse=True)
    assert len(moments) == 20
    earlier = (await api("GET", place, query=[*query, ("timestamp", moments[3])])).result
    assert earlier["recentExecutions"][:17] == detail["recentExecutions"][3:]
    assert {run["serverRole"] for run in detail["recentExecutions"]} == {"primary"}
    for name, _ in query:
        other = [(key, "other" if key == name else value) for key, value in query]
        assert (await api("GET", place, query=other)).status == 404
        missing = await api("GET", place, query=[pair for pair in query if pair[0] != name])
        assert (missing.status, missing.error) == (400, f"{name}: is required")
    assert (await api("GET", place, query=[*query, ("app", "other")])).status == 404


async def test_pattern_that_has_not_run(api: Api) -> None:
    """A pattern is there as soon as it ran once, and not before."""
    path = await _created(api)
    known = workload.PATTERNS[0]
    query = [("db_name", known.database), ("db_user", known.user), ("db_operation", "SELECT")]
    place = f"{path}/slowQueryPatterns/{known.id}"
    assert (await api("GET", place, query=query)).status == 404
    await api.emulator.advance(hours=1)
    assert (await api("GET", place, query=query)).status == 200


@given(
    length=st.floats(1e-3, 1e10, allow_nan=False),
    asked=st.none() | st.integers(1, 100_000),
)
def test_points_of_a_window(length: float, asked: int | None) -> None:
    """However long a window, it has at most 250 points, or is refused with that bucket."""
    try:
        bucket = bucket_size(Window(0, length), asked)
    except Problem:
        assert asked is not None
        assert length / asked > MAX_POINTS
    else:
        assert asked in {None, bucket}
        assert math.ceil(length / bucket) <= MAX_POINTS


async def test_replicas_only_read(api: Api) -> None:
    """Statements that write run on a replica only after its promotion, and are logged there."""
    path = await _created(api)
    await api.emulator.advance(minutes=30)
    replica = (await api("POST", f"{path}/readReplica", {"name": "copy"})).result
    copy = f"/postgres/{replica['id']}"
    await api.emulator.advance(days=1)
    before = {p["dbOperation"] for p in await _patterns(api, copy, 0, 24)}
    await api("PATCH", f"{copy}/state", {"command": "promote"})
    await api.emulator.advance(days=1)

    assert before == {"SELECT"} == {p["dbOperation"] for p in await _patterns(api, copy, 0, 24)}
    after = {p["dbOperation"] for p in await _patterns(api, copy, 24, 48)}
    assert after == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert await _logs(api, copy, 0, 24, body_contains="INSERT INTO") == []
    assert await _logs(api, copy, 24, 48, body_contains="INSERT INTO") != []


async def test_the_seed_decides() -> None:
    """The same seed gives the same observations, another one others."""

    async def observed(seed: int) -> Any:
        async with serving(Emulator(time_scale=0, seed=seed)) as api:
            path = await _created(api)
            await api.emulator.advance(hours=5)
            return [
                await _metrics(api, path, 1, 2),
                await _logs(api, path, 0, 5),
                await _patterns(api, path, 0, 5),
            ]

    first = await observed(1)
    assert first == await observed(1)
    assert not any(mine == other for mine, other in zip(first, await observed(2), strict=True))
