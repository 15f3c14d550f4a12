"""The requests behind ``chcloud omnistrate status``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.omnistrate.client import AsyncOmnistrate
from clickhouse_cloud_async.cli.connection import connect

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.fleet import AsyncFleetInstance
    from clickhouse_cloud_async.cli.options import Options

_Plan = tuple[str, str, str]


async def rows_of(options: Options) -> list[dict[str, Any]]:
    """Return a row for each plan on offer.

    Args:
        options: How to reach the API and how to print.
    """
    async with connect(AsyncOmnistrate, options) as cloud:
        offered = await cloud.offerings.list()
        found = await cloud.fleet.select().list()
    states = Counter((_plan_of(each), str(each.instance.status)) for each in found)
    totals = Counter(map(_plan_of, found))
    rows: list[dict[str, Any]] = []
    for service in offered:
        for plan in service.offerings:
            key = (service.service_key, plan.environment_key, plan.product_tier_key)
            rows.append(
                {
                    "service": service.service_name,
                    "environment": plan.environment_name,
                    "plan": plan.product_tier_name,
                    "version": plan.product_tier_version,
                    "instances": totals[key],
                    "running": states[key, "RUNNING"],
                    "stopped": states[key, "STOPPED"],
                    "failed": states[key, "FAILED"],
                }
            )
    return rows


def _plan_of(each: AsyncFleetInstance) -> _Plan | None:
    if each.place is None:
        return None
    service, plan = each.place.service, each.place.plan
    return service.service_key, plan.environment_key, plan.product_tier_key
