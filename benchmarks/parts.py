"""The CPU time of the parts of one call: ``python -m benchmarks.parts``.

Each contestant does a part more than the one before; what it takes beyond that one is the part's.
"""

from __future__ import annotations

import statistics
from functools import partial

from .report import table
from .runner import Arena, in_turn, values

ROUNDS = 15
CALLS = 3_000
IN_FLIGHT = 50

PARTS = {
    "sent": "connection, request, headers and body of the response",
    "parsed": "parsing the JSON",
    "bare": "path and request, time limit of the call, status and envelope, models",
    "ours": "rate limit, retries, statistics, log",
    "watched": "two hooks",
}
"""The part that each contestant adds to the one before."""


def measure() -> list[list[str]]:
    """Return a row for each part, and one of the floor for comparison."""
    with Arena() as arena:
        samples = in_turn(
            ROUNDS,
            {
                name: partial(arena.ask, name, task="get", in_flight=IN_FLIGHT, calls=CALLS)
                for name in ("floor", *PARTS)
            },
        )
    cpu = {name: 1e6 * statistics.median(values(costs, "cpu")) for name, costs in samples.items()}
    rows, before = [], 0.0
    for name, part in PARTS.items():
        rows.append([part, f"{cpu[name] - before:.0f}", f"{cpu[name]:.0f}"])
        before = cpu[name]
    return [*rows, ["the floor, parsing included", "", f"{cpu['floor']:.0f}"]]


def main() -> None:
    """Measure and print the table."""
    print(table([["part", "us", "so far"], *measure()]))


if __name__ == "__main__":
    main()
