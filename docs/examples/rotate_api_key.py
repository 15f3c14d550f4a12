"""Replace an API key with a new one that has the same permissions, without a gap."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from clickhouse_cloud_async import AsyncClickHouseCloud, Secret

OVERLAP = timedelta(days=1)
"""Time during which both keys work, so that every program can switch to the new one."""


async def main(name: str) -> None:
    async with AsyncClickHouseCloud() as cloud:
        old = next(key for key in await cloud.api_keys.list() if key.name == name)
        new = await cloud.api_keys.create(
            name=name,
            assigned_role_ids=[role.role_id for role in old.assigned_roles or ()],
            ip_access_list=old.ip_access_list or [],
        )
        assert new.key_id is not None
        assert new.key_secret is not None, "shown only in this response"
        store(name, new.key_id, new.key_secret)
        # The old key expires automatically, even if nothing deletes it.
        await cloud.api_keys.update(
            old.id, name=f"{name} (old)", expire_at=datetime.now(UTC) + OVERLAP
        )
        print(f"{name}: the new key works, the old one expires tomorrow")


def store(name: str, key_id: str, key_secret: Secret) -> None:
    """Store the key. Add the call of your secret store here."""
    print(f"stored {name}: {len(key_id)} and {len(key_secret.reveal())} characters")


asyncio.run(main(sys.argv[1]))
