"""Shows the progress of reading the actual state."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.output import note, stderr
from clickhouse_cloud_async.cli.progress_display import Frame, display, is_live
from clickhouse_cloud_async.desired.durations import duration

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from clickhouse_cloud_async.desired.looking import LookProgress

_MANY = 20
"""Number of requests from which their duration is announced."""


@asynccontextmanager
async def observation_progress() -> AsyncGenerator[Callable[[LookProgress], None]]:
    """Show the progress of an observation that takes many requests.

    On a terminal it is drawn in place; elsewhere one line is printed at the start.

    Yields:
        The callback for the progress.
    """
    console, progress = stderr(), list["LookProgress"]()

    def notice(now: LookProgress) -> None:
        if not progress and now.total >= _MANY and not is_live(console):
            seconds = duration(now.remaining_seconds)
            note(f"reading the actual state takes about {now.total} requests, {seconds}")
        progress[:] = [now]

    def frame() -> Frame:
        if not progress or progress[0].total < _MANY:
            return Frame([], "")
        now = progress[0]
        headline = f"reading the actual state: {now.finished} of about {now.total} requests"
        return Frame([], headline, has_bar=False, remaining=now.remaining_seconds)

    if is_live(console):
        async with display(console, frame, is_kept=False):
            yield notice
    else:
        yield notice
