"""Metrics of services and Postgres services.

An emulated service that does not accept SQL has no load, so its metrics are invented: steady rates
that depend on the service, and a level that follows the time of day. Counters grow while a service
runs. The metrics of a service that accepts SQL are real.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import attrs

from clickhouse_cloud_async.apis.clickhouse.emulator import data
from clickhouse_cloud_async.apis.clickhouse.emulator.billing import metering
from clickhouse_cloud_async.apis.clickhouse.emulator.billing.billing import READ_RATE
from clickhouse_cloud_async.apis.clickhouse.emulator.billing.metering import RUNNING
from clickhouse_cloud_async.emulation.clock import DAY

from .exposition import Family

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@attrs.frozen(kw_only=True)
class Load(data.Activity):
    """The activity of a service, and its size.

    Args:
        since: Seconds for which it has run without interruption.
        size: Its gigabytes of memory, or 1 for a Postgres service.
    """

    since: float
    size: float


@attrs.frozen
class Metric:
    """A metric of a running service.

    Args:
        name: Its name.
        kind: ``counter`` or ``gauge``.
        text: Its description.
        value: Its value under a load.
        essential: Whether filtered responses include it.
    """

    name: str
    kind: Literal["counter", "gauge"]
    text: str
    value: Callable[[Load], float]
    essential: bool = False


SERVICE_METRICS = (
    Metric("ClickHouseProfileEvents_Query", "counter", "Queries that were begun.",
           lambda load: load.selects + load.inserts + load.others, essential=True),
    Metric("ClickHouseProfileEvents_SelectQuery", "counter", "Read queries that were started.",
           lambda load: load.selects),
    Metric("ClickHouseProfileEvents_InsertQuery", "counter", "Write queries that were started.",
           lambda load: load.inserts),
    Metric("ClickHouseProfileEvents_FailedQuery", "counter", "Queries that failed.",
           lambda load: load.failed, essential=True),
    Metric("ClickHouseProfileEvents_InsertedRows", "counter", "Rows that were written.",
           lambda load: load.rows),
    Metric("ClickHouseProfileEvents_InsertedBytes", "counter", "Bytes that were written.",
           lambda load: load.written_bytes),
    Metric("ClickHouseProfileEvents_SelectedRows", "counter", "Rows that were read.",
           lambda load: load.read_rows),
    Metric("ClickHouseProfileEvents_SelectedBytes", "counter", "Bytes that were read.",
           lambda load: load.read_bytes),
    Metric("ClickHouseProfileEvents_QueryTimeMicroseconds", "counter",
           "Time of all queries, in microseconds.", lambda load: load.nanoseconds // 1000),
    Metric("ClickHouseProfileEvents_OSCPUVirtualTimeMicroseconds", "counter",
           "Processor time that was used, in microseconds.",
           lambda load: load.processor // 1000),
    Metric("ClickHouseProfileEvents_NetworkReceiveBytes", "counter",
           "Bytes that were received.", lambda load: load.received),
    Metric("ClickHouseProfileEvents_NetworkSendBytes", "counter",
           "Bytes that were sent.", lambda load: load.sent),
    Metric("ClickHouseMetrics_Query", "gauge", "Queries that run.",
           lambda load: load.running, essential=True),
    Metric("ClickHouseMetrics_TCPConnection", "gauge", "Connections of the native protocol.",
           lambda load: load.tcp),
    Metric("ClickHouseMetrics_HTTPConnection", "gauge", "Connections of the HTTP interface.",
           lambda load: load.http),
    Metric("ClickHouseAsyncMetrics_CGroupMaxMemory", "gauge", "Memory of the service, in bytes.",
           lambda load: int(load.size * 2**30), essential=True),
    Metric("ClickHouseAsyncMetrics_CGroupMemoryUsed", "gauge", "Memory in use, in bytes.",
           lambda load: load.memory, essential=True),
    Metric("ClickHouseAsyncMetrics_Uptime", "gauge", "Seconds since the servers started.",
           lambda load: load.since, essential=True),
    Metric("ClickHouseAsyncMetrics_TotalBytesOfMergeTreeTables", "gauge",
           "Data in the tables, in bytes.", lambda load: load.stored, essential=True),
)  # fmt: skip
"""The metrics of a service."""

POSTGRES_METRICS = (
    Metric("PostgresServer_UptimeSeconds", "gauge", "Seconds since the server started.",
           lambda load: load.since),
    Metric("PostgresServer_Transactions", "counter", "Transactions that ended.",
           lambda load: load.selects + load.inserts),
    Metric("PostgresServer_RolledBackTransactions", "counter", "Transactions that were undone.",
           lambda load: load.inserts // 1000),
    Metric("PostgresServer_ActiveConnections", "gauge", "Connections in use.",
           lambda load: load.tcp),
)  # fmt: skip
"""The metrics of a Postgres service."""


def service_families(
    organization: Organization, services: Iterable[JsonObject], *, filtered: bool
) -> list[Family]:
    """Return the metrics of services; one that does not run has only its information.

    Args:
        organization: Their organisation.
        services: The services.
        filtered: Whether to include only the essential metrics.
    """
    labelled = _labelled(organization, "clickhouse", services)
    info = Family(
        "ClickHouse_ServiceInfo",
        "gauge",
        "Information about the service; always 1.",
        tuple(
            (
                labels
                | {
                    "clickhouse_service_status": service["state"],
                    "clickhouse_version": service["clickhouseVersion"],
                },
                1,
            )
            for labels, service in labelled
        ),
    )
    metrics = [metric for metric in SERVICE_METRICS if metric.essential or not filtered]
    return [info, *_measured(organization, "service", metrics, labelled)]


def postgres_families(organization: Organization, services: Iterable[JsonObject]) -> list[Family]:
    """Return the metrics of Postgres services; one that does not run has only that metric.

    Args:
        organization: Their organisation.
        services: The services.
    """
    labelled = _labelled(organization, "postgres", services)
    up = Family(
        "PostgresServer_Up",
        "gauge",
        "Whether the server runs.",
        tuple(
            (labels, int(service["state"] in RUNNING["postgres"])) for labels, service in labelled
        ),
    )
    return [up, *_measured(organization, "postgres", POSTGRES_METRICS, labelled)]


def _labelled(
    organization: Organization, prefix: str, services: Iterable[JsonObject]
) -> list[tuple[dict[str, str], JsonObject]]:
    """Yield services with the labels that identify them."""
    return [
        (
            {
                "clickhouse_org": organization.id,
                f"{prefix}_service": service["id"],
                f"{prefix}_service_name": service["name"],
            },
            service,
        )
        for service in services
    ]


def _measured(
    organization: Organization,
    kind: str,
    metrics: Sequence[Metric],
    labelled: Iterable[tuple[dict[str, str], JsonObject]],
) -> list[Family]:
    loads = [
        (labels, _load(organization, service["id"]))
        for labels, service in labelled
        if service["state"] in RUNNING[kind]
    ]
    return [
        Family(
            metric.name,
            metric.kind,
            metric.text,
            tuple((labels, metric.value(load)) for labels, load in loads),
        )
        for metric in metrics
    ]


def _load(organization: Organization, service_id: str) -> Load:
    random = organization.world.draw("load", service_id)
    reads, writes, phase = random.uniform(1, 20), random.uniform(0.1, 5), random.random()
    running = metering.usages(organization)[service_id]["running"]
    uptime = metering.uptime(organization, service_id)
    level = (1 + math.sin(math.tau * (organization.world.elapsed / DAY + phase))) / 2
    size = running[-1][1]
    load = Load(
        since=round(organization.world.elapsed - _began(running), 3),
        size=size,
        stored=metering.data_bytes(organization, service_id),
        selects=int(reads * uptime),
        inserts=int(writes * uptime),
        others=0,
        failed=int(reads * uptime / 1000),
        rows=1000 * int(writes * uptime),
        written_bytes=100_000 * int(writes * uptime),
        read_rows=10_000 * int(reads * uptime),
        read_bytes=1_000_000 * int(reads * uptime),
        nanoseconds=20_000_000 * int((reads + writes) * uptime),
        processor=1000 * int(size / 4 * 1e5 * uptime),
        received=100_000 * int(writes * uptime),
        sent=int(READ_RATE * uptime),
        running=round(reads * level),
        http=round(20 * level),
        tcp=round(10 * level),
        memory=int(size * 2**30 * (0.2 + 0.5 * level)),
    )
    path = (*organization.path, "services", service_id)
    if organization.world.store.peek(path) is None:
        return load
    return _really(load, data.activity(organization.world, path))


def _really(load: Load, activity: data.Activity | None) -> Load:
    """Replace invented values by the real usage of a service, if it is known."""
    return load if activity is None else attrs.evolve(load, **attrs.asdict(activity))


def _began(running: Sequence[Sequence[float]]) -> float:
    """Return when the current run began; a change of size does not end a run."""
    began: float = running[-1][0]
    for moment, size in reversed(running):
        if not size:
            break
        began = moment
    return began
