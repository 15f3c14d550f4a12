"""Values over time."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async.apis.clickhouse.emulator.billing import series

CHANGES = st.lists(
    st.tuples(st.integers(-50, 100), st.sampled_from([0.0, 1.0, 2.5])), max_size=20
).map(sorted)
SPANS = st.tuples(st.integers(-60, 110), st.integers(-60, 110)).map(sorted)


def _made(changes: list[tuple[int, float]]) -> series.Series:
    made: series.Series = []
    for moment, value in changes:
        series.put(made, moment, value)
    return made


def _value(changes: list[tuple[int, float]], moment: float) -> float:
    return next((value for since, value in reversed(changes) if since <= moment), 0.0)


@given(CHANGES, SPANS)
def test_integrals_are_sums_over_each_second(
    changes: list[tuple[int, float]], span: list[int]
) -> None:
    """A series that changes at whole seconds has the sums that one counts second by second."""
    made, (begin, end) = _made(changes), span
    values = {moment: _value(changes, moment) for moment in range(-60, end)}
    inside = [values[moment] for moment in range(begin, end)]

    assert [series.value_at(made, moment) for moment in values] == list(values.values())
    assert series.integral(made, begin, end) == pytest.approx(sum(inside))
    assert series.busy(made, begin, end) == sum(value > 0 for value in inside)
    grown, area = 0.0, 0.0
    for moment, value in values.items():
        step = 1.0 if value else 0.0
        area += (grown + step / 2) if moment >= begin else 0.0
        grown += step
    assert series.busy_integral(made, begin, end) == pytest.approx(area)


@given(CHANGES)
def test_only_changes_are_kept(changes: list[tuple[int, float]]) -> None:
    """Each piece begins later than the one before, with another value; the first is not 0."""
    made = _made(changes)

    moments, values = [moment for moment, _ in made], [0.0, *(value for _, value in made)]
    assert moments == sorted(set(moments))
    assert all(one != other for one, other in pairwise(values))


def test_a_series_goes_on_after_its_last_change() -> None:
    """The last value holds for ever."""
    assert series.busy([[3.0, 2.0]], -math.inf, 10) == 7
