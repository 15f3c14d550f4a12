"""Repeated requests for one service: requests per second, and the CPU time of guards."""

from __future__ import annotations

import statistics
from functools import partial
from typing import TYPE_CHECKING

from .report import Row
from .runner import in_turn, values

if TYPE_CHECKING:
    from .report import Curves
    from .runner import Arena, Samples, Scale

IN_FLIGHT = (1, 10, 50, 200, 1_000)
MARKS = {1: 0.85, 50: 0.80}
MARK_ANYWHERE = 0.75

_CALLS = 3_000
_CALLS_OF_PEER = 300
_ON_UVLOOP = " on uvloop"


def measure(arena: Arena, scale: Scale) -> tuple[list[Row], Curves]:
    """Return a row for each number of requests in flight, and the curve of throughput."""
    # The peer needs as much time for the last of them as all the others take together.
    counts = IN_FLIGHT[:-1] if scale.is_small else IN_FLIGHT
    measured = {count: _flood(arena, scale, count, ("floor", "ours", "peer")) for count in counts}
    uvloop = _flood(arena, scale, 50, (f"floor{_ON_UVLOOP}", f"ours{_ON_UVLOOP}"))
    rows = [
        _row(f"get, {count:,} in flight", samples, "floor", MARKS.get(count, MARK_ANYWHERE))
        for count, samples in measured.items()
    ]
    rows += [
        _row("get, 50 in flight", measured[50], "peer", 15.0),
        _row("get, 50 in flight, both on uvloop", uvloop, "floor", None, _ON_UVLOOP),
        _guards(arena, scale),
    ]
    curves: Curves = {
        name: [
            (count, statistics.median(_rates(samples, name))) for count, samples in measured.items()
        ]
        for name in ("floor", "ours", "peer")
    }
    return rows, curves


def _flood(arena: Arena, scale: Scale, count: int, names: tuple[str, ...]) -> Samples:
    """Return the cost of one call for each contestant, with a number of calls in flight."""
    return in_turn(
        scale.rounds,
        {
            name: partial(
                arena.ask,
                name,
                task="get",
                in_flight=count,
                calls=scale.calls(_CALLS_OF_PEER if name == "peer" else _CALLS, count),
            )
            for name in names
        },
    )


def _rates(samples: Samples, name: str) -> list[float]:
    return [1 / seconds for seconds in values(samples[name], "seconds")]


def _row(case: str, samples: Samples, other: str, mark: float | None, way: str = "") -> Row:
    ours, others = _rates(samples, f"ours{way}"), _rates(samples, f"{other}{way}")
    return Row(case, "requests/s", ours, other, others, mark, at_least=True)


def _guards(arena: Arena, scale: Scale) -> Row:
    """Return the CPU time of limiter, retries, hooks and stats, compared with the floor's.

    It is the difference between a call with hooks and one that the same client only sends.
    """
    samples = _flood(arena, scale, 50, ("floor", "watched", "bare"))
    whole, bare = values(samples["watched"], "cpu"), values(samples["bare"], "cpu")
    return Row(
        "limiter, retries, hooks and stats, CPU of a call",
        "us",
        [with_guards - without for with_guards, without in zip(whole, bare, strict=True)],
        "floor, whole call",
        values(samples["floor"], "cpu"),
        0.15,
    )
