"""The rows of fleets, each case in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.report import Row

if TYPE_CHECKING:
    from benchmarks.runner import Scale

FLEET = 300
SIZES = (10, 300, 5_000)
WAITS = 10_000
KEYS = 1_000
SECONDS = 20
REQUESTS, WINDOW = 10, 10.0
"""The rate limit of a key: requests, and seconds of a window."""
USUAL_START = 45.0
"""Seconds that a service usually takes to start."""
LEAST_SECONDS = 3
DESIRED = 4

MOST_BYTES = 150 * 2**20
MOST_CPU = 0.25


def measure(scale: Scale) -> list[Row]:
    """Run all cases; a small run omits those that the project's tests run, too."""
    rows = [*_start(scale), *_rounds(scale), *_waits(scale), *_keys(scale)]
    return rows if scale.is_small else [*rows, *_faults(scale)]


def _start(scale: Scale) -> list[Row]:
    services = scale.calls(FLEET)
    ours, plain = (_numbers("start", way, services) for way in ("fleet", "plain"))
    what = f"start {services} services and wait for all"
    # A list and a command for each service; the last of them is sent then, and its service starts.
    bound = services // REQUESTS * WINDOW + USUAL_START
    return [
        Row(f"{what}: requests", "", [ours["requests"]], "plain", [plain["requests"]], None),
        Row(f"{what}: time", "s", [ours["seconds"]], "plain", [plain["seconds"]], None),
        Row(f"{what}: time", "s", [ours["seconds"]], "bound", [bound], 1.05),
    ]


def _rounds(scale: Scale) -> list[Row]:
    rows: list[Row] = []
    for usual in SIZES:
        services = scale.calls(usual)
        seen = _numbers("rounds", "waiting", services)
        case = f"wait for {services:,} services at once: polling requests"
        rows.append(Row(case, "", [seen["requests"]], "rounds", [seen["rounds"]], 1.0))
    return rows


def _waits(scale: Scale) -> list[Row]:
    waits = scale.calls(WAITS)
    used = _json("benchmarks.fleets.waiters", waits, scale.calls(SECONDS, LEAST_SECONDS))
    case = f"{waits:,} waits on one client"
    return [
        Row(f"{case}: memory", "MiB", [used["bytes"]], "at most", [MOST_BYTES], 1.0),
        Row(
            f"{case}: processor, a round per second",
            "% of a core",
            [used["cpu_of_a_round"]],
            "at most",
            [MOST_CPU],
            1.0,
        ),
    ]


def _keys(scale: Scale) -> list[Row]:
    keys = round(KEYS * scale.share**2)
    used = _numbers("keys", "many", keys)
    case = f"{keys:,} keys in one process"
    return [
        Row(f"{case}: refused (429)", "", [used["refused"]], "requests", [used["requests"]], 0.0),
        Row(f"{case}: time", "s", [used["seconds"]], "slowest key", [used["slowest"]], 1.2),
    ]


def _faults(scale: Scale) -> list[Row]:
    seen = _numbers("faults", "outcomes", scale.calls(FLEET))
    plans = _numbers("faults", "interruptions", scale.calls(DESIRED, 2))
    return [
        Row(
            "start with faults: untrue outcomes",
            "",
            [seen["wrong"]],
            "services",
            [seen["services"]],
            0.0,
        ),
        Row(
            "apply, broken off at each request: does not come about",
            "",
            [plans["wrong"]],
            "requests",
            [plans["interruptions"]],
            0.0,
        ),
    ]


def _numbers(module: str, function: str, size: int) -> dict[str, float]:
    return _json("benchmarks.fleets", f"{module}:{function}", size)


def _json(module: str, *arguments: object) -> dict[str, float]:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    numbers: dict[str, float] = json.loads(done.stdout)
    return numbers
