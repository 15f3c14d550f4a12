"""The server log of a Postgres service, derived from states, statements and routine tasks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from clickhouse_cloud_async.emulation.clock import HOUR, moment_at, timestamp

from .windows import Window, running
from .workload import PATTERNS, executions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from random import Random

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

MAX_DAYS = 30

_CHECKPOINTS = 4
"""Number of checkpoints per hour."""

_Line: TypeAlias = tuple[int, str, str]
"""A log line: emulated second, severity and text."""

_ON_STATES: Mapping[str, str] = {
    "running": "database system is ready to accept connections",
    "restarting": "received fast shutdown request",
    "replaying_wal": "starting point-in-time recovery",
    "finalizing_restore": "archive recovery complete",
    "deleting": "received fast shutdown request",
}

_INCIDENTS = (
    ("LOG", "could not receive data from client: Connection reset by peer"),
    ("LOG", 'automatic vacuum of table "shop.public.sessions": index scans: 1'),
    ("LOG", 'automatic analyze of table "shop.public.orders"'),
    ("WARNING", "there is already a transaction in progress"),
    ("ERROR", 'duplicate key value violates unique constraint "customers_email_key"'),
    ("FATAL", 'password authentication failed for user "reporting"'),
)


def lines(
    organization: Organization, service: JsonObject, window: Window, query: Mapping[str, str]
) -> list[JsonObject]:
    """Return the lines in a window, both ends included, filtered and sorted by a query."""
    # Lines are at whole seconds, so this includes the end.
    past = Window(window.begin, math.floor(min(window.end, organization.world.elapsed)) + 1)
    found = sorted(
        line
        for source in (_of_states, _of_statements, _of_routine)
        for line in source(organization, service, past)
        if past.begin <= line[0] < past.end
    )
    if query["sort_order"] == "desc":
        found.reverse()
    severity, text = query.get("severity"), query.get("body_contains", "")
    return [
        {"timestamp": timestamp(moment_at(at)), "severity": kind, "body": body}
        for at, kind, body in found
        if severity in {None, kind} and text in body
    ]


def _of_states(
    _organization: Organization, service: JsonObject, _window: Window
) -> Iterator[_Line]:
    for since, state in service["_history"]:
        if state in _ON_STATES:
            yield int(since), "LOG", _ON_STATES[state]


def _of_statements(
    organization: Organization, service: JsonObject, window: Window
) -> Iterator[_Line]:
    for pattern in PATTERNS:
        for at, run in executions(organization, service, pattern, window):
            if "errMessage" in run:
                yield at, "ERROR", run["errMessage"]
            else:
                milliseconds = run["durationUs"] / 1000
                yield at, "LOG", f"duration: {milliseconds:.3f} ms  statement: {pattern.text}"


def _of_routine(organization: Organization, service: JsonObject, window: Window) -> Iterator[_Line]:
    for span in running(service, window):
        for hour in range(int(span.begin // HOUR), int(span.end // HOUR) + 1):
            random = organization.world.draw("postgres", service["id"], "logs", str(hour))
            for line in _in_hour(hour * HOUR, random):
                if span.begin <= line[0] < span.end:
                    yield line


def _in_hour(begin: int, random: Random) -> Iterator[_Line]:
    for number in range(_CHECKPOINTS):
        at = begin + number * HOUR // _CHECKPOINTS + random.randrange(60)
        buffers, took = random.randint(40, 9000), random.randint(20, 260)
        yield at, "LOG", "checkpoint starting: time"
        yield at + took, "LOG", f"checkpoint complete: wrote {buffers} buffers; total={took}.000 s"
    for severity, body in random.sample(_INCIDENTS, random.randrange(4)):
        yield begin + random.randrange(HOUR), severity, body
