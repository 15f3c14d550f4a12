"""Whole responses of calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    ClickHouseCloud,
    InvalidArgumentError,
    NotFoundError,
    RetryPolicy,
)
from tests.client.stub import SERVICE

from .handlers import statuses

if TYPE_CHECKING:
    from tests.client.stub import Stub


async def test_answer_of_a_call(emulated: dict[str, Any]) -> None:
    """A call's whole response has the result and all that came with it."""
    async with AsyncClickHouseCloud(**emulated) as cloud:
        answer = await cloud.with_response(cloud.services.list, filter=["tag:env"])
        plain = await cloud.services.list(filter=["tag:env"])

    assert answer.result == plain
    assert answer.status == 200
    assert answer.request_id == answer.json()["requestId"] == answer.headers["x-request-id"]
    assert [service["id"] for service in answer.json()["result"]] == [each.id for each in plain]
    assert answer.attempts == 1
    assert answer.elapsed > 0


async def test_answer_after_repeats(stub: Stub) -> None:
    """The response says how many requests the call took."""
    stub.handler = statuses(503, 503, 200)

    async with stub.client(retry=RetryPolicy(first_wait=0)) as cloud:
        answer = await cloud.with_response(cloud.services.list)

    assert (answer.attempts, answer.status) == (3, 200)


async def test_answer_of_a_paged_list(emulated: dict[str, Any]) -> None:
    """Of a list with several pages the response is the last page's, the result is all of them."""
    async with AsyncClickHouseCloud(**emulated) as cloud:
        for index in range(4):
            await cloud.api_keys.create(name=f"key {index}", ip_access_list=[])
        answer = await cloud.with_response(cloud.api_keys.list, limit=2)

    assert [key.name for key in answer.result][1:] == [f"key {index}" for index in range(4)]
    assert [key["name"] for key in answer.json()["result"]] == ["key 3"]


async def test_answer_of_a_preset(emulated: dict[str, Any]) -> None:
    """Extensions have whole responses, too."""
    async with AsyncClickHouseCloud(**emulated) as cloud:
        (service, *_) = [each for each in await cloud.services.list() if each.state == "stopped"]
        assert service.id is not None
        answer = await cloud.with_response(cloud.services.start, service.id)

    assert answer.json()["result"]["id"] == answer.result.id == service.id


def test_sync_answers(emulated: dict[str, Any]) -> None:
    """The sync client gives whole responses of calls and paged lists."""
    with ClickHouseCloud(**emulated) as cloud:
        cloud.api_keys.create(name="another", ip_access_list=[])
        services = cloud.with_response(cloud.services.list)
        keys = cloud.with_response(cloud.api_keys.list, limit=1)

    assert (len(services.result), services.status) == (12, 200)
    assert (len(keys.result), len(keys.json()["result"])) == (2, 1)


async def test_answers_of_concurrent_calls(emulated: dict[str, Any]) -> None:
    """Calls at the same time each get their own answer."""
    async with AsyncClickHouseCloud(**emulated) as cloud:
        ids = [service.id for service in await cloud.services.list()]
        answers = await asyncio.gather(
            *(cloud.with_response(cloud.services.get, id_) for id_ in ids)
        )

    assert [answer.json()["result"]["id"] for answer in answers] == ids
    assert len({answer.request_id for answer in answers}) == len(ids)


async def test_failing_call(stub: Stub) -> None:
    """A call that fails raises as it does without."""
    stub.answer({"error": "gone"}, 404)

    async with stub.client() as cloud:
        with pytest.raises(NotFoundError, match="gone"):
            await cloud.with_response(cloud.services.get, SERVICE)


async def test_function_that_sends_nothing(stub: Stub) -> None:
    """A function that makes no call has no response."""

    async def nothing() -> None:
        pass

    async with stub.client() as cloud:
        with pytest.raises(InvalidArgumentError, match="no request"):
            await cloud.with_response(nothing)
