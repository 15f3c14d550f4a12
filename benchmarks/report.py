"""Rows of the result and the table that shows them."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@attrs.frozen
class Row:
    """One case beside its floor.

    Attributes:
        case: What was measured.
        ours: Seconds, a measurement each.
        floor_name: What it is compared with.
        floor: Seconds, measured in turn with ours.
        mark: The ratio that must not be passed.
    """

    case: str
    ours: Sequence[float]
    floor_name: str
    floor: Sequence[float]
    mark: float

    @property
    def ratio(self) -> float:
        """Median of ours over median of the floor."""
        return statistics.median(self.ours) / statistics.median(self.floor)


def in_turn(
    ours: Callable[[], float], floor: Callable[[], float], rounds: int
) -> tuple[list[float], list[float]]:
    """Measure two things in turn, so that a slow moment of the machine meets both."""
    pairs = [(floor(), ours()) for _ in range(rounds)]
    return [pair[1] for pair in pairs], [pair[0] for pair in pairs]


def print_table(rows: Sequence[Row]) -> None:
    """Print each row with its spread and whether it reaches the mark."""
    print(f"{'case':42} {'ours':>18} {'floor':>18} {'ratio':>6} {'mark':>6}")
    for row in rows:
        reached = "" if row.ratio <= row.mark else "  missed"
        print(
            f"{row.case:42} {_spread(row.ours):>18} {_spread(row.floor):>18}"
            f" {row.ratio:6.2f} {row.mark:6.2f}{reached}"
        )
        print(f"{'':42} floor: {row.floor_name}")


def _spread(seconds: Sequence[float]) -> str:
    low, middle, high = (
        1000 * value for value in (min(seconds), statistics.median(seconds), max(seconds))
    )
    return f"{middle:.1f} ms ({low:.0f}-{high:.0f})"
