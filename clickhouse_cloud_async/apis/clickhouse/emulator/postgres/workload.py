"""The slow statements that run on every Postgres service.

Each pattern runs once in every period, at a time and with statistics that depend only on the seed,
the service and the period. So every request returns the same executions, regardless of its time
window.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.emulation.clock import DAY, moment_at, timestamp

from .windows import Window, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

RETENTION = 30 * DAY
"""Seconds for which executions are kept."""

_BLOCK = 8192
_ERROR_LEVEL = 21
"""Postgres' level of errors that abort a statement."""


@attrs.frozen
class Pattern:
    """A kind of statement.

    Args:
        text: Its text, with placeholders.
        database: The database that it runs in.
        user: The user that runs it.
        operation: Its first word.
        app: The application that it comes from.
        period: Seconds between two executions.
        seconds: Its typical duration.
        rows: Typical number of rows that it returns or changes.
        blocks: Typical number of blocks that it reads.
        failing: The share of executions that fail.
    """

    text: str
    database: str
    user: str
    operation: str
    app: str
    period: int
    seconds: float
    rows: int
    blocks: int
    failing: float = 0.0

    @property
    def id(self) -> str:
        """The ID of the pattern in Postgres."""
        digest = hashlib.sha256(f"{self.database}/{self.text}".encode()).digest()
        return str(int.from_bytes(digest[:8]) >> 1)

    @property
    def writes(self) -> bool:
        """Whether it needs a writable server."""
        return self.operation != "SELECT"

    @property
    def shown(self) -> JsonObject:
        """The properties of the pattern that are part of each response."""
        return {
            "queryId": self.id,
            "queryText": self.text,
            "dbName": self.database,
            "dbUser": self.user,
            "dbOperation": self.operation,
            "app": self.app,
        }


PATTERNS = (
    Pattern("SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT $2",
            "shop", "app", "SELECT", "storefront", 1500, 0.9, 50, 9_000),
    Pattern("SELECT p.id, sum(i.quantity) FROM products p JOIN order_items i ON i.product_id = p.id"
            " WHERE i.created_at > $1 GROUP BY p.id",
            "shop", "reporting", "SELECT", "dashboards", 3600, 7.5, 1_200, 210_000, 0.03),
    Pattern("SELECT count(*) FROM events WHERE payload @> $1",
            "shop", "reporting", "SELECT", "dashboards", 5400, 12.0, 1, 480_000, 0.06),
    Pattern("UPDATE inventory SET reserved = reserved + $1 WHERE sku = $2",
            "shop", "app", "UPDATE", "storefront", 2400, 1.4, 1, 60, 0.04),
    Pattern("INSERT INTO events (kind, payload, created_at) SELECT kind, payload, created_at"
            " FROM staging_events",
            "shop", "etl", "INSERT", "nightly-load", 7200, 21.0, 64_000, 130_000),
    Pattern("DELETE FROM sessions WHERE expires_at < $1",
            "shop", "app", "DELETE", "housekeeping", 4800, 3.2, 2_500, 16_000),
)  # fmt: skip


def executions(
    organization: Organization, service: JsonObject, pattern: Pattern, window: Window
) -> Iterator[tuple[int, JsonObject]]:
    """Yield emulated second and execution of a pattern on a service, in order.

    Args:
        organization: The organisation of the service.
        service: The service.
        pattern: The pattern.
        window: The window in which they started, without its end.
    """
    now = organization.world.elapsed
    past = Window(max(window.begin, now - RETENTION), min(window.end, now))
    writable: float = math.inf if service["_writableSince"] is None else service["_writableSince"]
    for span in running(service, past):
        first, last = int(span.begin // pattern.period), int(span.end // pattern.period)
        for turn in range(first, last + 1):
            random = organization.world.draw("postgres", service["id"], pattern.id, str(turn))
            moment = turn * pattern.period + random.randrange(pattern.period)
            role = "primary" if moment >= writable else "replica"
            if span.begin <= moment < span.end and not (pattern.writes and role == "replica"):
                at = timestamp(moment_at(moment))
                yield moment, {"timestamp": at, "serverRole": role, **_figures(pattern, random)}


def _figures(pattern: Pattern, random: Random) -> JsonObject:
    """Return the statistics of one execution."""
    effort = random.lognormvariate(0, 0.4)
    failed = random.random() < pattern.failing
    duration = int(pattern.seconds * effort * 1e6)
    blocks = int(pattern.blocks * effort)
    read = int(blocks * random.uniform(0.02, 0.3))
    rows = 0 if failed else math.ceil(pattern.rows * random.uniform(0.6, 1))
    changed = rows if pattern.writes else 0
    cpu = int(duration * random.uniform(0.3, 0.7))
    workers = 2 if pattern.blocks > 200_000 else 0  # noqa: PLR2004 - a large scan
    return {
        **pattern.shown,
        "pid": str(random.randint(2_000, 60_000)),
        "durationUs": duration,
        "rows": rows,
        "sharedBlksHit": blocks - read,
        "sharedBlksRead": read,
        "sharedBlksWritten": 0,
        "sharedBlksDirtied": math.ceil(changed / 20),
        "sharedBlkReadTimeUs": int(read * 0.4),
        "sharedBlkWriteTimeUs": 0,
        **dict.fromkeys(_UNUSED, 0),
        "walRecords": changed,
        "walBytes": changed * 120,
        "walFpi": math.ceil(changed * 120 / _BLOCK / 8),
        "cpuUserTimeUs": int(cpu * 0.9),
        "cpuSysTimeUs": cpu - int(cpu * 0.9),
        "parallelWorkersPlanned": workers,
        "parallelWorkersLaunched": workers,
        **(_FAILURE if failed else {}),
    }


_UNUSED = (
    "localBlksHit", "localBlksRead", "localBlksWritten", "localBlksDirtied",
    "tempBlksRead", "tempBlksWritten", "tempBlkReadTimeUs", "tempBlkWriteTimeUs",
    "jitFunctions", "jitGenerationTimeUs", "jitInliningTimeUs", "jitOptimizationTimeUs",
    "jitEmissionTimeUs", "jitDeformTimeUs",
)  # fmt: skip
"""Statistics of temporary tables, spilled sorts and compiled code, which no pattern has."""

_FAILURE = {
    "errMessage": "canceling statement due to statement timeout",
    "errSqlstate": "57014",
    "errElevel": _ERROR_LEVEL,
}
