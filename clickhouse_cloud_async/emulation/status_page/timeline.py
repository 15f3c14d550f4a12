"""States over time, as bars from left to right."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.clock import HOUR, MINUTE, moment_at

from .markup import Markup, element

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TIMELINE_SECONDS = HOUR
"""Maximum length of timelines, in emulated seconds."""

SHORTEST_TIMELINE_SECONDS = MINUTE
"""Their length when the emulator has just started."""


def totals(states: Iterable[str]) -> Iterator[object]:
    """Yield the number of resources in each state, most frequent first."""
    for state, count in Counter(states).most_common():
        yield " "
        yield element("span", f"{count} {state}", class_=f"state {state}")


def timeline_span(now: float) -> float:
    """Return the seconds that the timelines show, at most `TIMELINE_SECONDS`."""
    return min(max(now, SHORTEST_TIMELINE_SECONDS), TIMELINE_SECONDS)


def duration(seconds: float) -> str:
    """Return a duration up to an hour in words."""
    if seconds >= HOUR:
        return "hour"
    return f"{seconds / 60:.0f} minutes" if seconds >= 2 * MINUTE else f"{seconds:.0f} seconds"


def timeline(history: Sequence[tuple[float, str]], now: float, span: float) -> Markup:
    """Return the states of a period as bars from left to right."""
    begin = now - span
    bars: list[Markup] = []
    for (since, state), (until, _) in pairwise([*history, (now, "")]):
        if until < begin:
            continue
        left = max(0.0, (since - begin) / span)
        width = (until - begin) / span - left
        title = element("title", f"{state} since {moment_at(since):%H:%M:%S}")
        bars.append(
            element(
                "rect",
                title,
                class_=state,
                x=f"{left:.4f}",
                y=0,
                width=f"{max(width, 0.002):.4f}",
                height=1,
            )
        )
    return element("svg", *bars, viewBox="0 0 1 1", preserveAspectRatio="none")
