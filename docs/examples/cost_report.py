"""Print and plot the cost of each service and each team in a period of at most 31 days."""

import asyncio
import sys
from collections import defaultdict

import matplotlib.pyplot as plt

from clickhouse_cloud_async import AsyncClickHouseCloud

TAG = "team"


async def main(first_day: str, last_day: str) -> None:
    async with AsyncClickHouseCloud() as cloud:
        services = await cloud.services.list()
        cost = await cloud.billing.get_usage_cost(from_date=first_day, to_date=last_day)
    team_of = {
        service.id: next((str(tag.value) for tag in service.tags or () if tag.key == TAG), None)
        for service in services
    }
    by_service: defaultdict[str, float] = defaultdict(float)
    by_team: defaultdict[str, float] = defaultdict(float)
    for record in cost.costs or ():
        team = team_of.get(record.service_id or "") or "without a team"
        by_team[team] += record.total_chc or 0.0
        if record.entity_name:
            by_service[record.entity_name] += record.total_chc or 0.0

    for title, totals in (("service", by_service), ("team", by_team)):
        print(f"{title:24}            CHC")
        for name in sorted(totals, key=totals.__getitem__, reverse=True):
            print(f"{name:24} {totals[name]:14.2f}")

    figure, axes = plt.subplots()
    axes.barh(list(by_team), list(by_team.values()))
    axes.set_xlabel("ClickHouse Credits")
    figure.savefig("cost.svg", bbox_inches="tight")


asyncio.run(main(*sys.argv[1:]))
