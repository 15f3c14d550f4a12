"""Replace an API key by a new one with the same rights, without a moment in which none works."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from clickhouse_cloud_async import AsyncClickHouseCloud, Secret

OVERLAP = timedelta(days=1)
"""For how long both keys work, so that every program has time to change over."""


async def main(name: str) -> None:
    async with AsyncClickHouseCloud() as cloud:
        old = next(key for key in await cloud.api_keys.list() if key.name == name)
        new = await cloud.api_keys.create(
            name=name,
            assigned_role_ids=[role.role_id for role in old.assigned_roles or ()],
            ip_access_list=old.ip_access_list or [],
        )
        assert new.key_id is not None
        assert new.key_secret is not None, "shown this once"
        store(name, new.key_id, new.key_secret)
        # The old key ends by itself, even if this program does not come back to delete it.
        await cloud.api_keys.update(
            old.id, name=f"{name} (old)", expire_at=datetime.now(UTC) + OVERLAP
        )
        print(f"{name}: a new key works, the old one ends tomorrow")


def store(name: str, key_id: str, key_secret: Secret) -> None:
    """Hand the key to the programs that use it: put the call of your secret store here."""
    print(f"stored {name}: {len(key_id)} and {len(key_secret.reveal())} characters")


asyncio.run(main(sys.argv[1]))
