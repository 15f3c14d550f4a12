"""Answers that get lost after the API has done what it was asked: nothing is ever done twice."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from clickhouse_cloud_async import (
    APIConnectionError,
    AsyncClickHouseCloud,
    ClickHouseCloudError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
)
from clickhouse_cloud_async.emulator import Emulator
from tests.contract.test_emulator import IDS, OPERATIONS, PLAIN_METHODS, REFUSED, Walk

from .calls import client, create
from .connections import only_once
from .proxy import Proxy
from .server import FaultServer
from .statuses import throttle

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from clickhouse_cloud_async.core.contract import ContractOperation

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("waits")]


def is_repeatable(operation: ContractOperation) -> bool:
    """Whether the client may send an operation again."""
    carried_out = PLAIN_METHODS[operation.id].operation
    assert carried_out is not None
    return carried_out.repeatable


UNREPEATABLE = [operation for operation in OPERATIONS if not is_repeatable(operation)]
"""Everything that makes something, or does something, each time."""

LISTS = {
    create.id: create.path
    for create in UNREPEATABLE
    for get in OPERATIONS
    if (get.method, get.path, create.method) == ("GET", create.path, "POST")
    and create.id != "backupBucketCreate"  # there is one or none
} | {
    "postgresInstanceCreateReadReplica": "/v1/organizations/{organizationId}/postgres",
    "postgresInstanceRestore": "/v1/organizations/{organizationId}/postgres",
}
"""Path of the list of what an operation makes."""


@attrs.frozen
class World:
    """An emulator, and a client that reaches it through a proxy."""

    emulator: Emulator
    proxy: Proxy
    cloud: AsyncClickHouseCloud
    walk: Walk = attrs.field(factory=Walk)

    async def call(self, operation: ContractOperation) -> Any:
        """Carry out an operation with what its forerunners have left."""
        positional, keywords = self.walk.arguments(operation)
        name = PLAIN_METHODS[operation.id].name
        method: Any = functools.reduce(getattr, name.split("."), self.cloud)
        result = await method(*positional, **keywords)
        self.walk.remember(operation, result)
        return result

    async def prepare(self, operation: ContractOperation) -> None:
        """Create everything that an operation's path leads through, and let it come up."""
        for each in OPERATIONS:
            if each is operation:
                break
            if each.method in {"GET", "POST", "PUT"} and operation.path.startswith(f"{each.path}/"):
                await self.call(each)
        self.emulator.advance(minutes=10)

    def statuses(self, operation: ContractOperation) -> list[int]:
        """How the emulator answered the requests of an operation."""
        requests = self.emulator.requests
        return [each.status for each in requests if each.operation_id == operation.id]

    async def listed(self, operation: ContractOperation) -> int:
        """How many things there are of the kind that an operation makes, by their list."""
        ids = iter([self.emulator.organization_id, *self.walk.arguments(operation)[0]])
        path = re.sub(r"\{\w+\}", lambda _: next(ids), LISTS[operation.id])
        document = (await self.cloud.request("GET", path)).result
        found = document["result"] if isinstance(document, dict) else document
        return len(found["items"] if isinstance(found, dict) else found)


def client_of(emulator: Emulator, url: str) -> AsyncClickHouseCloud:
    """A client with an emulator's credentials that finds it at some URL."""
    return client(
        url,
        api_key=emulator.api_key,
        api_secret=emulator.api_secret,
        organization_id=emulator.organization_id,
        max_response_bytes=2**24,
    )


def sent_name(world: World) -> str | None:
    """The name in the body of the last request."""
    body = world.emulator.requests[-1].body
    return body.get("name") if isinstance(body, dict) else None


@pytest.fixture
async def world() -> AsyncGenerator[World]:
    """An emulator with one stopped service, behind a proxy."""
    emulator = Emulator([{"id": IDS["services"], "state": "stopped"}], time_scale=0)
    async with emulator:
        proxy = Proxy(emulator.url)
        async with FaultServer(proxy) as server, client_of(emulator, server.url) as cloud:
            yield World(emulator, proxy, cloud)


@pytest.mark.parametrize("operation", UNREPEATABLE, ids=lambda operation: operation.id)
async def test_unrepeatable_operation_is_sent_once(
    world: World, operation: ContractOperation
) -> None:
    """What makes something each time is carried out once, and the error says what to look for."""
    await world.prepare(operation)
    before, began = len(world.statuses(operation)), datetime.now(UTC)
    world.proxy.lose_answers = 1

    with pytest.raises(OutcomeUnknownError) as caught:
        await world.call(operation)

    error = caught.value
    assert len(world.statuses(operation)) == before + 1
    assert world.statuses(operation)[-1] < 300
    assert (error.operation, error.method, error.attempts) == (operation.id, operation.method, 1)
    assert error.sent_at is not None
    assert began <= error.sent_at <= datetime.now(UTC)
    assert error.name == sent_name(world)
    assert type(error.__cause__) is APIConnectionError


@pytest.mark.parametrize(
    "operation", [o for o in UNREPEATABLE if o.id in LISTS], ids=lambda operation: operation.id
)
async def test_nothing_is_created_twice(world: World, operation: ContractOperation) -> None:
    """After a lost answer there is one thing more, and one is what the API's own list says."""
    await world.prepare(operation)
    before = await world.listed(operation)
    world.proxy.lose_answers = 1

    with pytest.raises(OutcomeUnknownError):
        await world.call(operation)

    assert await world.listed(operation) == before + 1


def test_the_lists_of_most_creations_are_known() -> None:
    """Hardly anything is created that the API has no list of."""
    unlisted = {o.id for o in UNREPEATABLE if o.method == "POST"} - LISTS.keys()
    assert unlisted == {
        "backupBucketCreate",
        "instancePrivateEndpointCreate",
        "organizationByocInfrastructureCreate",
        "udfUploadSessionCreate",
    }


async def test_repeatable_operations_survive(world: World) -> None:
    """Everything else succeeds with its second request, though the first was carried out too."""
    failed: dict[str, str] = {}
    for operation in OPERATIONS:
        before = len(world.statuses(operation))
        world.proxy.lose_answers = int(is_repeatable(operation))
        try:
            await world.call(operation)
        except ClickHouseCloudError as error:
            failed[operation.id] = repr(error)
        else:
            assert len(world.statuses(operation)) - before == 1 + is_repeatable(operation)

    assert failed.keys() == REFUSED, failed


@pytest.mark.parametrize("lost", [0, 1, 2])
async def test_repeated_deletion(world: World, lost: int) -> None:
    """A deletion whose repeat finds nothing has succeeded; one that finds nothing has not."""
    key = (await world.cloud.api_keys.create(name="key")).key
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
    """Try to create a service, and fail in doubt."""
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

    with pytest.raises(ClickHouseCloudError, match="several services") as caught:
        await world.cloud.services.reconcile(error)

    for service in await world.cloud.services.list():
        assert (service.id in caught.value.message) == (service.name == "etl")


async def test_reconcile_refuses_other_errors(world: World) -> None:
    """An error about something else is no question that services can answer."""
    world.proxy.lose_answers = 1
    with pytest.raises(OutcomeUnknownError) as caught:
        await world.cloud.api_keys.create(name="key")

    with pytest.raises(InvalidArgumentError):
        await world.cloud.services.reconcile(caught.value)
