"""API keys that may query a service for as long as a block lasts."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    ClickHouseCloud,
    CloudError,
    InvalidArgumentError,
    OutcomeUnknownError,
    RetryPolicy,
    ServerError,
    required_permissions,
)
from clickhouse_cloud_async.core.held import RequestHeld
from clickhouse_cloud_async.core.holding import holding_changes
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse, LostResponse
from clickhouse_cloud_async.models import QueryEndpointRole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from clickhouse_cloud_async.models import ServiceQueryAPIEndpoint

READ_ONLY = QueryEndpointRole.SQL_CONSOLE_READ_ONLY


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An emulator with one service."""
    async with Emulator([{"name": "analytics"}], time_scale=0) as running:
        yield running


@pytest.fixture
async def cloud(emulator: Emulator) -> AsyncIterator[AsyncClickHouseCloud]:
    """A client of it."""
    async with AsyncClickHouseCloud(
        emulator.api_key,
        emulator.api_secret,
        base_url=emulator.url,
        rate_limit=None,
        retry=RetryPolicy(attempts=1),
    ) as client:
        yield client


async def service_of(cloud: AsyncClickHouseCloud) -> str:
    """Return the ID of the service."""
    return (await cloud.services.get_by_name("analytics")).id


async def endpoint_of(cloud: AsyncClickHouseCloud) -> ServiceQueryAPIEndpoint | None:
    """Return the query endpoint of the service; None if it has none."""
    try:
        return await cloud.query_endpoints.get(await service_of(cloud))
    except CloudError:
        return None


async def key_names(cloud: AsyncClickHouseCloud) -> list[str]:
    """Return the names of the keys that were made for queries."""
    return [key.name async for key in cloud.api_keys.iterate() if key.name.startswith("query-")]


async def test_key_lasts_as_long_as_the_block(cloud: AsyncClickHouseCloud) -> None:
    """Key and endpoint are there in the block, with little rights, and gone after it."""
    async with cloud.query_endpoints.temporary_key(await service_of(cloud)) as key:
        endpoint = await endpoint_of(cloud)
        assert endpoint is not None
        assert (endpoint.open_api_keys, endpoint.roles) == ([key.id], [READ_ONLY])
        made = await cloud.api_keys.get(key.id)
        assert made.expire_at is not None
        assert made.roles == ["query_endpoints"]
    assert await endpoint_of(cloud) is None
    assert await key_names(cloud) == []


async def test_endpoint_that_exists_keeps_the_rest(cloud: AsyncClickHouseCloud) -> None:
    """Keys, roles and origins of others are as they were."""
    service = await service_of(cloud)
    await cloud.query_endpoints.set(
        service, roles=[READ_ONLY], open_api_keys=["other"], allowed_origins="https://a.example"
    )
    before = await endpoint_of(cloud)
    async with cloud.query_endpoints.temporary_key(service) as key:
        endpoint = await endpoint_of(cloud)
        assert endpoint is not None
        assert endpoint.open_api_keys == ["other", key.id]
    assert await endpoint_of(cloud) == before


async def test_endpoint_with_other_roles(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """Its roles hold for all keys, so that the key would have more rights than asked for."""
    service = await service_of(cloud)
    await cloud.query_endpoints.set(service, roles=["sql_console_admin"], open_api_keys=["other"])
    with pytest.raises(InvalidArgumentError, match="has sql_console_admin for all"):
        async with cloud.query_endpoints.temporary_key(service):
            raise AssertionError("the block must not be entered")
    assert Counter(r.operation_id for r in emulator.requests)["openapiKeyCreate"] == 0


async def test_error_in_the_block(cloud: AsyncClickHouseCloud) -> None:
    """The block's own error is raised, and the key is gone."""
    with pytest.raises(ZeroDivisionError):
        async with cloud.query_endpoints.temporary_key(await service_of(cloud)):
            raise ZeroDivisionError
    assert (await endpoint_of(cloud), await key_names(cloud)) == (None, [])


async def test_cancelled_block(cloud: AsyncClickHouseCloud) -> None:
    """Neither does a cancellation leave anything."""
    entered = asyncio.Event()

    async def work() -> None:
        async with cloud.query_endpoints.temporary_key(await service_of(cloud)):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await endpoint_of(cloud), await key_names(cloud)) == (None, [])


async def test_lost_response(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """A key whose response was lost is found by its name, and deleted."""
    emulator.faults.add(LostResponse(), operation="openapiKeyCreate", count=1)
    with pytest.raises(OutcomeUnknownError):
        async with cloud.query_endpoints.temporary_key(await service_of(cloud)):
            raise AssertionError("the block must not be entered")
    assert await key_names(cloud) == []


async def test_endpoint_that_cannot_be_set(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """A key that no endpoint knows is deleted."""
    emulator.faults.add(ErrorResponse(500), operation="instanceQueryEndpointUpsert", count=1)
    with pytest.raises(ServerError):
        async with cloud.query_endpoints.temporary_key(await service_of(cloud)):
            raise AssertionError("the block must not be entered")
    assert await key_names(cloud) == []


@pytest.mark.parametrize("fails", [False, True])
async def test_key_that_cannot_be_removed(
    emulator: Emulator,
    cloud: AsyncClickHouseCloud,
    caplog: pytest.LogCaptureFixture,
    fails: bool,  # noqa: FBT001
) -> None:
    """The log names it, and so does the error of the block, or the block's end raises."""

    async def work() -> None:
        async with cloud.query_endpoints.temporary_key(await service_of(cloud)):
            emulator.faults.add(ErrorResponse(500), operation="openapiKeyDelete")
            if fails:
                raise ZeroDivisionError

    expected = ZeroDivisionError if fails else ServerError
    with caplog.at_level(logging.WARNING), pytest.raises(expected) as caught:
        await work()
    assert "could not be removed" in caplog.text
    assert ("could not be removed" in "".join(getattr(caught.value, "__notes__", []))) == fails


async def test_dry_run_shows_the_key(cloud: AsyncClickHouseCloud) -> None:
    """The first request that changes something is that for the key; nothing is undone after it."""
    service = await service_of(cloud)
    with holding_changes(), pytest.raises(RequestHeld, match="/keys"):
        async with cloud.query_endpoints.temporary_key(service):
            raise AssertionError("the block must not be entered")


def test_key_without_await() -> None:
    """The sync facade has it as a plain context manager."""
    with (
        Emulator([{"name": "analytics"}], time_scale=0) as emulator,
        ClickHouseCloud(emulator.api_key, emulator.api_secret, base_url=emulator.url) as cloud,
    ):
        service = cloud.services.get_by_name("analytics")
        with cloud.query_endpoints.temporary_key(service.id) as key:
            assert cloud.query_endpoints.get(service.id).open_api_keys == [key.id]


def test_permissions() -> None:
    """They are those of all requests, in whatever namespace."""
    cloud = ClickHouseCloud("key", "secret")
    assert required_permissions(cloud.query_endpoints.temporary_key) == (
        *required_permissions(cloud.api_keys.create, cloud.api_keys.delete, cloud.api_keys.list),
        *required_permissions(cloud.query_endpoints.set, cloud.query_endpoints.get),
    )
    assert required_permissions(cloud.services.query) == ()
