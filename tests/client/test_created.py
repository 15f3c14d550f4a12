"""Reads of what the same client has just created, which the API may not show yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, NotFoundError, RetryPolicy
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An emulator without services."""
    async with Emulator([], time_scale=0) as running:
        yield running


def open_client(emulator: Emulator) -> AsyncClickHouseCloud:
    """A client that retries at once."""
    return AsyncClickHouseCloud(
        emulator.api_key,
        emulator.api_secret,
        base_url=emulator.url,
        retry=RetryPolicy(first_wait=0.001, longest_wait=0.01),
    )


async def test_an_absence_of_what_was_just_created_is_retried(emulator: Emulator) -> None:
    """Another client cannot know that it is there."""
    async with open_client(emulator) as cloud, open_client(emulator) as other:
        created = await cloud.services.create(name="a", provider="aws", region="us-east-1")
        emulator.faults.add(ErrorResponse(404), operation="instanceGet", count=3)
        with pytest.raises(NotFoundError):
            await other.services.get(created.service.id)
        assert (await cloud.services.get(created.service.id)).id == created.service.id
        assert (cloud.stats.retries, other.stats.retries) == (2, 0)


async def test_an_absence_of_what_was_deleted_again_is_believed(emulator: Emulator) -> None:
    """So is that of what never was, and of what belongs to the new thing."""
    async with open_client(emulator) as cloud:
        created = await cloud.services.create(name="a", provider="aws", region="us-east-1")
        with pytest.raises(NotFoundError):
            await cloud.upgrade_windows.get(created.service.id)
        await cloud.services.delete(created.service.id)
        emulator.advance(3600)
        with pytest.raises(NotFoundError):
            await cloud.services.get(created.service.id)
        assert cloud.stats.retries == 0
