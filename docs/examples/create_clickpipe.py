"""Load files of a bucket into a table, continuously, and wait until the pipe runs."""

import asyncio
import sys

from clickhouse_cloud_async import AsyncClickHouseCloud, UnreachableStateError


async def main(name: str) -> None:
    async with AsyncClickHouseCloud() as cloud:
        service = await cloud.services.get_by_name(name)
        pipe = await cloud.clickpipes.create(
            service.id,
            name="orders",
            source={
                "object_storage": {
                    "type": "s3",
                    "format": "JSONEachRow",
                    "url": "https://example-orders.s3.eu-central-1.amazonaws.com/*.json",
                    "is_continuous": True,
                }
            },
            destination={
                "database": "default",
                "table": "orders",
                "managed_table": True,
                "table_definition": {"engine": {"type": "MergeTree"}, "sorting_key": ["id"]},
                "columns": [
                    {"name": "id", "type": "UInt64"},
                    {"name": "amount", "type": "Decimal(18, 2)"},
                ],
            },
        )
        try:
            pipe = await cloud.clickpipes.wait_until(service.id, pipe.id, "Running")
        except UnreachableStateError as error:
            sys.exit(str(error))
        print(pipe.name, pipe.state)


asyncio.run(main(sys.argv[1]))
