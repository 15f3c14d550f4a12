"""A query endpoint waits for its service to be provisioned."""

from __future__ import annotations

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, Polling, RetryPolicy, ServerError
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse

SPEED = 300


def client(emulator: Emulator) -> AsyncClickHouseCloud:
    """A client that keeps pace with the emulator."""
    return AsyncClickHouseCloud(
        emulator.api_key,
        emulator.api_secret,
        base_url=emulator.url,
        rate_limit=None,
        retry=RetryPolicy(attempts=2, first_wait=0),
        polling=Polling(speed=SPEED),
    )


async def test_endpoint_of_a_new_service_is_set_once_it_is_up() -> None:
    """The 500 of a service that is provisioning is no failure."""
    async with Emulator(time_scale=SPEED) as emulator, client(emulator) as cloud:
        created = await cloud.services.create(name="new", provider="aws", region="us-east-1")
        service = created.service.id
        endpoint = await cloud.query_endpoints.set(
            service, roles=["sql_console_read_only"], open_api_keys=["key"]
        )

        assert endpoint.roles == ["sql_console_read_only"]
        assert (await cloud.services.get(service)).state in {"running", "idle"}


async def test_failure_of_a_service_that_is_up_is_an_error() -> None:
    """A 500 that has nothing to do with provisioning is raised, and nothing waits."""
    async with (
        Emulator([{"name": "etl", "state": "running"}], time_scale=0) as emulator,
        client(emulator) as cloud,
    ):
        emulator.faults.add(ErrorResponse(500), operation="instanceQueryEndpointUpsert")
        service = (await cloud.services.get_by_name("etl")).id
        with pytest.raises(ServerError):
            await cloud.query_endpoints.set(
                service, roles=["sql_console_read_only"], open_api_keys=["key"]
            )
