"""One contestant in a process of its own: ``python -m benchmarks.worker KIND URL``.

It reads tasks from its input, a line of JSON each, and writes what they took to its output. A task
is the name of a function here and its arguments.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import contestants

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .contestants import Contestant, SyncContestant

Cost = dict[str, float]
"""The cost of one call: seconds, and seconds of CPU."""


class _Stopwatch:
    """Measures the cost of a number of calls."""

    def __init__(self) -> None:
        gc.collect()
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def per(self, calls: int) -> Cost:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return {"seconds": wall / calls, "cpu": cpu / calls}


async def get(contestant: Contestant, in_flight: int, calls: int) -> Cost:
    """Get one service repeatedly, with a number of calls in flight."""
    await _flood(contestant.get, in_flight, in_flight)
    watch = _Stopwatch()
    await _flood(contestant.get, in_flight, calls)
    return watch.per(calls)


async def _flood(action: Callable[[], Awaitable[object]], in_flight: int, calls: int) -> None:
    left = iter(range(calls))

    async def repeat() -> None:
        for _ in left:
            await action()

    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(repeat())


async def fleet(contestant: Contestant, size: int, calls: int) -> Cost:
    """Get a list of services repeatedly, in sequence."""
    watch = _Stopwatch()
    for _ in range(calls):
        await contestant.list(size)
    return watch.per(calls)


async def memory(contestant: Contestant, size: int) -> Cost:
    """Return the peak memory of the process while it gets a list of services."""
    await contestant.list(size)
    return {"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


async def loads(contestant: Contestant, size: int, calls: int) -> Cost:
    """Only parse a list of services."""
    import orjson

    assert isinstance(contestant, contestants.Floor)
    body = await contestant.body(size)
    watch = _Stopwatch()
    for _ in range(calls):
        orjson.loads(body)
    return watch.per(calls)


def get_in_threads(contestant: SyncContestant, threads: int, calls: int) -> Cost:
    """Get one service repeatedly, in a number of threads."""
    left = iter(range(calls))

    def repeat(_: int) -> None:
        for _ in left:
            contestant.get()

    with ThreadPoolExecutor(threads) as pool:
        pool.submit(contestant.get).result()
        watch = _Stopwatch()
        list(pool.map(repeat, range(threads)))
    return watch.per(calls)


_TASKS: dict[str, Callable[..., Awaitable[Cost]]] = {
    "get": get,
    "fleet": fleet,
    "memory": memory,
    "loads": loads,
}


async def work(kind: str, url: str) -> None:
    """Carry out tasks with an async contestant until the input ends."""
    contestant = contestants.ASYNC[kind](url)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task: dict[str, Any] = json.loads(line)
        cost = await _TASKS[task.pop("task")](contestant, **task)
        print(json.dumps(cost), flush=True)
    await contestant.close()


def work_sync(kind: str, url: str) -> None:
    """Carry out tasks with a sync contestant until the input ends."""
    contestant = contestants.SYNC[kind](url)
    for line in sys.stdin:
        task: dict[str, Any] = json.loads(line)
        print(json.dumps(get_in_threads(contestant, **task)), flush=True)
    contestant.close()


def main(name: str, url: str) -> None:
    """Do the work of the contestant with this name.

    Args:
        name: A key of `contestants.ASYNC`, with `` on uvloop`` for another event loop, or one of
            `contestants.SYNC` with `` sync``.
        url: Where the server is.
    """
    kind, _, way = name.partition(" ")
    if way == "sync":
        work_sync(kind, url)
        return
    # Uvloop is only installed for benchmarks, so that type checkers do not know it.
    factory: Any = import_module("uvloop").new_event_loop if way == "on uvloop" else None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work(kind, url))


if __name__ == "__main__":
    main(*sys.argv[1:])
