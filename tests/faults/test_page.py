"""The table of faults in the documentation is the one that the tests go by."""

from __future__ import annotations

from pathlib import Path

from .rows import ROWS, markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"


def test_the_page_has_the_table() -> None:
    """The documentation promises for each fault what the tests check, and nothing else."""
    _, found, rest = PAGE.read_text(encoding="utf-8").partition("\n| Fault |")
    table = found.lstrip() + rest.partition("\n\n")[0].rstrip()

    assert table == markdown().rstrip()


def test_the_table_is_large() -> None:
    """The table has a row of its own for each of many faults."""
    names = [row.name for row in ROWS]

    assert len(set(names)) == len(names) >= 40
