"""Run every benchmark: ``python -m benchmarks`` (``nox -s bench``).

Each case runs in turn with its floor (floor, ours, floor, ours, ...), and the ratio of the medians
is compared with the mark that it has to reach. The exit code is 0 in any case: a slow machine is
no broken build.
"""

from __future__ import annotations

from . import decoding, importing
from .report import Row, print_table


def main() -> None:
    """Measure and print the table."""
    rows: list[Row] = [*importing.rows(), *decoding.rows()]
    print_table(rows)


if __name__ == "__main__":
    main()
