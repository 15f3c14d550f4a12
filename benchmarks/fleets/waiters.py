"""The cost of waits on one client: ``python -m benchmarks.fleets.waiters WAITS SECONDS``.

The emulator runs in a process of its own; what is measured is the one that waits.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.runner import CLIENT_CORE, SERVER_CORE
from clickhouse_cloud_async import AsyncClickHouseCloud, Polling

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

STARTING = 100
"""Number of services that change their state in the meantime."""

EACH_SECOND = Polling(share=1.0, shortest=1.0, longest=1.0)

_PAGE = os.sysconf("SC_PAGE_SIZE")


def emulate(services: int, told: Connection) -> None:
    """Serve an organisation of stopped services, a few of which are about to run."""
    from clickhouse_cloud_async.emulator import Emulator, RequestLimit

    described = [
        {"name": f"service {number}", "state": "starting" if number < STARTING else "stopped"}
        for number in range(services)
    ]

    async def serve() -> None:
        async with Emulator(described, rate_limit=RequestLimit(10), kept_requests=10) as emulator:
            told.send(
                {
                    "api_key": emulator.api_key,
                    "api_secret": emulator.api_secret,
                    "base_url": emulator.url,
                    "organization_id": emulator.organization_id,
                }
            )
            await asyncio.to_thread(told.recv)

    asyncio.run(serve())


async def wait_for_all(access: dict[str, Any], seconds: float) -> dict[str, float]:
    """Wait for services of which most never run, and measure the cost."""
    async with AsyncClickHouseCloud(**access, polling=EACH_SECOND) as cloud:
        idle = _resident()
        ids = [service.id for service in await cloud.services.list()]
        rounds = 0
        first = asyncio.Event()

        def count(_: object) -> None:
            nonlocal rounds
            rounds += 1
            first.set()

        waits = [
            asyncio.create_task(
                cloud.services.wait_until(
                    each, "running", timeout=None, on_progress=count if each == ids[-1] else None
                )
            )
            for each in ids
        ]
        await first.wait()
        rounds, cpu = 0, time.process_time()
        await asyncio.sleep(seconds)
        cpu = time.process_time() - cpu
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        for wait in waits:
            wait.cancel()
        await asyncio.wait(waits)
    return {"bytes": most - idle, "cpu_of_a_round": cpu / rounds}


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def main() -> None:
    """Start the emulator, measure, and print the measurements as JSON."""
    services, seconds = int(sys.argv[1]), float(sys.argv[2])
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=emulate, args=(services, theirs), daemon=True
    )
    process.start()
    assert process.pid is not None, "it was started"
    os.sched_setaffinity(process.pid, {SERVER_CORE})
    os.sched_setaffinity(0, {CLIENT_CORE})
    print(json.dumps(asyncio.run(wait_for_all(ours.recv(), seconds))))
    ours.send(None)
    process.join()


if __name__ == "__main__":
    main()
