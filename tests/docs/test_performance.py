"""The performance page shows the results that are committed."""

from __future__ import annotations

import attrs
import pytest

from benchmarks import document
from benchmarks.report import Row


def test_the_page_shows_the_committed_results() -> None:
    """What `python -m benchmarks.document` would write stands there."""
    page = document.PAGE.read_text(encoding="utf-8")

    assert document.with_section(page, document.load()) == page


def test_other_results_change_the_page() -> None:
    """A result that differs is seen in the page."""
    page = document.PAGE.read_text(encoding="utf-8")
    results = document.load()
    results.rows[0] = attrs.evolve(results.rows[0], ours=[1.0], other=[8.0])

    assert "0.125" in document.with_section(page, results)


def test_the_committed_results_are_those_of_a_whole_run() -> None:
    """A quick run is no measurement."""
    assert document.load().about["command"] == "`nox -s bench`"


@pytest.mark.parametrize(
    ("mark", "at_least", "is_reached"),
    [(0.5, True, True), (0.6, True, False), (0.5, False, True), (0.4, False, False)],
)
def test_a_mark_is_reached_or_missed(mark: float, *, at_least: bool, is_reached: bool) -> None:
    """The median of the rounds' ratios, and not the ratio of medians, decides."""
    row = Row("case", "s", [1.0, 1.0, 9.0], "other", [2.0, 2.0, 9.0], mark, at_least=at_least)

    assert row.ratio == 0.5
    assert row.is_reached == is_reached
    assert row.cells()[-1] == ("reached" if is_reached else "**missed**")


def test_a_quick_run_judges_nothing() -> None:
    """One small round says whether a benchmark works, not how fast anything is."""
    row = Row("case", "s", [1.0], "other", [2.0], 0.1)
    assert row.cells(is_judged=False)[-1] == "not judged"
