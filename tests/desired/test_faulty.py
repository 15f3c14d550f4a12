"""Plans that are applied with many faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import CloudError
from clickhouse_cloud_async.emulator import ErrorResponse, FailedTransition, LostResponse
from clickhouse_cloud_async.fleet import DesiredFleet, DesiredService
from tests.effort import SEEDS

from .scene import open_client, open_emulator, truth

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import Emulator
    from clickhouse_cloud_async.fleet import Report

WANTED = DesiredFleet(
    name="staging",
    services=[
        DesiredService(
            name=f"s{number}",
            provider="aws",
            region="eu-central-1",
            state="running" if number % 2 else "stopped",
            num_replicas=2 + number % 3,
            idle_scaling=False,
            upgrade_window={"weekday": number % 7, "start_hour_utc": 6},  # type: ignore[arg-type] # a document has it so
        )
        for number in range(12)
    ],
)
RUNS = 20


def _check(report: Report, emulator: Emulator) -> None:
    """Check that what the report takes for done is done."""
    there = truth(emulator)
    wanted = {each.fields["name"]: each.fields for each in WANTED.description.resources}
    for outcome in report.done:
        service = wanted.get(outcome.name)
        if service is None:
            assert outcome.name not in there
        else:
            assert there[outcome.name]["state"] == service["state"]
            assert there[outcome.name]["numReplicas"] == service["num_replicas"]
            assert there[outcome.name]["window"]["weekday"] == service["upgrade_window"]["weekday"]


@pytest.mark.parametrize("seed", SEEDS)
async def test_runs_converge(seed: int) -> None:
    """With failures of all kinds repeated runs bring the fleet about, with no duplicate."""
    mine = {"key": "chcloud.fleet", "value": "staging"}
    place = {"provider": "aws", "region": "eu-central-1", "idleScaling": False}
    services = [
        *({"name": f"s{n}", "state": "stopped", **place} for n in range(4)),
        *({"name": f"gone{n}", "state": "running", "tags": [mine], **place} for n in range(4)),
    ]
    async with open_emulator(services, seed=seed) as emulator:
        emulator.faults.add(FailedTransition(), probability=0.05)
        emulator.faults.add(ErrorResponse(), probability=0.02)
        emulator.faults.add(LostResponse(), probability=0.02)
        is_there = False
        for _ in range(RUNS):
            async with open_client(emulator) as cloud:
                try:
                    plan = await cloud.fleet.plan(WANTED)
                    report = await cloud.fleet.apply(plan, allow_delete=True)
                except CloudError:
                    continue
                _check(report, emulator)
                is_there = plan.is_empty
            if is_there:
                break
        assert sum(fault.happened for fault in emulator.faults) > 0
        assert is_there
        assert truth(emulator).keys() == {
            each.fields["name"] for each in WANTED.description.resources
        }
