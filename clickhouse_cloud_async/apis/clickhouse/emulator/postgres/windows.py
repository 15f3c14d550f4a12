"""Spans of emulated time in requests."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.emulation.clock import elapsed_at
from clickhouse_cloud_async.emulation.moments import read_moment
from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@attrs.frozen
class Window:
    """A span of time, in emulated seconds.

    Args:
        begin: Its start.
        end: Its end.
    """

    begin: float
    end: float

    @property
    def length(self) -> float:
        """Its length."""
        return self.end - self.begin


def asked_window(call: Call) -> Window:
    """Return the window in a request.

    Raises:
        Problem: 400 if it does not end after its start.
    """
    begin, end = (read_elapsed(name, call.query[name]) for name in ("from_date", "to_date"))
    window = Window(begin, end)
    if window.length <= 0:
        raise bad_request("to_date: must be later than from_date")
    return window


def read_elapsed(name: str, text: str) -> float:
    """Return the emulated seconds of a time in a request or document.

    Args:
        name: The field with the time.
        text: The time in the format of the API.
    """
    return elapsed_at(read_moment(name, text))


def running(service: JsonObject, window: Window) -> Iterator[Window]:
    """The parts of a window in which a service ran, in order."""
    history: list[tuple[float, str]] = [*service["_history"], (window.end, "")]
    for (since, state), (until, _) in pairwise(history):
        begin, end = max(since, window.begin), min(until, window.end)
        if state == "running" and begin < end:
            yield Window(begin, end)
