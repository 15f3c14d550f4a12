"""Repeated requests for one service with the sync clients, in one thread and in many."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .report import Row
from .runner import in_turn, values

if TYPE_CHECKING:
    from .runner import Arena, Scale

_CALLS = 1_000
_MARKS = {1: 1.6, 32: 4.0}


def measure(arena: Arena, scale: Scale) -> list[Row]:
    """Return a row for each number of threads."""
    return [_row(arena, scale, threads, mark) for threads, mark in _MARKS.items()]


def _row(arena: Arena, scale: Scale, threads: int, mark: float) -> Row:
    calls = scale.calls(_CALLS)
    samples = in_turn(
        scale.rounds,
        {
            name: partial(arena.ask, f"{name} sync", threads=threads, calls=calls)
            for name in ("ours", "peer")
        },
    )
    rates = {
        name: [1 / seconds for seconds in values(costs, "seconds")]
        for name, costs in samples.items()
    }
    noun = "thread" if threads == 1 else "threads"
    case = f"sync facade, {threads} {noun}"
    return Row(case, "requests/s", rates["ours"], "peer", rates["peer"], mark, at_least=True)
