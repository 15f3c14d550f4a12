"""Writes the tables of docs/performance.md from a run's results: ``python -m benchmarks.document``.

The page keeps its words; what stands between its two marks is replaced.
"""

from __future__ import annotations

import json
from pathlib import Path

from .report import HEADINGS, Results, table

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "full.json"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"


def load(path: Path = RESULTS) -> Results:
    """Return the results in a file."""
    return Results.from_json(json.loads(path.read_text(encoding="utf-8")))


def section(results: Results) -> str:
    """Return the part of the page with the results."""
    about = table([("", ""), *results.about.items()])
    cases = table([HEADINGS, *(row.cells() for row in results.rows)])
    return f"\n{cases}\n\n{about}\n\n"


def with_section(page: str, results: Results) -> str:
    """Return a page with the results inserted."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{section(results)}{END}{after}"


def write(results: Results) -> None:
    """Write results to the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_section(page, results), encoding="utf-8")


if __name__ == "__main__":
    write(load())
