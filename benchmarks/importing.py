"""What it costs to import the client, in fresh processes."""

from __future__ import annotations

import subprocess
import sys

from .report import Row, in_turn

ROUNDS = 10

_TIMED = """
import time
start = time.perf_counter()
{statement}
print(time.perf_counter() - start)
"""


def rows() -> list[Row]:
    """The import of the client against that of the HTTP library under it."""
    ours, floor = in_turn(
        lambda: _seconds("from clickhouse_cloud_async import AsyncClickHouseCloud"),
        lambda: _seconds("import aiohttp"),
        ROUNDS,
    )
    return [Row("import AsyncClickHouseCloud", ours, "import aiohttp", floor, 0.5)]


def _seconds(statement: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _TIMED.format(statement=statement)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)
