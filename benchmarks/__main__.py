"""Run every benchmark: ``nox -s bench``, or ``nox -s bench -- --quick`` to see that they work.

Each case runs in turn with what it is compared with, and the median of the rounds' ratios is
compared with the mark that it has to reach. A whole run writes its results, the tables of
docs/performance.md and its plots; a quick one writes into ``benchmarks/results/quick``. The exit
code is 0 in any case: a slow machine is no broken build.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from . import document, emulator, facade, lists, plots, sql, startup, throughput
from .fleets.measure import measure as measure_fleets
from .report import HEADINGS, Results, table
from .runner import FULL, QUICK, Arena

if TYPE_CHECKING:
    from .runner import Scale

_PACKAGES = (
    *("aiohttp", "orjson", "uvloop", "chdb"),
    *("ch-apimatic-sdk", "httpx", "pydantic", "typer"),
)


def measure(scale: Scale, command: str) -> Results:
    """Carry out all cases."""
    with Arena() as arena:
        once = startup.measure(arena, scale)
        gets, throughput_curves = throughput.measure(arena, scale)
        fleets, fleet_curves = lists.measure(arena, scale)
        rows = [*gets, *fleets, *facade.measure(arena, scale), *once]
    rows += [*emulator.measure(scale), *sql.measure(scale), *measure_fleets(scale)]
    curves = {"throughput": throughput_curves, "fleet": fleet_curves}
    return Results(_about(scale, command), rows, curves)


def _about(scale: Scale, command: str) -> dict[str, str]:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _PACKAGES)
    return {
        "command": f"`{command}`",
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "rounds": str(scale.rounds),
        "machine": f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {platform.platform()}",
        "versions": f"Python {platform.python_version()}, {versions}",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _save(results: Results, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results.to_json(), indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Measure, print the table, and keep the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small round, to see if it works")
    is_quick: bool = parser.parse_args().quick
    command = "nox -s bench" + (" -- --quick" if is_quick else "")
    results = measure(QUICK if is_quick else FULL, command)
    print(table([HEADINGS, *(row.cells(is_judged=not is_quick) for row in results.rows)]))
    if is_quick:
        folder = document.RESULTS.parent / "quick"
        _save(results, folder / "quick.json")
        plots.draw(results, folder)
    else:
        _save(results, document.RESULTS)
        document.write(results)
        plots.draw(results, document.PAGE.parent)


if __name__ == "__main__":
    main()
