"""Runs the demo: starts all services of an organisation, and reports the result."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING

from clickhouse_cloud_async import AsyncClickHouseCloud, CloudError, Polling
from clickhouse_cloud_async.cli.output import note, show_parts, stdout
from clickhouse_cloud_async.cli.progress_display import Cell, Frame, display, states_text
from clickhouse_cloud_async.emulator import Emulator
from clickhouse_cloud_async.fleet import Report

if TYPE_CHECKING:
    from clickhouse_cloud_async.fleet import AsyncFleet

POLLING = Polling(shortest=0.25, longest=0.25)
"""Four polls per second, for smooth progress."""

TIMEOUT = 600.0
"""Emulated seconds within which all services must run; the slowest need two minutes."""

MARGIN = 20.0
"""Additional real seconds, for a busy machine."""


_WORDS = {"GET": "to read states", "PATCH": "to change states"}
"""The purpose of the demo's requests, by method."""

_NEXT = """\
  chcloud emulator --services 40   serve the emulated API for your own programs
  chcloud fleet start --all        in a second terminal, with the settings that it prints there
  chcloud fleet --help             other actions on many services"""


class Rise:
    """Brings all services of a fleet to ``running``: starts the stopped, wakes the idle.

    Args:
        fleet: The fleet.

    Attributes:
        reports: The outcomes of services that are idle at the start, and of all others.
    """

    def __init__(self, fleet: AsyncFleet) -> None:
        self.reports: tuple[Report, Report] = (Report(), Report())
        self._fleet = fleet

    @property
    def report(self) -> Report:
        """The outcomes of all services."""
        return Report.merged(self.reports)

    async def run(self, timeout: float) -> None:
        """Start and wake the services, within the time limit.

        Args:
            timeout: Seconds for all services.
        """
        idle, others = self.reports
        # Both select from the same list, so that each service is in one of them.
        ids = {each.service.id for each in await self._fleet.select(state="idle").list()}
        await asyncio.gather(
            self._fleet.select(where=lambda service: service.id in ids).wake(
                wait=True, timeout=timeout, report=idle
            ),
            self._fleet.select(where=lambda service: service.id not in ids).start(
                wait=True, timeout=timeout, report=others
            ),
        )

    def frame(self) -> Frame:
        """Return the current states of the services."""
        cells = [
            Cell(outcome.name, str(outcome.after), outcome.after == "running")
            for outcome in self.report.outcomes
        ]
        running = sum(cell.is_settled for cell in cells)
        return Frame(cells, f"{running} of {len(cells)} running")


async def run_demo(count: int, time_scale: float, seed: int) -> None:
    """Start a fleet of emulated services, show its progress, and print a summary.

    Args:
        count: Number of services.
        time_scale: Emulated seconds per real second.
        seed: Seed of the emulator's generated values.

    Raises:
        CloudError: The services could not be listed, or did not start in time.
    """
    console = stdout()
    # On a busy machine a service could be idle again before it was polled.
    services = [{"idleScaling": False}] * count
    async with (
        Emulator(services, time_scale=time_scale, seed=seed) as emulator,
        AsyncClickHouseCloud(
            emulator.api_key,
            emulator.api_secret,
            organization_id=emulator.organization_id,
            base_url=emulator.url,
            polling=POLLING,
        ) as cloud,
    ):
        console.print(f"{count} emulated services, {time_scale:g} times as fast as real ones")
        began = time.monotonic()
        rise = Rise(cloud.fleet)
        async with display(console, rise.frame, is_kept=True):
            await rise.run(TIMEOUT / time_scale + MARGIN)
        seconds = time.monotonic() - began
        requests = Counter(_WORDS[request.method] for request in emulator.requests)
    for outcome in rise.report.failed:
        note(f"{outcome.name}: {outcome.reason}")
    _check(rise.report)
    console.print()
    _sum_up(rise, requests, seconds)
    console.print()
    console.print(f"Next steps:\n{_NEXT}")


def _check(report: Report) -> None:
    """Check that all services run.

    Raises:
        CloudError: Some do not.
    """
    for failure in report.failures:
        raise failure.error
    late = [outcome for outcome in report.outcomes if outcome.after != "running"]
    if late:
        names = ", ".join(f"{outcome.name} is {outcome.after}" for outcome in late)
        raise CloudError(
            f"after {report.seconds:.0f} s {len(late)} services are not running: {names}"
        )


def _sum_up(rise: Rise, requests: Counter[str], seconds: float) -> None:
    report = rise.report
    commands = Counter(command for outcome in report.outcomes for command in outcome.commands)
    show_parts(
        {
            "services": states_text(rise.frame().states),
            "commands": f"{_counted(commands)}; {len(report.failed)} refused",
            "requests": _counted(requests),
            "time": f"{seconds:.1f} s",
        }
    )


def _counted(counts: Counter[str]) -> str:
    each = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{counts.total()} ({each})" if each else "none"
