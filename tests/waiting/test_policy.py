"""Polling intervals."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clickhouse_cloud_async import ConfigurationError, Polling, RateLimit
from clickhouse_cloud_async.core.waiting.budget import part_of
from clickhouse_cloud_async.core.waiting.policy import EARLIEST_END, LATEST_END, jittered

SECONDS = st.floats(0, 1e6)


@pytest.mark.parametrize(
    "wrong",
    [
        {"share": 0},
        {"share": 1.01},
        {"share": float("nan")},
        {"shortest": 0},
        {"shortest": 31},
        {"longest": float("inf")},
        {"longest": 0.5},
        {"speed": 0},
        {"speed": float("inf")},
    ],
)
def test_numbers_out_of_range(wrong: dict[str, Any]) -> None:
    """What makes no sense is refused."""
    with pytest.raises(ConfigurationError):
        Polling(**wrong)


def test_intervals() -> None:
    """As quick as a transition is, quicker around its usual end, and ever slower after it."""
    polling = Polling()

    assert [polling.interval(elapsed, 60) for elapsed in (0, 30, 60, 120, 300, 450, 900)] == [
        *[4, 4, pytest.approx(4 / 3), 8, 20],
        *[30, 30],
    ]
    assert [polling.interval(elapsed, 0) for elapsed in (0, 15, 30, 600)] == [1, 1, 2, 30]


@given(elapsed=SECONDS, more=SECONDS, typical=SECONDS, speed=st.floats(0.1, 1000))
def test_intervals_grow_within_bounds(
    elapsed: float, more: float, typical: float, speed: float
) -> None:
    """No interval is out of bounds, and none gets shorter after the usual end."""
    polling = Polling(speed=speed)
    elapsed = max(elapsed, LATEST_END * typical / speed)
    first, second = (polling.interval(time, typical) for time in (elapsed, elapsed + more))

    assert polling.pause <= first <= second <= 30 / speed


@given(seconds=SECONDS, speed=st.floats(0.1, 1000))
def test_speed_scales_everything(seconds: float, speed: float) -> None:
    """A faster cloud is looked at as often during a transition."""
    assume(all(abs(seconds - part * 45) > 0.001 for part in (EARLIEST_END, LATEST_END)))
    real, fast = Polling(), Polling(speed=speed)

    assert fast.interval(seconds / speed, 45) * speed == pytest.approx(real.interval(seconds, 45))


@given(failures=st.integers(1, 10_000))
def test_backoff(failures: int) -> None:
    """After failures looks become rarer, within the same bounds."""
    assert 1 <= Polling().backoff(failures) <= Polling().backoff(failures + 1) <= 30


@given(seconds=SECONDS, spread=st.floats(0, 1))
def test_jitter(seconds: float, spread: float) -> None:
    """Jitter adds up to a fifth and takes nothing away."""
    assert seconds <= jittered(seconds, lambda: spread) <= seconds * 1.2


@given(
    requests=st.integers(1, 10_000),
    per=st.integers(1, 100),
    share=st.fractions(Fraction(1, 1000), 1),
)
def test_share_of_a_limit(requests: int, per: int, share: Fraction) -> None:
    """A share of a limit is never more than that, and at least something."""
    part = part_of(RateLimit(requests, per=per), float(share))

    assert part.requests >= 1
    assert part.requests / part.per <= requests * share / per * (1 + 1e-9)
