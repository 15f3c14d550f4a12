"""List the services of the organisations of several profiles concurrently."""

import asyncio
import sys
from contextlib import AsyncExitStack

from clickhouse_cloud_async import AsyncClickHouseCloud
from clickhouse_cloud_async.fleet import AsyncFleet


async def main(profiles: list[str]) -> None:
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(AsyncClickHouseCloud(profile=profile))
            for profile in profiles
        ]
        fleet = AsyncFleet.of(clients)
        for each in await fleet.select().list():
            print(each.service.name, each.service.state)


asyncio.run(main(sys.argv[1:]))
