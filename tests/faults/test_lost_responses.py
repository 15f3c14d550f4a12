"""Responses that get lost after a request was carried out: nothing is done twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import attrs
import pytest

from clickhouse_cloud_async import (
    APIConnectionError,
    AsyncClickHouseCloud,
    CloudError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
)
from clickhouse_cloud_async.emulator import Emulator
from tests.contract.apis import CLICKHOUSE
from tests.emulator.client import Answer
from tests.emulator.client_walk import ClientApi
from tests.emulator.walks import SEED, SERVICES, load_walks

from .calls import client, create
from .connections import only_once
from .proxy import Proxy
from .server import FaultServer
from .statuses import throttle

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from clickhouse_cloud_async.core.operation import Operation
    from tests.contract.surface import Method

pytestmark = pytest.mark.usefixtures("waits")


@attrs.define
class World:
    """An emulator, and a client that reaches it through a proxy."""

    emulator: Emulator
    proxy: Proxy
    cloud: AsyncClickHouseCloud


@attrs.frozen
class LossyApi(ClientApi):
    """Loses the response to the first request of each call, and goes on as if it had arrived.

    Args:
        proxy: The way to the emulator.
        carried_out: Ids of the operations whose responses was lost.
    """

    proxy: Proxy = attrs.field(kw_only=True)
    carried_out: set[str] = attrs.field(factory=set, kw_only=True)

    async def _call(
        self, method: Method, positional: list[Any], keywords: dict[str, Any]
    ) -> Answer:
        operation = method.operation
        assert operation is not None
        before, began = len(self.emulator.requests), datetime.now(UTC)
        self.proxy.lose_answers = 1
        if operation.idempotent:
            answer = await super()._call(method, positional, keywords)
        else:
            with pytest.raises(OutcomeUnknownError) as caught:
                await super()._call(method, positional, keywords)
            check_unknown_outcome(caught.value, operation, began)
            assert caught.value.name == _sent_name(self.emulator)
            answer = _lost(self.proxy)
        sent = self.emulator.requests[before:]
        assert [each.operation_id for each in sent] == [operation.id] * len(sent)
        assert len(sent) == 1 + operation.idempotent
        self.carried_out.add(operation.id)
        # The repeat of a deletion finds nothing, which is a success to the client.
        return _lost(self.proxy) if operation.method == "DELETE" else answer


def _lost(proxy: Proxy) -> Answer:
    head, _, body = proxy.lost.partition(b"\r\n\r\n")
    return Answer(int(head.split()[1]), {}, body.decode())


def check_unknown_outcome(
    error: OutcomeUnknownError, operation: Operation[Any], began: datetime
) -> None:
    """Check what an error says of a request that was sent once and not answered."""
    assert (error.operation, error.method, error.attempts) == (operation.id, operation.method, 1)
    assert error.sent_at is not None
    assert began <= error.sent_at <= datetime.now(UTC)
    assert type(error.__cause__) is APIConnectionError


def _sent_name(emulator: Emulator) -> str | None:
    """The name in the body of the last request."""
    body = emulator.requests[-1].body
    return body.get("name") if isinstance(body, dict) else None


def client_of(emulator: Emulator, url: str) -> AsyncClickHouseCloud:
    """A client with an emulator's credentials that finds it at some URL."""
    return client(
        url,
        api_key=emulator.api_key,
        api_secret=emulator.api_secret,
        organization_id=emulator.organization_id,
        max_response_bytes=2**24,
    )


@pytest.fixture
async def world() -> AsyncGenerator[World]:
    """An emulator with one stopped service, behind a proxy."""
    emulator = Emulator([{"state": "stopped"}], time_scale=0)
    async with emulator:
        proxy = Proxy(emulator.url)
        async with FaultServer(proxy) as server, client_of(emulator, server.url) as cloud:
            yield World(emulator, proxy, cloud)


@pytest.mark.parametrize("area", load_walks())
async def test_walk_on_which_every_first_answer_gets_lost(area: str) -> None:
    """What may be repeated succeeds with its second request; all else is carried out once.

    The walk goes on with the responses that were lost, so whatever they made has to be there.
    """
    async with (
        Emulator(SERVICES, time_scale=0, seed=SEED) as emulator,
        FaultServer(proxy := Proxy(emulator.url)) as server,
        client_of(emulator, server.url) as cloud,
        aiohttp.ClientSession() as session,
    ):
        api = LossyApi(emulator, session, client=cloud, surface=CLICKHOUSE, proxy=proxy)
        await load_walks()[area](api)

    assert api.carried_out


@pytest.mark.parametrize("lost", [0, 1, 2])
async def test_repeated_deletion(world: World, lost: int) -> None:
    """A deletion whose repeat finds nothing has succeeded; one that finds nothing has not."""
    key = (await world.cloud.api_keys.create(name="key", ip_access_list=[])).key
    world.proxy.lose_answers = lost

    await world.cloud.api_keys.delete(key.id)

    deletions = [each.status for each in world.emulator.requests if each.method == "DELETE"]
    assert deletions == [200, *[404] * lost]
    with pytest.raises(NotFoundError):
        await world.cloud.api_keys.delete(key.id)


async def test_deletion_of_nothing_after_a_throttled_attempt(world: World) -> None:
    """A 404 that follows on an attempt that was surely not carried out is a 404."""
    throttled = FaultServer(only_once(throttle(), world.proxy))
    async with throttled as server, client_of(world.emulator, server.url) as cloud:
        with pytest.raises(NotFoundError):
            await cloud.api_keys.delete("unknown")

    assert len(throttled.arrivals) == 2


# --- reconciliation ----------------------------------------------------------------------------


async def lost_creation(world: World) -> OutcomeUnknownError:
    """Try to create a service, and give the error of its unknown outcome."""
    with pytest.raises(OutcomeUnknownError) as caught:
        await create(world.cloud)
    return caught.value


async def test_reconcile_finds_the_service(world: World) -> None:
    """A service whose creation was not told is found, and it is the new one."""
    world.proxy.lose_answers = 1
    error = await lost_creation(world)

    found = await world.cloud.services.reconcile(error)

    assert found is not None
    assert found.name == error.name == "etl"
    assert [s.id for s in await world.cloud.services.list() if s.name == "etl"] == [found.id]


async def test_reconcile_finds_nothing(world: World) -> None:
    """None says that no service was created, so that creating one is safe."""
    world.proxy.lose_requests = 1
    error = await lost_creation(world)

    assert await world.cloud.services.reconcile(error) is None


async def test_reconcile_leaves_older_services_alone(world: World) -> None:
    """A service that had the name long before is not taken for the new one."""
    await create(world.cloud)
    world.emulator.advance(3600)
    world.proxy.lose_requests = 1
    error = await lost_creation(world)

    assert await world.cloud.services.reconcile(error) is None


async def test_reconcile_does_not_guess(world: World) -> None:
    """Where two new services have the name, the error names both."""
    await create(world.cloud)
    world.proxy.lose_answers = 1
    error = await lost_creation(world)

    with pytest.raises(CloudError, match="several services") as caught:
        await world.cloud.services.reconcile(error)

    for service in await world.cloud.services.list():
        assert (service.id in caught.value.message) == (service.name == "etl")


async def test_reconcile_refuses_other_errors(world: World) -> None:
    """An error about something else is no question that services can answer."""
    world.proxy.lose_answers = 1
    with pytest.raises(OutcomeUnknownError) as caught:
        await world.cloud.api_keys.create(name="key", ip_access_list=[])

    with pytest.raises(InvalidArgumentError):
        await world.cloud.services.reconcile(caught.value)
