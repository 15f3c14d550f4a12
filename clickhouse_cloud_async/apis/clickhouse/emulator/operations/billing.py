"""Costs and credits."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.billing.billing import (
    DECIMALS,
    cost_records,
    credit_balances,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.paging import paged
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.apis.clickhouse.emulator.services.tags import tag_filters
from clickhouse_cloud_async.emulation.problems import bad_request
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

MAX_DAYS = 31


@operation("usageCostGet")
def get_usage_cost(call: Call) -> JsonObject:
    """Return the cost of each entity on each day between two dates, both included."""
    first, last = (date.fromisoformat(call.query[name]) for name in ("from_date", "to_date"))
    if last < first:
        raise bad_request("to_date: must not lie before from_date")
    if (last - first).days >= MAX_DAYS:
        raise bad_request(f"to_date: must lie at most {MAX_DAYS - 1} days after from_date")
    costs = cost_records(call.organization, first, last, tag_filters(call))
    return {"grandTotalCHC": _sum(costs, "totalCHC"), "costs": costs}


@operation("creditBalancesGet")
def get_credit_balances(call: Call) -> JsonObject:
    """The credits that can be used now."""
    balances = credit_balances(call.organization)
    return {
        "totalRemainingCredits": _sum(balances, "remainingCredits"),
        "balances": [public(balance) for balance in balances],
    }


@operation("activeBalancesGet")
def get_active_balances(call: Call) -> JsonObject:
    """Return the prepaid credits; the total is that of all pages."""
    prepaid = [
        _as_prepaid(balance)
        for balance in credit_balances(call.organization)
        if balance["type"] == "prepaid"
    ]
    return {
        "totalRemainingPrepaidCredits": _sum(prepaid, "remainingPrepaidCredits"),
        "prepaidBalances": paged(call, prepaid),
    }


def _as_prepaid(balance: JsonObject) -> JsonObject:
    shown = public(balance)
    del shown["type"]
    return shown | {"remainingPrepaidCredits": shown.pop("remainingCredits")}


def _sum(items: Iterable[JsonObject], name: str) -> float:
    total: float = sum(item[name] for item in items)
    return round(total, DECIMALS)
