"""One key, several processes: ``python -m benchmarks.processes``.

Four processes share the budget of one key through Redis and make 200 calls together, against an
emulator that enforces the limit. None of the requests may be refused; otherwise the exit code is 1.
By default the limit is 50 requests per 10 s, five times the real one, so that it ends within a
minute; ``--requests 10`` takes the real one.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async import AsyncClickHouseCloud, RateLimit
from clickhouse_cloud_async.emulation.rate_limit import RequestLimit
from clickhouse_cloud_async.emulator import Emulator
from tests.transport.redis_server import PROGRAM, RedisServer

if TYPE_CHECKING:
    from collections.abc import Sequence

PROCESSES = 4
CALLS = 200
WINDOW = 10.0


def work(settings: dict[str, Any], limit: RateLimit, calls: int) -> tuple[int, int, float]:
    """Make calls concurrently, within the rate limit.

    Args:
        settings: Settings of the client.
        limit: The shared limit.
        calls: How many.

    Returns:
        Requests, retries and seconds that calls waited on average.
    """

    async def run() -> tuple[int, int, float]:
        async with AsyncClickHouseCloud(**settings, rate_limit=limit, timeout=None) as cloud:
            await asyncio.gather(*(cloud.services.list() for _ in range(calls)))
            stats = cloud.stats
            return stats.requests, stats.retries, stats.throttled_seconds / calls

    return asyncio.run(run())


def measure(requests: int) -> int:
    """Run the processes, print their requests, and return the number of refused ones."""
    began = time.monotonic()
    with (
        RedisServer() as redis,
        Emulator(services=3, rate_limit=RequestLimit(requests, per=WINDOW)) as emulator,
        ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool,
    ):
        settings = {
            "api_key": emulator.api_key,
            "api_secret": emulator.api_secret,
            "organization_id": emulator.organization_id,
            "base_url": emulator.url,
        }
        limit = RateLimit(requests, per=WINDOW, storage=redis.url)
        jobs = [pool.submit(work, settings, limit, CALLS // PROCESSES) for _ in range(PROCESSES)]
        results = [job.result() for job in jobs]
        statuses = [request.status for request in emulator.requests]
    refused = statuses.count(429)
    print(f"limit: {requests} requests per {WINDOW:g} s and key, enforced by the emulator")
    _print_processes(results)
    print(f"{statuses.count(200)} of {CALLS} calls answered, {refused} refused (429)")
    print(f"{time.monotonic() - began:.1f} s; the limit alone takes {_least(requests):.1f} s")
    return refused + CALLS - statuses.count(200)


def _print_processes(results: Sequence[tuple[int, int, float]]) -> None:
    for number, (sent, retries, waited) in enumerate(results, 1):
        print(f"process {number}: {sent} requests, {retries} retries, {waited:.1f} s wait per call")


def _least(requests: int) -> float:
    """Return the minimum number of seconds for the calls within the limit."""
    return (-(-CALLS // requests) - 1) * WINDOW


def main() -> None:
    """Measure, and exit with 1 if a request was refused."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.processes", description=__doc__)
    parser.add_argument("--requests", type=int, default=50, help="requests per 10 s; 50 by default")
    if PROGRAM is None:
        parser.error("neither redis-server nor valkey-server is installed")
    sys.exit(bool(measure(parser.parse_args().requests)))


if __name__ == "__main__":
    main()
