"""The IP access lists of new API keys."""

from __future__ import annotations

import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    CloudError,
    InvalidArgumentError,
)
from clickhouse_cloud_async.emulator import Emulator


async def test_key_without_access_list_is_refused_unsent() -> None:
    """The error asks for the list, because the API would make a key for use from nowhere."""
    async with (
        Emulator(time_scale=0) as emulator,
        AsyncClickHouseCloud(emulator.api_key, emulator.api_secret, base_url=emulator.url) as cloud,
    ):
        with pytest.raises(InvalidArgumentError, match=r'ip_access_list: .*"anywhere".*\[\]'):
            await cloud.api_keys.create(name="key")

        assert emulator.requests == []


async def test_key_for_use_from_anywhere_works_and_one_for_nowhere_does_not() -> None:
    """`"anywhere"` allows every address, an empty list none."""
    async with (
        Emulator(time_scale=0) as emulator,
        AsyncClickHouseCloud(emulator.api_key, emulator.api_secret, base_url=emulator.url) as cloud,
    ):
        usable = await cloud.api_keys.create(name="usable", ip_access_list="anywhere")
        useless = await cloud.api_keys.create(name="useless", ip_access_list=[])
        assert [entry.source for entry in usable.key.ip_access_list or ()] == ["0.0.0.0/0"]
        for created in (usable, useless):
            assert created.key_id is not None
            assert created.key_secret is not None
            async with AsyncClickHouseCloud(
                created.key_id, created.key_secret, base_url=emulator.url
            ) as other:
                if created is usable:
                    assert (await other.identity.whoami()) is not None
                    continue
                with pytest.raises(CloudError) as caught:
                    await other.identity.whoami()
                assert caught.value.status in {401, 403}
