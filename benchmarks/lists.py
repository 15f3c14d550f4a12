"""Time and memory of decoding lists of services."""

from __future__ import annotations

import statistics
from functools import partial
from typing import TYPE_CHECKING

from .places import FLEETS
from .report import Row
from .runner import in_turn, values

if TYPE_CHECKING:
    from .report import Curves
    from .runner import Arena, Samples, Scale

_SERVICES = 3_000
"""Minimum number of services that a turn reads."""


def measure(arena: Arena, scale: Scale) -> tuple[list[Row], Curves]:
    """Return rows of lists, and the curve of time against the size of the fleet."""
    measured = {size: _read(arena, scale, size) for size in FLEETS}
    thousand = measured[1_000]
    rows = [
        Row(
            "list of 1,000 services",
            "ms",
            values(thousand["ours"], "seconds"),
            "peer",
            values(thousand["peer"], "seconds"),
            0.35,
        ),
        Row(
            "list of 1,000 services, CPU",
            "ms",
            values(thousand["ours"], "cpu"),
            "orjson.loads",
            values(thousand["loads"], "cpu"),
            3.3,
        ),
        Row(
            "list of 10,000 services against one of 1,000",
            "times the time",
            _growth(measured, "ours"),
            "floor",
            _growth(measured, "floor"),
            1.0,
        ),
        _memory(arena, scale),
    ]
    curves: Curves = {
        name: [
            (size, statistics.median(values(samples[name], "seconds")))
            for size, samples in measured.items()
        ]
        for name in ("floor", "ours", "peer")
    }
    return rows, curves


def _read(arena: Arena, scale: Scale, size: int) -> Samples:
    """Return the cost of one list for each contestant, and that of parsing its body."""
    calls = scale.calls(_SERVICES // size)
    return in_turn(
        scale.rounds,
        {
            "loads": partial(arena.ask, "floor", task="loads", size=size, calls=calls),
            **{
                name: partial(arena.ask, name, task="fleet", size=size, calls=calls)
                for name in ("floor", "ours", "peer")
            },
        },
    )


def _growth(measured: dict[int, Samples], name: str) -> list[float]:
    """Return how many times as long as the list of 1,000 that of 10,000 takes, round by round."""
    small, large = (values(measured[size][name], "seconds") for size in (1_000, 10_000))
    return [many / few for few, many in zip(small, large, strict=True)]


def _memory(arena: Arena, scale: Scale) -> Row:
    """Return the peak memory of a fresh process that reads one list."""
    names = ("ours", "peer")
    samples = in_turn(
        min(scale.rounds, 5),
        {name: partial(arena.ask_fresh, name, task="memory", size=10_000) for name in names},
    )
    return Row(
        "process that lists 10,000 services, most memory",
        "MiB",
        values(samples["ours"], "bytes"),
        "peer",
        values(samples["peer"], "bytes"),
        0.6,
    )
