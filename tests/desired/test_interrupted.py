"""Plans that are interrupted at each request, and then resumed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.fleet import Report

from .scene import FLEET, Cut, open_client, open_emulator, truth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from clickhouse_cloud_async.emulator import Emulator


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """The services before."""
    async with open_emulator() as running:
        yield running


async def _bring_about(emulator: Emulator) -> Report:
    """Plan and apply in a new client, as a new process would, and find nothing left to do."""
    async with open_client(emulator) as cloud:
        report = await cloud.fleet.apply(await cloud.fleet.plan(FLEET), allow_delete=True)
        report.raise_for_failures()
        assert (await cloud.fleet.plan(FLEET)).is_empty
    return report


async def _break_off(emulator: Emulator, at: int, *, is_carried_out: bool) -> Report | None:
    """Plan and apply until a request; None where there are not so many."""
    report = Report()

    async def run() -> bool:
        async with open_client(emulator) as cloud:
            plan = await cloud.fleet.plan(FLEET)
            cut = Cut(cloud, at, is_carried_out=is_carried_out)
            try:
                await cloud.fleet.apply(plan, allow_delete=True, report=report)
            except asyncio.CancelledError:
                assert cut.happened
        return cut.happened

    return report if await asyncio.create_task(run()) else None


EXPECTED: dict[str, dict[str, Any]] = {
    "etl": {
        "state": "stopped",
        "tags": {"env": "staging", "chcloud.fleet": "staging"},
        "minReplicaMemoryGb": 16,
        "maxReplicaMemoryGb": 32,
        "numReplicas": 2,
        "idleScaling": False,
        "ipAccessList": [
            {"source": "10.0.0.0/8"},
            {"source": "192.0.2.1", "description": "office"},
        ],
        "endpoints": ["https", "mysql", "nativesecure"],
        "backups": {
            "backupPeriodInHours": 24,
            "backupRetentionPeriodInHours": 48,
            "backupStartTime": "02:00",
        },
        "schedule": [
            {
                "name": "nights",
                "weekdays": [1, 2],
                "startHourUtc": 20,
                "endHourUtc": 6,
                "autoscalingMode": "vertical",
                "minReplicas": 4,
                "maxReplicas": 4,
            }
        ],
        "window": {"weekday": 2, "startHourUtc": 6, "duration": 6},
    },
    "reports": {
        "state": "running",
        "autoscalingMode": "horizontal",
        "minReplicas": 2,
        "maxReplicas": 5,
        "window": None,
    },
    "web": {
        "state": "running",
        "tags": {"env": "prod", "chcloud.fleet": "staging"},
        "ipAccessList": [{"source": "10.0.0.0/8", "description": "new"}],
        "backups": {"backupPeriodInHours": 12, "backupRetentionPeriodInHours": 48},
    },
    "cache": {"state": "stopped", "releaseChannel": "fast", "numReplicas": 2, "schedule": []},
    "foreign": {"state": "stopped", "tags": {"env": "dev"}},
}
"""What has to be true in the end."""


async def test_uninterrupted(emulator: Emulator) -> None:
    """Every change arrives, and nothing else happens."""
    before = truth(emulator)
    report = await _bring_about(emulator)

    after = truth(emulator)
    assert after.keys() == EXPECTED.keys()
    for name, facts in EXPECTED.items():
        assert {key: after[name][key] for key in facts} == facts
    assert after["foreign"] == before["foreign"]
    created = [outcome for outcome in report.outcomes if "create" in outcome.commands]
    assert sorted(outcome.name for outcome in created) == ["etl", "reports"]
    assert all(outcome.result.reveal() for outcome in created)


@pytest.mark.parametrize("is_carried_out", [False, True], ids=["lost", "unanswered"])
async def test_broken_off_at_each_request(emulator: Emulator, *, is_carried_out: bool) -> None:
    """Wherever it is broken off, the next run ends where one run would have, with no duplicate."""
    before = emulator.snapshot()
    await _bring_about(emulator)
    expected = truth(emulator)
    requests = 0
    while True:
        emulator.restore(before)
        report = await _break_off(emulator, requests + 1, is_carried_out=is_carried_out)
        if report is None:
            break
        requests += 1
        assert not report.is_complete
        _check(report, emulator)
        await _bring_about(emulator)
        assert truth(emulator) == expected
    assert requests > 20


def _check(report: Report, emulator: Emulator) -> None:
    """The report of a run that was broken off is true of creations."""
    there = truth(emulator)
    for outcome in report.outcomes:
        if outcome.before != "not there":
            continue
        if outcome.status == "unknown":
            assert outcome.commands == ["create"] or outcome.name in there
        elif outcome.status == "not_sent":
            assert outcome.name not in there
        else:
            assert outcome.name in there
            assert outcome.result.reveal()
