"""Restore the newest backup of a service into a new one, check it, and delete it again."""

import asyncio
import sys

from clickhouse_cloud_async import AsyncClickHouseCloud


async def main(name: str) -> None:
    async with AsyncClickHouseCloud() as cloud:
        service = await cloud.services.get_by_name(name)
        backups = await cloud.backups.list(service.id)
        newest = next(backup for backup in backups if backup.status == "done")
        created = await cloud.services.create(
            name=f"{name} drill",
            provider=service.provider,
            region=service.region,
            backup_id=newest.id,
            ip_access_list=[],
        )
        try:
            drill = await cloud.services.wait_until(created.service.id, "running")
            check(drill.name)
        finally:
            await delete(cloud, created.service.id)
        print(f"the backup of {newest.started_at:%d %B %Y} can be restored")


def check(name: str) -> None:
    """Check the data. Add your queries here."""
    print(f"{name} runs")


async def delete(cloud: AsyncClickHouseCloud, service_id: str) -> None:
    await cloud.services.stop(service_id)
    await cloud.services.wait_until(service_id, "stopped")
    await cloud.services.delete(service_id)
    await cloud.services.wait_until_gone(service_id)


asyncio.run(main(sys.argv[1]))
