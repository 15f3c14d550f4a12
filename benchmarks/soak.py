"""Calls through a faulty connection for a long time: ``python -m benchmarks.soak --seconds 600``.

50 tasks call the emulator through a proxy that answers 1 % of the requests with each of ten faults.
Every call has to end in a result or in an error of this package, and memory and open file
descriptors have to stay as they are after the first quarter; otherwise the exit code is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async import AsyncClickHouseCloud, CloudError, RetryPolicy
from clickhouse_cloud_async.emulator import Emulator
from tests.faults.server import FaultServer

from .faulty import FAULTS, FaultyProxy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from clickhouse_cloud_async import Stats

TASKS = 50
TIMEOUT = 30.0
SAMPLES = 40

MEMORY_RATIO, MEMORY_ROOM = 1.1, 8.0
"""Memory may grow by a tenth and 8 MiB more, which the allocator may retain."""

DESCRIPTOR_ROOM = 10
"""Open connections differ from moment to moment."""

MOST_DESCRIPTORS = 5 * TASKS
"""A call under way has two connections with two ends each, and the process has some files open.

A short run on a busy machine has not opened all of them in its first quarter.
"""

CALLS: tuple[Callable[[AsyncClickHouseCloud, str], Awaitable[object]], ...] = (
    lambda cloud, _: cloud.services.list(),
    lambda cloud, service: cloud.services.get(service),
    lambda cloud, service: cloud.services.update(service, name=f"service {service[:8]}"),
    lambda cloud, service: cloud.services.reset_password(service),
    lambda cloud, service: cloud.backups.list(service),
    lambda cloud, service: cloud.prometheus.get_service_metrics(service),
    lambda cloud, _: cloud.api_keys.list(limit=1),
    lambda cloud, _: cloud.request("GET", "/v1/organizations/{organizationId}"),
)
"""The calls of the tasks, none of which lets the emulator grow."""


@attrs.frozen
class Sample:
    """A sample of the process's memory, connections and tasks.

    Attributes:
        mib: Resident memory in MiB.
        descriptors: Open file descriptors.
    """

    mib: float
    descriptors: int

    @classmethod
    def now(cls) -> Sample:
        """Return a sample of this process."""
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        descriptors = sum(1 for _ in Path("/proc/self/fd").iterdir())
        return cls(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, descriptors)


@attrs.define
class Report:
    """The result of a soak.

    Attributes:
        outcomes: How many calls ended in a result or in which class of error.
        injected: How often each fault was met.
        samples: What the process held, at even intervals.
        broken: What is no error of this package, as text.
        left: Tasks that were left behind.
        longest: Seconds of the longest call.
        stats: What the client has counted.
    """

    outcomes: Counter[str] = attrs.Factory(Counter[str])
    injected: Counter[str] = attrs.Factory(Counter[str])
    samples: list[Sample] = attrs.Factory(list[Sample])
    broken: list[str] = attrs.Factory(list[str])
    left: int = 0
    longest: float = 0.0
    stats: Stats | None = None

    def problems(self) -> list[str]:
        """Return the violated expectations."""
        early, late = self._quarter(1), self._quarter(3)
        found = list(self.broken[:5])
        if late.mib > early.mib * MEMORY_RATIO + MEMORY_ROOM:
            found.append(f"memory grew from {early.mib:.1f} to {late.mib:.1f} MiB")
        if late.descriptors > max(early.descriptors + DESCRIPTOR_ROOM, MOST_DESCRIPTORS):
            found.append(f"descriptors grew from {early.descriptors} to {late.descriptors}")
        if self.left:
            found.append(f"{self.left} tasks were left behind")
        found += [f"{fault} was never met" for fault in FAULTS if not self.injected[fault]]
        return found

    def lines(self) -> list[str]:
        """Return the report as text."""
        early, late = self._quarter(1), self._quarter(3)
        return [
            f"{self.outcomes.total():,} calls, {self.stats}",
            f"longest call {self.longest:.2f} s",
            f"memory {early.mib:.1f} -> {late.mib:.1f} MiB",
            f"descriptors {early.descriptors} -> {late.descriptors}",
            *(f"{count:9,}  {name}" for name, count in self.outcomes.most_common()),
            "faults:",
            *(f"{self.injected[fault]:9,}  {fault}" for fault in FAULTS),
        ]

    def _quarter(self, index: int) -> Sample:
        """Return the medians of a quarter of the samples; 0 is the first."""
        size = len(self.samples) // 4
        chosen = self.samples[index * size : (index + 1) * size]
        return Sample(
            statistics.median(sample.mib for sample in chosen),
            round(statistics.median(sample.descriptors for sample in chosen)),
        )


async def soak(seconds: float) -> Report:
    """Call through the faulty connection.

    Args:
        seconds: For how long.
    """
    before = asyncio.all_tasks()
    async with Emulator(services=12) as emulator:
        async with _client(emulator, emulator.url) as direct:
            services = [service.id or "" for service in await direct.services.list()]
        proxy = FaultyProxy(emulator.url, seed=1)
        report = Report(injected=proxy.injected)
        async with FaultServer(proxy) as server, _client(emulator, server.url) as cloud:
            end = time.monotonic() + seconds
            callers = [
                asyncio.create_task(_calls(cloud, services, random.Random(seed), end, report))  # noqa: S311  # no secret
                for seed in range(TASKS)
            ]
            while time.monotonic() < end:
                await asyncio.sleep(seconds / SAMPLES)
                report.samples.append(Sample.now())
                emulator.requests.clear()
                server.arrivals.clear()
            await asyncio.gather(*callers)
            report.stats = cloud.stats
    report.left = len(asyncio.all_tasks() - before)
    return report


def _client(emulator: Emulator, url: str) -> AsyncClickHouseCloud:
    return AsyncClickHouseCloud(
        emulator.api_key,
        emulator.api_secret,
        organization_id=emulator.organization_id,
        base_url=url,
        timeout=TIMEOUT,
        retry=RetryPolicy(first_wait=0.02),
    )


async def _calls(
    cloud: AsyncClickHouseCloud,
    services: Sequence[str],
    chance: random.Random,
    end: float,
    report: Report,
) -> None:
    """Make calls in sequence."""
    while (began := time.monotonic()) < end:
        try:
            async with asyncio.timeout(2 * TIMEOUT):
                await chance.choice(CALLS)(cloud, chance.choice(services))
            outcome = "result"
        except CloudError as error:
            outcome = type(error).__name__
        except Exception as error:  # noqa: BLE001  # just what must not be
            outcome = "broken"
            report.broken.append(f"{error!r} is no error of this package")
        report.outcomes[outcome] += 1
        report.longest = max(report.longest, time.monotonic() - began)


def main() -> None:
    """Soak, print the report, and exit with 1 if an expectation is violated."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long; 600 by default")
    logging.basicConfig(level=logging.ERROR)  # throttling is expected here
    report = asyncio.run(soak(parser.parse_args().seconds))
    print("\n".join(report.lines()))
    problems = report.problems()
    print("\n".join(problems) or "all holds")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
