"""Processes that bring resources about, one after the other, and may be hit by a mishap."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async import CloudError
from clickhouse_cloud_async.fleet.report import OutcomeStatus

from .harness import Harness

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from clickhouse_cloud_async.desired.description import Described
    from clickhouse_cloud_async.desired.plan import Plan
    from clickhouse_cloud_async.fleet.report import Report
    from tests.desired.offline import Mishap, Offline

SERVICES = [
    {"name": name, "state": "running", "idleScaling": False} for name in ("clicks", "views")
]
"""The services that resources live in, awake for ever."""

SETTLED = 900.0
"""Seconds after which all that was sent shows."""

RIGHT = frozenset((OutcomeStatus.DONE, OutcomeStatus.WAITING, OutcomeStatus.UNCHANGED))
"""What an outcome is that says that a resource is as it is described."""

_BESIDE_RESOURCES = {
    "activities", "notifications", "backups", "snapshots", "_timers", "udfUploads",
}  # fmt: skip
"""Collections of what comes with time, and of uploads that no function was built from."""


@attrs.define
class Processes:
    """Starts a new process, with a client of its own, for all that it does.

    Args:
        scene: The emulator.
        folder: Where archives are.
    """

    scene: Offline
    folder: Path

    def run(self, work: Callable[[Harness], Awaitable[Any]], mishap: Mishap | None = None) -> Any:
        """Let a process do something; None where it was killed.

        Args:
            work: What it does.
            mishap: What happens to it.
        """

        async def program() -> Any:
            async with self.scene.client() as cloud:
                return await work(Harness(cloud, self.folder))

        return self.scene.run(program(), mishap)

    def apply(self, described: Sequence[Described], mishap: Mishap | None = None) -> Report | None:
        """Plan and apply a description; None where the process was killed or failed before.

        Args:
            described: The resources.
            mishap: What happens to the process.
        """
        try:
            report: Report | None = self.run(lambda each: _apply(each, described), mishap)
        except CloudError:
            return None
        return report

    def plan(self, described: Sequence[Described]) -> Plan:
        """Plan a description.

        Args:
            described: The resources.
        """
        plan: Plan = self.run(lambda harness: harness.plan(*described))
        return plan

    def bring_about(self, described: Sequence[Described]) -> None:
        """Plan and apply a description undisturbed, after which nothing is left to do.

        Args:
            described: The resources.
        """
        report: Report = self.run(lambda each: _apply(each, described))
        if any(outcome.status is OutcomeStatus.WAITING for outcome in report.outcomes):
            # What depends on it begins once somebody has done what it waits for.
            self.scene.wait(SETTLED)
            report = self.run(lambda each: _apply(each, described))
        for outcome in report.outcomes:
            assert outcome.status in RIGHT, f"{outcome.name}: {outcome.status} {outcome.reason}"
        self.scene.wait(SETTLED)
        left = self.plan(described)
        assert not left.items, str(left)

    def check(self, report: Report, described: Sequence[Described]) -> None:
        """Check that all is as it is described that a report takes for so.

        Args:
            report: The report.
            described: The resources.
        """
        self.scene.wait(SETTLED)
        left = {(item.kind, item.parent, item.name) for item in self.plan(described).items}
        for outcome in report.outcomes:
            is_left = (outcome.kind, outcome.parent, outcome.name) in left  # type: ignore[attr-defined]
            assert not (is_left and outcome.status in RIGHT), outcome

    def census(self) -> Counter[str]:
        """Count what the emulator holds in the end, by the name of its collection."""
        self.scene.wait(SETTLED)  # deletions take longest
        return Counter(
            path[-1]
            for (path, _), _ in self.scene.emulator._world.dump()
            if path and path[0] != "_emulator" and path[-1] not in _BESIDE_RESOURCES
        )


async def _apply(harness: Harness, described: Sequence[Described]) -> Report:
    return await harness.carry_out(await harness.plan(*described))
