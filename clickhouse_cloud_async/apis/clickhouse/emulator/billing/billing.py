"""Costs and credits of an organisation."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.registry import on_create
from clickhouse_cloud_async.emulation.clock import DAY, HOUR, elapsed_at, moment_at, timestamp
from clickhouse_cloud_async.emulation.randomness import random_uuid

from . import metering, series

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.apis.clickhouse.emulator.services.tags import TagFilter
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

# The prices are invented, in credits. Only their proportions are realistic.

MEMORY_PRICE = 0.04 / HOUR
"""Price of a gigabyte of a running service's memory, per second."""

PIPE_PRICE = 0.2 / HOUR
"""Price of a processor of a running ClickPipe, per second."""

STORAGE_PRICE = 25 / 1e12 / (30 * DAY)
"""Price of a byte of data or of a backup, per second."""

TRANSFER_PRICE = 0.1 / 1e9
"""Price of a byte that a service sends to the internet."""

PIPE_TRANSFER_PRICE = 0.04 / 1e9
"""Price of a byte that a ClickPipe ingests."""

READ_RATE = 2e4
"""Bytes that a running service sends per second, if they are not counted."""

PIPE_RATE = 1e5
"""Bytes that a processor of a running ClickPipe ingests per second, if they are not counted."""

DECIMALS = 6
"""Number of decimals of costs in credits."""

_CREDITS = (("trial", 300.0, 30), ("prepaid", 10_000.0, 365))
"""Initial credits of an organisation: types, amounts, and days until they expire."""


def cost_records(
    organization: Organization, first: date, last: date, filters: Sequence[TagFilter]
) -> list[JsonObject]:
    """Return the non-zero costs of each entity on each day.

    Args:
        organization: The organisation.
        first: The first day.
        last: The last day.
        filters: Filters for the tags of services.
    """
    usages = metering.usages(organization)
    chosen = [
        usage
        for usage in usages.values()
        if (tags := _service_of(organization, usage).get("tags")) is not None
        and all(wanted.matches(tags) for wanted in filters)
    ]
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        record
        for day in days
        for usage in chosen
        for record in _records_of_day(organization, usage, day)
    ]


def credit_balances(organization: Organization) -> list[JsonObject]:
    """The credits that can be used now, in the order of their expiry."""
    return [
        balance
        for balance in _drawn_down(organization)
        if balance["remainingCredits"] > 0 and balance["_begin"] <= organization.world.elapsed
        if organization.world.elapsed < balance["_end"]
    ]


@on_create("organization")
def _grant(organization: Organization, _path: Path) -> None:
    """Add trial credits and prepaid credits to a new organisation."""
    for kind, amount, days in _CREDITS:
        balance_id = random_uuid(organization.world.draw("credits", organization.id, kind))
        begin, end = organization.world.elapsed, organization.world.elapsed + days * DAY
        organization.collection("_credits")[balance_id] = {
            "id": balance_id,
            "type": kind,
            "totalAmount": amount,
            "startDate": timestamp(moment_at(begin)),
            "expirationDate": timestamp(moment_at(end)),
            "_begin": begin,
            "_end": end,
        }


def _drawn_down(organization: Organization) -> list[JsonObject]:
    """Return every credit with its spent amount: credits are spent in the order of their expiry."""
    balances = [
        balance | {"amountSpent": 0.0} for balance in organization.collection("_credits").values()
    ]
    balances.sort(key=lambda balance: balance["_end"])
    moments = {balance[name] for balance in balances for name in ("_begin", "_end")}
    edges = sorted({moment for moment in moments if moment < organization.world.elapsed})
    for begin, end in pairwise([*edges, organization.world.elapsed]):
        owed = _total(organization, begin, end)
        for balance in balances:
            if balance["_begin"] <= begin < balance["_end"]:
                paid = min(owed, balance["totalAmount"] - balance["amountSpent"])
                balance["amountSpent"] += paid
                owed -= paid
    for balance in balances:
        balance["amountSpent"] = round(balance["amountSpent"], DECIMALS)
        remaining = balance["totalAmount"] - balance["amountSpent"]
        balance["remainingCredits"] = round(remaining, DECIMALS)
    return balances


