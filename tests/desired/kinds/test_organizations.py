"""Random organisations: whatever happens to them, they become as described, and their export is."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.apis.clickhouse.resources.kinds import KINDS
from clickhouse_cloud_async.emulator import ErrorResponse, LostResponse, StaleRead
from tests.desired.offline import Mishap, offline
from tests.effort import EXAMPLES

from .harness import Harness
from .lives import SERVICES, Processes
from .organizations import Organization

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from random import Random

    from clickhouse_cloud_async.desired.description import Described
    from clickhouse_cloud_async.desired.plan import Plan
    from clickhouse_cloud_async.emulation.faults import Faults

LIVES = EXAMPLES // 20 + 1
"""How many organisations are tried."""

LAG = 10.0
"""Seconds by which reads lag behind at most."""

ROUNDS = 3
"""How many documents follow each other."""


def _described(harness: Harness, organization: Organization) -> list[Described]:
    return [
        harness.describe(kind, fields, absent=absent)
        for kind, fields, absent in organization.document()
    ]


def _trouble(faults: Faults, chance: Random) -> None:
    faults.add(StaleRead(chance.choice([2.0, LAG])), probability=chance.choice([0.0, 0.3, 1.0]))
    faults.add(ErrorResponse(chance.choice([500, 503, 409])), probability=0.04)
    faults.add(LostResponse(), probability=0.04)


@pytest.mark.parametrize("seed", range(LIVES))
def test_an_organization_becomes_as_described(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int
) -> None:
    """Documents follow each other while requests fail, reads lag behind and processes die."""
    chance = random.Random(seed)  # noqa: S311 - to have the same lives each time
    with offline(monkeypatch, SERVICES, seed=seed) as scene:
        processes, faults = Processes(scene, tmp_path), scene.emulator.faults
        harness = Harness(scene.client(), tmp_path)
        organization = Organization(chance)
        for _ in range(ROUNDS):
            described = _described(harness, organization)
            for _ in range(2):
                _trouble(faults, chance)
                mishap = Mishap(
                    at=chance.randint(1, 80),
                    is_write=False,
                    is_carried_out=chance.random() < 0.5,
                )
                report = processes.apply(described, mishap)
                faults.clear()
                # What does not show yet, the next process cannot know.
                scene.wait(LAG)
                if report is not None:
                    processes.check(report, described)
            processes.bring_about(described)
            unnamed = [harness.describe(*each) for each in organization.unnamed()]
            lost = [each for each in processes.plan(unnamed).items if each.resource_id is None]
            assert not lost, lost
            organization.go_on()


_NOT_MADE_AGAIN = {
    "byoc_infrastructure", "cdc_infrastructure", "clickpipes", "private_endpoints", "services",
    "udf_attachments", "udfs",
}  # fmt: skip
"""Kinds of which the API does not show all that a creation takes, and what has a fleet's mark."""


@pytest.mark.parametrize("seed", range(LIVES))
def test_an_export_makes_the_same_organization(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int
) -> None:
    """A plan of an export is empty, and applied to an empty organisation it makes the same one."""
    chance = random.Random(seed)  # noqa: S311 - to have the same organisations each time
    with offline(monkeypatch, SERVICES, seed=seed) as scene:
        processes = Processes(scene, tmp_path)
        harness = Harness(scene.client(), tmp_path)
        organization, empty = Organization(chance, _NOT_MADE_AGAIN), scene.emulator.snapshot()
        for _ in range(2):
            processes.bring_about(_described(harness, organization))
            organization.go_on()
        kinds = sorted({*KINDS.names} - _NOT_MADE_AGAIN)
        left = processes.run(lambda each: _plan_of_export(each, "services", *kinds))
        assert not left.items, str(left)

        exported = processes.run(lambda each: each.export(*kinds, secret="https://a.example"))
        scene.emulator.restore(empty)
        processes.bring_about(exported)
        again = processes.run(lambda each: each.export(*kinds, secret="https://a.example"))
        assert _fields(again) == _fields(exported)


async def _plan_of_export(harness: Harness, *kinds: str) -> Plan:
    return await harness.plan(*await harness.export(*kinds))


def _fields(described: Sequence[Described]) -> dict[str, list[str]]:
    """Return what is described, by kind, in an order that does not matter."""
    return {
        kind: sorted(
            str(dict(sorted(each.fields.items()))) for each in described if each.kind == kind
        )
        for kind in KINDS.names
    }
