"""Programs that create the same resources at the same time, in hundreds of interleavings."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.effort import EXAMPLES

from .clock import simulated
from .toy import Program, Toy, box, describe, label, rack, some_latency

if TYPE_CHECKING:
    from clickhouse_cloud_async.fleet.report import Report

WANTED = describe(
    *(label(f"l{number}") for number in range(4)),
    rack("r1"),
    *(box(f"b{number}", "r1", labels=[f"l{number}"]) for number in range(2)),
)
ONCE = {
    "labels": Counter(f"l{number}" for number in range(4)),
    "racks": Counter(("r1",)),
    "boxes": Counter(f"b{number}" for number in range(2)),
}


async def _apply_at_once(toy: Toy, *, programs: int, later: float) -> list[Report]:
    every = [Program(toy) for _ in range(programs)]
    plans = [await each.plan(WANTED) for each in every]

    async def apply(index: int) -> Report:
        await asyncio.sleep(index * later)
        return await every[index].apply(plans[index])

    return await asyncio.gather(*map(apply, range(programs)))


@pytest.mark.parametrize("programs", [2, 3])
@pytest.mark.parametrize("later", [0.0, 0.03, 0.7])
def test_no_double_survives(monkeypatch: pytest.MonkeyPatch, programs: int, later: float) -> None:
    """Whoever comes second finds what the first has made, or takes back its own."""
    duplicate_deleted_message = 0
    for seed in range(EXAMPLES // 2):
        toy = Toy(latency=some_latency(seed))
        with simulated(monkeypatch) as runner:
            reports = runner.run(_apply_at_once(toy, programs=programs, later=later))
        assert {kind: toy.names(kind) for kind in ONCE} == ONCE, seed
        # What every program tells of is what is there; one that saw both gives up and says so.
        there = {key for items in toy.items.values() for key in items}
        for report in reports:
            told = {outcome.id for outcome in (*report.done, *report.unchanged)}
            assert told <= there
            reasons = {str(outcome.reason) for outcome in (*report.failed, *report.not_sent)}
            assert programs > 2 or not reasons
            assert all("labels-" in why or "racks-" in why or "depends" in why for why in reasons)
        duplicate_deleted_message += sum(
            count for sent, count in toy.sent.items() if sent.startswith("delete")
        )
    assert duplicate_deleted_message or later
