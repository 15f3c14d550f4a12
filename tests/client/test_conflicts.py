"""Requests that the API refuses with 409 for a while, because a transition is not over."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    CloudError,
    ConflictError,
    Polling,
    RetryPolicy,
)
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse

if TYPE_CHECKING:
    from clickhouse_cloud_async import RetryInfo

REFUSED = ErrorResponse(409, "the service is not ready for this")
STOPPED = [{"name": "etl", "state": "stopped"}]
POSTGRES: dict[str, Any] = {
    "name": "shop",
    "provider": "aws",
    "region": "us-east-1",
    "ip_access_list": [],
    "size": "r6gd.medium",
}
SPEED = 600.0
"""A pause of 10 s takes 17 ms."""


def open_client(emulator: Emulator, **options: Any) -> AsyncClickHouseCloud:
    """A client whose pauses are as much shorter as the emulator's time is faster."""
    options = {"polling": Polling(speed=SPEED), "rate_limit": None} | options
    return AsyncClickHouseCloud(
        emulator.api_key, emulator.api_secret, base_url=emulator.url, **options
    )


async def test_hook_log_and_counts_show_each_retry(caplog: pytest.LogCaptureFixture) -> None:
    """There are more of them than the policy has attempts, which are for failures."""
    retries: list[RetryInfo] = []
    async with (
        Emulator(STOPPED, time_scale=SPEED) as emulator,
        open_client(emulator, on_retry=retries.append) as cloud,
    ):
        service = await cloud.services.get_by_name("etl")
        emulator.faults.add(REFUSED, operation="instanceDelete", count=7)
        with caplog.at_level(logging.INFO):
            await cloud.services.delete(service.id)
        await cloud.services.wait_until_gone(service.id)

    assert [retry.request.attempt for retry in retries] == list(range(1, 8))
    assert all(isinstance(retry.cause, ConflictError) for retry in retries)
    assert {retry.cause.message for retry in retries} == {REFUSED.message}
    assert cloud.stats.retries == 7
    assert "status 409; attempt 8 follows" in caplog.text


async def test_failures_between_conflicts_count_as_failures() -> None:
    """Five attempts of the policy are left after as many conflicts."""
    async with Emulator(STOPPED, time_scale=SPEED) as emulator, open_client(emulator) as cloud:
        service = await cloud.services.get_by_name("etl")
        emulator.faults.add(REFUSED, operation="instanceDelete", count=5)
        emulator.faults.add(ErrorResponse(503), operation="instanceDelete", count=1)
        await cloud.services.delete(service.id)


async def test_a_state_that_forbids_the_deletion_ends_it_at_once() -> None:
    """The conflict stays as long as the service runs."""
    running = [{"name": "etl", "state": "running", "idleScaling": False}]
    async with Emulator(running, time_scale=SPEED) as emulator, open_client(emulator) as cloud:
        service = await cloud.services.get_by_name("etl")
        with pytest.raises(ConflictError, match="running"):
            await cloud.services.delete(service.id)

    assert cloud.stats.retries == 0


async def test_a_conflict_that_does_not_pass_ends_after_some_minutes() -> None:
    """By the clock of the emulator, and although the state would allow the deletion."""
    async with Emulator(STOPPED, time_scale=SPEED) as emulator, open_client(emulator) as cloud:
        service = await cloud.services.get_by_name("etl")
        emulator.faults.add(REFUSED, operation="instanceDelete")
        with pytest.raises(ConflictError, match=REFUSED.message) as caught:
            await cloud.services.delete(service.id)

    assert caught.value.attempts > 10


@pytest.mark.parametrize("options", [{"retry": RetryPolicy(attempts=1)}, {}])
async def test_no_retry_where_none_is_wanted_or_no_time_is_left(options: dict[str, Any]) -> None:
    """A policy of one attempt turns it off, and so does a timeout that is shorter than a pause."""
    async with (
        Emulator(STOPPED, time_scale=0) as emulator,
        open_client(emulator, polling=Polling(), **options) as cloud,
    ):
        service = await cloud.services.get_by_name("etl")
        emulator.faults.add(REFUSED, operation="instanceDelete")
        with pytest.raises(ConflictError):
            await cloud.services.delete(service.id, timeout=9)

    assert cloud.stats.retries == 0


async def test_closing_the_client_ends_the_pause() -> None:
    """The call ends with the conflict, and sends nothing more."""
    paused = asyncio.Event()
    async with Emulator(STOPPED, time_scale=0) as emulator:
        cloud = open_client(emulator, polling=Polling(), on_retry=lambda _: paused.set())
        service = await cloud.services.get_by_name("etl")
        emulator.faults.add(REFUSED, operation="instanceDelete")
        deletion = asyncio.ensure_future(cloud.services.delete(service.id))
        await paused.wait()
        await cloud.close()
        with pytest.raises(CloudError, match=REFUSED.message):
            await deletion


@pytest.mark.parametrize(("command", "state"), [("start", "stopped"), ("stop", "running")])
async def test_a_state_command_is_retried_too(command: str, state: str) -> None:
    """It can race with the end of the transition before it."""
    services = [{"name": "etl", "state": state, "idleScaling": False}]
    async with Emulator(services, time_scale=SPEED) as emulator, open_client(emulator) as cloud:
        service = await cloud.services.get_by_name("etl")
        emulator.faults.add(REFUSED, operation="instanceStateUpdate", count=2)
        await getattr(cloud.services, command)(service.id)

    assert cloud.stats.retries == 2


async def test_postgres_is_deleted_once_it_has_settled() -> None:
    """A replica that depends on it is no matter of time."""
    async with Emulator(time_scale=SPEED) as emulator, open_client(emulator) as cloud:
        shop = await cloud.postgres.create(**POSTGRES)
        emulator.advance(5 * 3600)
        replica = await cloud.postgres.create_read_replica(shop.id, name="reader")
        with pytest.raises(ConflictError, match="depends on this service"):
            await cloud.postgres.delete(shop.id)
        assert cloud.stats.retries == 0

        emulator.faults.add(REFUSED, operation="postgresServiceDelete", count=2)
        await cloud.postgres.delete(replica.id)

    assert cloud.stats.retries == 2
