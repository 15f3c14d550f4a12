"""Step functions of time: each value holds until the next one."""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Series: TypeAlias = "list[list[float]]"
"""Times, ascending, each with the value from then on; before the first one the value is 0."""


def put(series: Series, moment: float, value: float) -> None:
    """Set the value from a time on.

    Args:
        series: Changed in place.
        moment: The time, not before the last one of the series.
        value: The value.
    """
    if series and series[-1][0] == moment:
        series.pop()
    if value != (series[-1][1] if series else 0):
        series.append([moment, value])


def value_at(series: Series, moment: float) -> float:
    """Return the value at a time."""
    index = bisect_right(series, moment, key=_moment)
    return series[index - 1][1] if index else 0.0


def pieces(series: Series, begin: float, end: float) -> Iterator[tuple[float, float]]:
    """Yield duration and value of each step in a span of time, in order."""
    index = max(0, bisect_right(series, begin, key=_moment) - 1)
    for position in range(index, len(series)):
        since, value = series[position]
        until = series[position + 1][0] if position + 1 < len(series) else end
        length = min(until, end) - max(since, begin)
        if length > 0:
            yield length, value
        if until >= end:
            return


def integral(series: Series, begin: float, end: float) -> float:
    """Return the integral of the value over a span of time."""
    return sum(length * value for length, value in pieces(series, begin, end))


def busy(series: Series, begin: float, end: float) -> float:
    """Return the part of a span of time in which the value was not 0."""
    return sum(length for length, value in pieces(series, begin, end) if value)


def busy_integral(series: Series, begin: float, end: float) -> float:
    """Return the integral over a span of time of the seconds in which the value is not 0."""
    total = 0.0
    level = busy(series, -math.inf, begin)
    for length, value in pieces(series, begin, end):
        slope = 1 if value else 0
        total += level * length + slope * length**2 / 2
        level += slope * length
    return total


def _moment(piece: list[float]) -> float:
    return piece[0]
