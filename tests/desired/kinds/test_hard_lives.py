"""What every kind of resources does while much goes wrong: all is brought about, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.apis.clickhouse.resources.kinds import KINDS
from clickhouse_cloud_async.emulator import ErrorResponse, LostResponse, StaleRead
from tests.desired.offline import Mishap, offline
from tests.effort import IS_LONG, some_of

from .cases import CASES
from .harness import Harness, found_by
from .lives import RIGHT, SERVICES, Processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from clickhouse_cloud_async.desired.description import Described

    from .case import Case

LAG = 10.0
"""Seconds by which reads lag behind."""

MISHAPS = (
    None,  # reads lag behind
    Mishap(at=1),
    Mishap(at=1, is_carried_out=True),
    Mishap(at=2, is_carried_out=True),
    Mishap(at=1, fault=ErrorResponse(500)),
    Mishap(at=1, fault=LostResponse()),
    Mishap(at=1, fault=ErrorResponse(409), times=2),
)
"""What a process is hit by.

A process that is killed while it reads leaves behind what it would have left if it had been killed
after its last change, so that its changes are what counts.
"""


def _stages(case: Case, harness: Harness) -> Iterator[list[Described]]:
    """Yield what is described of a case, one after the other: all of it, each change, its end."""
    needed = [harness.describe(*need) for need in case.needs]
    yield needed
    fields: dict[str, Any] = dict(case.fields)
    yield [*needed, harness.describe(case.kind, fields)]
    for change in case.changes:
        beside = {name: fields[name] for name in case.beside if name not in change}
        named = {**found_by(case.kind, fields), **beside, **change}
        yield [*needed, harness.describe(case.kind, named)]
        fields |= change
    if not KINDS[case.kind].is_permanent:
        yield [*needed, harness.describe(case.kind, fields, absent=True)]


def _mishaps(number: int, stage: int) -> Sequence[Mishap | None]:
    """Return some mishaps, which are others for each case and stage, and two for creations."""
    if IS_LONG:
        return MISHAPS
    count = {0: 0, 1: 2}.get(stage, 1)
    return [MISHAPS[(number + 3 * stage + each) % len(MISHAPS)] for each in range(count)]


def _suffer(processes: Processes, described: Sequence[Described], mishap: Mishap | None) -> None:
    """Let a process be hit by a mishap; what it reports is true."""
    faults = processes.scene.emulator.faults
    if mishap is None:
        faults.add(StaleRead(LAG))
    report = processes.apply(described, mishap)
    faults.clear()
    if report is None:
        return
    if mishap is None:
        for outcome in report.outcomes:
            assert outcome.status in RIGHT, f"{outcome.name}: {outcome.reason}"
    processes.check(report, described)


@pytest.mark.parametrize("number", some_of(range(len(CASES))), ids=lambda number: CASES[number].id)
def test_hard_life(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int) -> None:
    """Whatever hits a process, the next one brings about what is described, and nothing more."""
    with offline(monkeypatch, SERVICES) as scene:
        processes, emulator = Processes(scene, tmp_path), scene.emulator
        harness = Harness(scene.client(), tmp_path)
        for stage, described in enumerate(_stages(CASES[number], harness)):
            before = emulator.snapshot()
            processes.bring_about(described)
            after, census = emulator.snapshot(), processes.census()
            for mishap in _mishaps(number, stage):
                emulator.restore(before)
                _suffer(processes, described, mishap)
                processes.bring_about(described)
                assert processes.census() == census, mishap
            emulator.restore(after)