def _total(organization: Organization, begin: float, end: float) -> float:
    return sum(
        sum(metrics.values())
        for usage in metering.usages(organization).values()
        for _, metrics in _costs(usage, begin, end)
    )


def _records_of_day(
    organization: Organization, usage: JsonObject, day: date
) -> Iterator[JsonObject]:
    midnight = elapsed_at(datetime.combine(day, time(), tzinfo=UTC))
    end = midnight + DAY
    service = _service_of(organization, usage)
    until = min(end, organization.world.elapsed, usage.get("ended", end))
    for kind, exact in _costs(usage, midnight, until):
        metrics = {name: round(cost, DECIMALS) for name, cost in exact.items()}
        if any(metrics.values()):
            warehouse = kind == "datawarehouse"
            yield {
                "dataWarehouseId": service["dataWarehouseId"],
                "serviceId": None if warehouse else service["id"],
                "date": day.isoformat(),
                "entityType": kind,
                "entityId": service["dataWarehouseId"] if warehouse else usage["id"],
                "entityName": usage["name"],
                "metrics": metrics,
                "totalCHC": round(sum(metrics.values()), DECIMALS),
                "locked": end <= organization.world.elapsed,
            }


def _costs(
    usage: JsonObject, begin: float, end: float
) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Yield the type of each entity of a usage, with its cost in a span of time."""
    until = max(begin, min(end, usage.get("ended", end)))
    if usage["kind"] == "clickpipe":
        yield "clickpipe", _pipe_costs(usage, begin, until)
    elif usage["kind"] == "service":
        if usage["isPrimary"]:
            yield "datawarehouse", _data_costs(usage, begin, until)
        yield "service", _service_costs(usage, begin, until)


def _pipe_costs(usage: JsonObject, begin: float, end: float) -> Mapping[str, float]:
    processors = series.integral(usage["running"], begin, end)
    loading = series.integral(usage["loading"], begin, end)
    ingested = _transferred(usage, begin, end, (processors - loading) * PIPE_RATE)
    return {
        "computeCHC": processors * PIPE_PRICE,
        "dataTransferCHC": ingested * PIPE_TRANSFER_PRICE,
        "initialLoadCHC": loading * PIPE_RATE * PIPE_TRANSFER_PRICE,
    }


def _data_costs(usage: JsonObject, begin: float, end: float) -> Mapping[str, float]:
    grown = usage["growth"] * series.busy_integral(usage["running"], begin, end)
    data = grown + series.integral(usage["restored"], begin, end)
    backups = series.integral(usage["backups"], begin, end)
    return {"storageCHC": data * STORAGE_PRICE, "backupCHC": backups * STORAGE_PRICE}


def _service_costs(usage: JsonObject, begin: float, end: float) -> Mapping[str, float]:
    invented = series.busy(usage["running"], begin, end) * READ_RATE
    sent = _transferred(usage, begin, end, invented)
    return {
        "computeCHC": series.integral(usage["running"], begin, end) * MEMORY_PRICE,
        "publicDataTransferCHC": sent * TRANSFER_PRICE,
    }


def _transferred(usage: JsonObject, begin: float, end: float, invented: float) -> float:
    """Return the bytes that were counted in a span of time, or the invented number."""
    transferred: series.Series | None = usage.get("transferred")
    if transferred is None:
        return invented
    return sum(size for moment, size in transferred if begin <= moment < end)


def _service_of(organization: Organization, usage: JsonObject) -> JsonObject:
    """Return the document of the service of a usage; empty for Postgres."""
    if usage["kind"] == "clickpipe":
        return metering.usages(organization)[usage["serviceId"]]
    return usage
