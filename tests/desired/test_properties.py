"""Any valid document can be applied."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clickhouse_cloud_async.fleet import DesiredFleet, DesiredService
from tests.effort import EXAMPLES

from .scene import open_client, open_emulator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.fleet import Exported

AWS: dict[str, Any] = {"provider": "aws", "region": "eu-central-1"}
SERVICES: list[dict[str, Any]] = [
    {"name": "a", "state": "running", **AWS, "tags": [{"key": "bare"}]},
    {"name": "b", "state": "idle", **AWS, "numReplicas": 2},
    {"name": "c", "state": "stopped", **AWS, "ipAccessList": [{"source": "192.0.2.1"}]},
]

_NOTHING: dict[str, st.SearchStrategy[Any]] = {}
_WORDS = st.text("ab-._9", min_size=1, max_size=4)
_MEMORY = st.integers(2, 30).map(lambda number: number * 4)
_IDLING = {"idle_scaling": st.booleans(), "idle_timeout_minutes": st.integers(5, 90)}
_VERTICAL = st.tuples(_MEMORY, _MEMORY).map(
    lambda pair: {
        "autoscaling_mode": "vertical",
        "min_replica_memory_gb": min(pair),
        "max_replica_memory_gb": max(pair),
    }
)
_HORIZONTAL = st.tuples(_MEMORY, st.integers(2, 6), st.integers(0, 6)).map(
    lambda drawn: {
        "autoscaling_mode": "horizontal",
        "min_replica_memory_gb": drawn[0],
        "max_replica_memory_gb": drawn[0],
        "min_replicas": drawn[1],
        "max_replicas": drawn[1] + drawn[2],
    }
)
_FIXED = st.integers(2, 6).map(lambda n: {"autoscaling_mode": "vertical", "num_replicas": n})
_SCALING: st.SearchStrategy[dict[str, Any]] = st.one_of(st.just({}), _VERTICAL, _HORIZONTAL, _FIXED)
_ENTRY = st.fixed_dictionaries(
    {
        "weekdays": st.lists(st.integers(0, 6), min_size=1, max_size=4),
        "hours": st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda h: h[0] != h[1]),
    },
    optional={
        "num_replicas": st.integers(1, 9),
        "idle_scaling": st.booleans(),
        "idle_timeout_minutes": st.integers(5, 90),
    },
)
_ADDRESSES = st.sampled_from(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "192.0.2.7/24"])
_FIELDS: Mapping[str, st.SearchStrategy[Any]] = {
    "state": st.sampled_from(["running", "stopped"]),
    "release_channel": st.sampled_from(["slow", "default", "fast"]),
    "enable_core_dumps": st.booleans(),
    "tags": st.dictionaries(_WORDS, st.none() | _WORDS, max_size=3),
    "ip_access_list": st.dictionaries(_ADDRESSES, st.none() | _WORDS, max_size=3).map(
        lambda entries: [
            source if text is None else {"source": source, "description": text}
            for source, text in entries.items()
        ]
    ),
    "endpoints": st.fixed_dictionaries({"mysql": st.booleans()}),
    "backup_configuration": st.fixed_dictionaries(
        {},
        optional={
            "backup_retention_period_in_hours": st.integers(1, 45).map(lambda days: days * 24),
            "backup_start_time": st.none() | st.sampled_from(["00:00", "12:00"]),
        },
    ),
    "scaling_schedule": st.none() | st.lists(_ENTRY, max_size=3),
    "upgrade_window": st.none()
    | st.fixed_dictionaries(
        {"weekday": st.integers(0, 6), "start_hour_utc": st.sampled_from([0, 6, 12, 18])}
    ),
    **_IDLING,
}


@st.composite
def _services(draw: st.DrawFn) -> list[DesiredService]:
    names = draw(st.sets(st.sampled_from(["a", "b", "c", "d", "e"])))
    return [_service(draw, name) for name in sorted(names)]


def _service(draw: st.DrawFn, name: str) -> DesiredService:
    fields = draw(st.fixed_dictionaries(_NOTHING, optional=dict(_FIELDS)))
    schedule: list[dict[str, Any]] = fields.get("scaling_schedule") or []
    for number, entry in enumerate(schedule):
        begin, end = entry.pop("hours")
        entry |= {
            "name": str(number),
            "start_hour_utc": begin,
            "end_hour_utc": end,
            "autoscaling_mode": "vertical",
        }
    return DesiredService(name=name, **AWS, **fields, **draw(_SCALING))


def _written(exported: Exported) -> DesiredFleet:
    """Return an export as it is read from YAML."""
    return DesiredFleet.parse(exported.to_yaml())


def test_what_was_applied_is_there() -> None:
    """After any document has been applied, and after any other one, nothing is left to do.

    An export describes what there is then.
    """
    with asyncio.Runner() as runner:
        emulator = open_emulator(SERVICES)
        runner.run(emulator.__aenter__())
        before = emulator.snapshot()

        async def bring_about(services: list[DesiredService]) -> None:
            desired = DesiredFleet(name="x", services=services)
            async with open_client(emulator) as cloud:
                plan = await cloud.fleet.plan(desired)
                report = await cloud.fleet.apply(plan, allow_delete=True)
                assert [outcome.reason for outcome in report.failed] == []
                report.raise_for_failures()
                assert (await cloud.fleet.plan(desired)).is_empty
                exported = await cloud.fleet.export("x", only=["services"])
                assert (await cloud.fleet.plan(exported.description)).is_empty
                assert (await cloud.fleet.plan(_written(exported))).is_empty

        @settings(max_examples=EXAMPLES // 2)  # each is a whole plan, applied twice
        @given(_services(), _services())
        def check(first: list[DesiredService], second: list[DesiredService]) -> None:
            emulator.restore(before)
            runner.run(bring_about(first))
            runner.run(bring_about(second))

        try:
            check()
        finally:
            runner.run(emulator.__aexit__(None, None, None))
