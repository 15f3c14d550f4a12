"""Rows of the result, and the tables that show them."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

Curves = dict[str, list[tuple[float, float]]]
"""Points of each contestant, for a plot."""

UNITS = {
    "": 1.0,
    "us": 1e6,
    "ms": 1e3,
    "s": 1.0,
    "MiB": 1 / 2**20,
    "requests/s": 1.0,
    "times the time": 1.0,
    "% of a core": 100.0,
}
"""Factors from seconds or bytes to the units of the tables."""


@attrs.frozen
class Row:
    """One case and its comparison.

    Attributes:
        case: What was measured.
        unit: In what the values are shown; a key of `UNITS`.
        ours: A value for each round, in requests per second, seconds or bytes.
        other_name: What it is compared with.
        other: Its values, measured in turn with ours.
        mark: The ratio that has to be reached; None for none.
        at_least: Whether the ratio has to be as high as the mark, and not as low.
    """

    case: str
    unit: str
    ours: Sequence[float]
    other_name: str
    other: Sequence[float]
    mark: float | None
    at_least: bool = False

    @property
    def ratios(self) -> list[float]:
        """The ratios of ours to the other's, by round."""
        return [ours / other for ours, other in zip(self.ours, self.other, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(self.ratios)

    @property
    def is_reached(self) -> bool:
        """Whether the ratio reaches the mark."""
        if self.mark is None:
            return True
        return self.ratio >= self.mark if self.at_least else self.ratio <= self.mark

    def cells(self, *, is_judged: bool = True) -> list[str]:
        """Return the row as text.

        Args:
            is_judged: Whether there was enough time to measure whether the mark is reached.
        """
        sign = "≥" if self.at_least else "≤"
        verdict = "reached" if self.is_reached else "**missed**"
        if not is_judged:
            verdict = "not judged"
        return [
            self.case,
            f"{self._shown(self.ours)} {self.unit}",
            f"{self.other_name}: {self._shown(self.other)} {self.unit}",
            _spread(self.ratios, 3),
            *(("", "") if self.mark is None else (f"{sign} {self.mark:g}", verdict)),
        ]

    def _shown(self, values: Sequence[float]) -> str:
        return _spread([value * UNITS[self.unit] for value in values], 3)


HEADINGS = ("case", "ours", "compared with", "ratio", "mark", "")


@attrs.frozen
class Results:
    """All measurements of one run.

    Attributes:
        about: Machine, versions, date and command.
        rows: The cases.
        curves: What is plotted.
    """

    about: dict[str, str]
    rows: list[Row]
    curves: dict[str, Curves]

    def to_json(self) -> dict[str, Any]:
        """Return the results as JSON, including ratios."""
        rows = [
            {**attrs.asdict(row), "ratio": row.ratio, "is_reached": row.is_reached}
            for row in self.rows
        ]
        return {"about": self.about, "rows": rows, "curves": self.curves}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Results:
        """Return the results in a file."""
        names = [field.name for field in attrs.fields(Row)]
        rows = [Row(**{name: row[name] for name in names}) for row in document["rows"]]
        return cls(document["about"], rows, document["curves"])


def _spread(values: Sequence[float], digits: int) -> str:
    """Return the median as text, with quartiles if there are several values."""
    middle = _number(statistics.median(values), digits)
    if len(values) < 4:  # noqa: PLR2004  # fewer have no quartiles
        return middle
    low, _, high = statistics.quantiles(values, n=4)
    return f"{middle} ({_number(low, digits)}–{_number(high, digits)})"  # noqa: RUF001  # a range


def _number(value: float, digits: int) -> str:
    """Return a number with significant digits as text."""
    if value >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:#.{digits}g}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, aligned for reading as text."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
