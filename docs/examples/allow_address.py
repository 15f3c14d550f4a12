"""Add an address to the IP access list of every service with a tag, or remove it."""

import asyncio
import sys

from clickhouse_cloud_async import AsyncClickHouseCloud
from clickhouse_cloud_async.models import IpAccessListEntry


async def main(verb: str, source: str, tag: str) -> int:
    key, _, value = tag.partition("=")
    entry = IpAccessListEntry(source=source, description="office network")
    async with AsyncClickHouseCloud() as cloud:
        services = cloud.fleet.select(tags={key: value or None})
        report = await services.update(ip_access_list={verb: [entry]})
    for outcome in report.outcomes:
        print(outcome.name, outcome.status)
    return 0 if report.is_success else 1


sys.exit(asyncio.run(main(*sys.argv[1:])))
