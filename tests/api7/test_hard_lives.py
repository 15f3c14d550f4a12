"""What every kind of resources does while much goes wrong: all is brought about, and once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from clickhouse_cloud_async import CloudError, Secret
from clickhouse_cloud_async.apis.api7 import API7Emulator, AsyncAPI7Cloud, AsyncDesiredState
from clickhouse_cloud_async.apis.api7.resources.kinds import KINDS
from clickhouse_cloud_async.emulator import ErrorResponse, LostResponse, StaleRead
from clickhouse_cloud_async.fleet.report import OutcomeStatus
from tests.desired.offline import URL, Mishap, Offline, offline

from .test_desired_state import CASES, SHOP, described

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clickhouse_cloud_async.desired.description import Description
    from clickhouse_cloud_async.desired.plan import Plan
    from clickhouse_cloud_async.fleet import Report

LAG = 10.0
"""Seconds by which reads lag behind."""

SETTLED = 300.0
"""Seconds after which all that was sent shows."""

MISHAPS = (
    None,  # reads lag behind
    Mishap(at=1),
    Mishap(at=1, is_carried_out=True),
    Mishap(at=2, is_carried_out=True),
    Mishap(at=1, fault=ErrorResponse(500)),
    Mishap(at=1, fault=LostResponse()),
)

_RIGHT = {OutcomeStatus.DONE, OutcomeStatus.UNCHANGED}
_BESIDE_RESOURCES = {"_timers"}


@attrs.define
class Processes:
    """Starts a new process, with a client of its own, for all that it does."""

    scene: Offline

    def apply(self, desired: Description, mishap: Mishap | None = None) -> Report | None:
        """Plan and apply a description; None where the process was killed or failed before."""

        async def program() -> Report:
            token = self.scene.emulator.token
            async with AsyncAPI7Cloud(token, base_url=URL, rate_limit=None) as cloud:
                state = AsyncDesiredState(cloud)
                return await state.apply(await state.plan(desired), allow_delete=True)

        try:
            report: Report | None = self.scene.run(program(), mishap)
        except CloudError:
            return None
        return report

    def plan(self, desired: Description) -> Plan:
        """Plan a description."""

        async def program() -> Plan:
            token = self.scene.emulator.token
            async with AsyncAPI7Cloud(token, base_url=URL, rate_limit=None) as cloud:
                return await AsyncDesiredState(cloud).plan(desired)

        plan: Plan = self.scene.run(program())
        return plan

    def bring_about(self, desired: Description) -> None:
        """Plan and apply a description undisturbed, after which nothing is left to do."""
        report = self.apply(desired)
        assert report is not None
        for outcome in report.outcomes:
            assert outcome.status in _RIGHT, f"{outcome.name}: {outcome.status} {outcome.reason}"
        self.scene.wait(SETTLED)
        left = self.plan(desired)
        assert not left.items, str(left)

    def census(self) -> Counter[str]:
        """Count what the emulator holds, by the name of its collection."""
        self.scene.wait(SETTLED)
        return Counter(
            path[-1]
            for (path, _), _ in self.scene.emulator._world.dump()
            if path and path[0] != "_emulator" and path[-1] not in _BESIDE_RESOURCES
        )


def _case(kind: str) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """Return the fields of a resource, and other values for them."""
    if kind in CASES:
        return CASES[kind]
    pem, key = API7Emulator().make_certificate("shop.example.com")
    texts = {"certificate": Secret(pem), "private_key": Secret(key)}
    return {"name": "shop", **texts}, [{**texts, "labels": ["eu"]}]


def _stages(kind: str) -> Iterator[Description]:
    """Yield what is described of a case, one after the other: all of it, each change, its end."""
    first, changes = _case(kind)
    needed = [] if KINDS[kind].parent is None else [("applications", SHOP)]
    found_by = {name: first[name] for name in ("application", "name") if name in first}
    yield described(*needed, (kind, first))
    for change in changes:
        yield described(*needed, (kind, {**found_by, **change}))
    yield described((kind, found_by), absent=True)


def _suffer(processes: Processes, desired: Description, mishap: Mishap | None) -> None:
    """Let a process be hit by a mishap; what it reports is true."""
    faults: Any = processes.scene.emulator.faults
    if mishap is None:
        faults.add(StaleRead(LAG))
    report = processes.apply(desired, mishap)
    faults.clear()
    if report is None:
        return
    for outcome in report.outcomes:
        assert mishap is not None or outcome.status in _RIGHT, f"{outcome.name}: {outcome.reason}"
    processes.scene.wait(SETTLED)
    left = {(item.kind, item.name) for item in processes.plan(desired).items}
    right = {(each.kind, each.name) for each in report.outcomes if each.status in _RIGHT}  # type: ignore[attr-defined]
    assert not left & right


@pytest.mark.parametrize("kind", KINDS.names)
def test_hard_life(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Whatever hits a process, the next one brings about what is described, and nothing more."""
    emulator = API7Emulator(kept_requests=0)
    with offline(monkeypatch, emulator=emulator) as scene:
        processes = Processes(scene)
        for stage, desired in enumerate(_stages(kind)):
            before = emulator.snapshot()
            processes.bring_about(desired)
            after, census = emulator.snapshot(), processes.census()
            some = MISHAPS[stage % 3 :: 3]
            for mishap in some if stage else MISHAPS:
                emulator.restore(before)
                _suffer(processes, desired, mishap)
                processes.bring_about(desired)
                assert processes.census() == census, mishap
            emulator.restore(after)
