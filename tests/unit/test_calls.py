"""Single calls: requests, retries and errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from yarl import URL

from clickhouse_cloud_async import (
    APIConnectionError,
    ClickHouseCloud,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseDecodeError,
    RetryPolicy,
    ServerError,
)

from .conftest import BASE, SETTINGS

if TYPE_CHECKING:
    from aioresponses import aioresponses

    from clickhouse_cloud_async import AsyncClickHouseCloud

SERVICES = f"{BASE}/services"
SERVICE = f"{SERVICES}/s-1"
CREATION: dict[str, Any] = {"name": "etl", "provider": "aws", "region": "us-east-1"}


def sent(mocked: aioresponses) -> list[tuple[str, str]]:
    """Method and address of every request, in order of the addresses."""
    return [(method, str(url)) for (method, url), calls in mocked.requests.items() for _ in calls]


def body_of(mocked: aioresponses, method: str, url: str) -> Any:
    """The JSON that was sent with the only request to an address."""
    (call,) = mocked.requests[method, URL(url)]
    return json.loads(call.kwargs["data"])


# --- what is sent ------------------------------------------------------------------------------


async def test_get(mocked: aioresponses, cloud: AsyncClickHouseCloud) -> None:
    """Path parameters stand in the path, credentials in a header, and the result is a model."""
    mocked.get(SERVICE, payload={"result": {"id": "s-1", "name": "etl"}})

    async with cloud:
        assert (await cloud.services.get("s-1")).name == "etl"

    (call,) = mocked.requests["GET", URL(SERVICE)]
    assert call.kwargs["headers"]["Authorization"].startswith("Basic ")
    assert call.kwargs["data"] is None


async def test_query(mocked: aioresponses, cloud: AsyncClickHouseCloud) -> None:
    """Lists in a query are repeated, and their values percent-encoded."""
    mocked.get(f"{SERVICES}?filter=tag%3Aenv%3Dprod&filter=tag%3Ateam", payload={"result": []})

    async with cloud:
        await cloud.services.list(filter=["tag:env=prod", "tag:team"])

    assert len(sent(mocked)) == 1


async def test_body(mocked: aioresponses, cloud: AsyncClickHouseCloud) -> None:
    """A body holds what was given, by the API's own names, and nothing else."""
    mocked.post(SERVICES, payload={"result": {"service": {"id": "s-1"}, "password": "p"}})

    async with cloud:
        created = await cloud.services.create(**CREATION, min_replica_memory_gb=16)

    assert body_of(mocked, "POST", SERVICES) == CREATION | {"minReplicaMemoryGb": 16}
    assert created.password is not None
    assert created.password.reveal() == "p"


@pytest.mark.parametrize("service_id", ["", ".", "..", None])
async def test_bad_argument_is_not_sent(
    mocked: aioresponses, cloud: AsyncClickHouseCloud, service_id: Any
) -> None:
    """What would name another path is refused before anything is sent."""
    async with cloud:
        with pytest.raises(InvalidArgumentError, match="serviceId"):
            await cloud.services.get(service_id)

    assert sent(mocked) == []


# --- retries -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    [
        {"status": 503},
        {"status": 429},
        {"exception": aiohttp.ServerDisconnectedError()},
        {"exception": TimeoutError()},
        {"payload": {"status": 502, "error": "bad gateway"}},
    ],
)
async def test_read_is_retried(
    mocked: aioresponses, cloud: AsyncClickHouseCloud, failure: dict[str, Any]
) -> None:
    """A read is sent again where another attempt may succeed."""
    mocked.get(SERVICE, **failure)
    mocked.get(SERVICE, payload={"result": {"name": "etl"}})

    async with cloud:
        assert (await cloud.services.get("s-1")).name == "etl"
        assert cloud.stats.retries == 1


@pytest.mark.parametrize(
    "failure", [{"status": 502}, {"exception": aiohttp.ServerDisconnectedError()}]
)
async def test_creation_is_not_retried(
    mocked: aioresponses, cloud: AsyncClickHouseCloud, failure: dict[str, Any]
) -> None:
    """A creation that may have been carried out is sent once, and the error says so."""
    mocked.post(SERVICES, **failure, repeat=True)

    async with cloud:
        with pytest.raises(OutcomeUnknownError) as caught:
            await cloud.services.create(**CREATION)

    assert len(sent(mocked)) == 1
    assert caught.value.name == "etl"


async def test_attempts_of_the_policy(mocked: aioresponses, cloud: AsyncClickHouseCloud) -> None:
    """After the last attempt its error is raised; another policy has another number of them."""
    mocked.get(SERVICE, status=500, repeat=True)

    async with cloud:
        with pytest.raises(ServerError) as caught:
            await cloud.services.get("s-1")
        assert (caught.value.attempts, len(sent(mocked))) == (3, 3)

        once = cloud.with_options(retry=RetryPolicy(attempts=1))
        with pytest.raises(ServerError):
            await once.services.get("s-1")
        assert len(sent(mocked)) == 4


# --- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("response", "error"),
    [
        ({"status": 404, "payload": {"error": "no such service"}}, NotFoundError),
        ({"status": 409, "payload": {"error": "it is stopping"}}, ConflictError),
        ({"status": 429, "headers": {"X-RateLimit-Reset": "3600"}}, RateLimitError),
        ({"payload": {"status": 404, "error": "no such service"}}, NotFoundError),
        ({"body": "<html>"}, ResponseDecodeError),
        ({"payload": {"status": 200}}, ResponseDecodeError),
        ({"exception": aiohttp.ClientOSError(104, "reset"), "repeat": True}, APIConnectionError),
    ],
)
async def test_error(
    mocked: aioresponses,
    cloud: AsyncClickHouseCloud,
    response: dict[str, Any],
    error: type[Exception],
) -> None:
    """Each kind of failure has its class; the words of the API are the message."""
    mocked.get(SERVICE, **response)

    async with cloud:
        with pytest.raises(error) as caught:
            await cloud.services.get("s-1")

    words = response.get("payload", {}).get("error", "")
    assert words in str(caught.value)
    assert "planted" not in str(caught.value)


# --- the sync facade ---------------------------------------------------------------------------


def test_sync_call(mocked: aioresponses) -> None:
    """The client without `await` sends the same request and gives the same result."""
    mocked.get(SERVICES, payload={"result": [{"id": "s-1"}, {"id": "s-2"}]})
    mocked.delete(SERVICE, status=404, payload={"error": "gone"})

    with ClickHouseCloud(**SETTINGS) as cloud:
        assert [service.id for service in cloud.services.list()] == ["s-1", "s-2"]
        with pytest.raises(NotFoundError, match="gone"):
            cloud.services.delete("s-1")

    assert sent(mocked) == [("GET", SERVICES), ("DELETE", SERVICE)]


def test_sync_pages(mocked: aioresponses) -> None:
    """The next page is asked for when its first item is."""
    keys = f"{BASE}/keys"
    mocked.get(f"{keys}?limit=1", payload={"result": [{"id": "a"}], "nextCursor": "c"})
    mocked.get(f"{keys}?limit=1&cursor=c", payload={"result": [{"id": "b"}]})

    with ClickHouseCloud(**SETTINGS) as cloud:
        iterator = cloud.api_keys.iterate(limit=1)
        assert next(iterator).id == "a"
        assert len(sent(mocked)) == 1
        assert [key.id for key in iterator] == ["b"]
        assert len(sent(mocked)) == 2
