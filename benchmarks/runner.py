"""Starts the server and the contestants, each pinned to a core, and runs them in turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from .worker import Cost

Samples = dict[str, list["Cost"]]
"""The costs of each contestant's rounds."""

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = _CORES[0], _CORES[-1]


class Arena:
    """A server, and contestants that are started when they are needed; only one works at a time."""

    def __init__(self) -> None:
        self._processes = ExitStack()
        self._workers: dict[str, subprocess.Popen[str]] = {}
        self.url = ""

    def __enter__(self) -> Self:
        server = self._start("benchmarks.server", core=SERVER_CORE)
        self.url = f"http://127.0.0.1:{_line(server)}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._processes.close()

    def ask(self, contestant: str, **task: Any) -> Cost:
        """Run a task in a contestant."""
        if contestant not in self._workers:
            self._workers[contestant] = self._start("benchmarks.worker", contestant, self.url)
        worker = self._workers[contestant]
        assert worker.stdin is not None, "it is a pipe"
        print(json.dumps(task), file=worker.stdin, flush=True)
        cost: Cost = json.loads(_line(worker))
        return cost

    def ask_fresh(self, contestant: str, **task: Any) -> Cost:
        """Run a task in a fresh contestant."""
        self.dismiss(contestant)
        cost = self.ask(contestant, **task)
        self.dismiss(contestant)
        return cost

    def dismiss(self, contestant: str) -> None:
        """End a contestant's process."""
        worker = self._workers.pop(contestant, None)
        if worker is not None:
            _stop(worker)

    def _start(
        self, module: str, *arguments: str, core: int = CLIENT_CORE
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        os.sched_setaffinity(process.pid, {core})
        self._processes.callback(_stop, process)
        return process


@attrs.frozen
class Scale:
    """The extent of a measurement.

    Attributes:
        rounds: How often each contestant's turn comes.
        share: The part of the usual number of calls in each turn.
    """

    rounds: int
    share: float

    @property
    def is_small(self) -> bool:
        """Whether it only checks that the benchmarks work."""
        return self.share < 1

    def calls(self, usual: int, at_least: int = 1) -> int:
        """Return the number of calls of a turn."""
        return max(at_least, round(usual * self.share))


FULL = Scale(7, 1.0)
QUICK = Scale(1, 0.05)


def in_turn(rounds: int, actions: Mapping[str, Callable[[], Cost]]) -> Samples:
    """Measure all actions in turn, repeatedly, so that a slow phase affects all of them."""
    samples: Samples = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            samples[name].append(action())
    return samples


def values(costs: Sequence[Cost], what: str) -> list[float]:
    """Return one of the numbers of each round."""
    return [cost[what] for cost in costs]


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None, "it is a pipe"
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args!r} ended before its answer")
    return line.strip()


def _stop(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()
