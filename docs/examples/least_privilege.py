"""Create a key with only the permissions that one program needs."""

import asyncio
import sys

from clickhouse_cloud_async import AsyncClickHouseCloud, required_permissions


async def main(name: str, source: str) -> None:
    async with AsyncClickHouseCloud() as cloud:
        needed = required_permissions(
            cloud.services.get, cloud.services.start, cloud.services.stop, cloud.backups.list
        )
        role = await cloud.roles.create(
            name=name,
            actors=[],
            policies=[{"allow_deny": "ALLOW", "permissions": needed, "resources": ["instance/*"]}],
        )
        key = await cloud.api_keys.create(
            name=name, assigned_role_ids=[role.id], ip_access_list=[{"source": source}]
        )
        assert key.key_secret is not None, "shown only in this response"
        print(f"export CLICKHOUSE_CLOUD_API_KEY={key.key_id}")
        print(f"export CLICKHOUSE_CLOUD_API_SECRET={key.key_secret.reveal()}")


asyncio.run(main(*sys.argv[1:]))
