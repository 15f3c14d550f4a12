"""Everything in the API that changes by itself can be waited for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import NotFoundError, UnreachableStateError
from clickhouse_cloud_async.emulator import Emulator, FailedTransition

from .kinds import KINDS, MISSING, World
from .scaled import SPEED, asynchronous, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloud

    from .kinds import Kind

BASE = {"name": "base", "state": "running", "idleScaling": False}

LISTS = {
    "service": "instanceGetList",
    "postgres": "postgresServiceGetList",
    "stream": "clickPipeGetList",
    "files": "clickPipeGetList",
    "database": "clickPipeGetList",
    "endpoint": "clickPipeReversePrivateEndpointGetList",
    "backup": "backupGetList",
    "snapshot": "snapshotGetList",
    "function": "udfList",
    "version": "udfVersionList",
    "attachment": "udfAttachmentList",
    "infrastructure": "organizationGet",
}
"""What is asked where several wait."""

SECONDS_A_REQUEST = 5
"""Less than any state lasts that passes by itself."""

DELETED = [name for name, kind in KINDS.items() if kind.delete]


@pytest.fixture
def world() -> Iterator[World]:
    """An emulator with a running service, whose time is scaled."""
    with (
        Emulator([BASE], time_scale=SPEED) as emulator,
        opened(emulator) as cloud,
    ):
        yield World(emulator, cloud)


@pytest.fixture
def counted() -> Iterator[World]:
    """An emulator with a running service, in which each request takes a few seconds.

    No other time passes, so a state is seen however late a poll is.
    """

    def pass_time(_: object) -> None:
        emulator.advance(SECONDS_A_REQUEST)

    with (
        Emulator([BASE], time_scale=0, on_request=pass_time) as emulator,
        opened(emulator) as cloud,
    ):
        yield World(emulator, cloud)


def method(cloud: AsyncClickHouseCloud | ClickHouseCloud, kind: Kind, index: int) -> Any:
    """One of the methods of a kind: it waits for a state, follows or waits for the end."""
    return getattr(getattr(cloud, kind.namespace), kind.methods[index])


def state(thing: Any) -> str:
    """The state of whatever has one."""
    return str(getattr(thing, "state", None) or thing.status)


@pytest.mark.parametrize("name", KINDS)
def test_states_can_be_waited_for(world: World, name: str) -> None:
    """A wait returns the thing once it is in its state."""
    kind = KINDS[name]
    ids = kind.make(world)
    seen: list[Any] = []
    reached = method(world.cloud, kind, 0)(*ids, kind.becomes, on_progress=seen.append)

    assert state(reached) == kind.becomes
    assert seen[-1].item is reached
    assert seen[-1].state == kind.becomes


@pytest.mark.parametrize("name", KINDS)
async def test_waits_share_a_list(world: World, name: str) -> None:
    """Whoever waits beside others is served by a list, also with what does not exist."""
    kind = KINDS[name]
    ids = await asyncio.to_thread(kind.make, world)
    missing = (*ids[:-1], 99 if name == "version" else MISSING)
    async with asynchronous(world.emulator) as cloud:
        wait = method(cloud, kind, 0)
        outcomes = await asyncio.gather(
            wait(*ids, {kind.becomes}),
            wait(*missing, lambda _: True),
            return_exceptions=True,
        )

    assert state(outcomes[0]) == kind.becomes
    assert isinstance(outcomes[1], NotFoundError)
    assert LISTS[name] in {request.operation_id for request in world.emulator.requests}


@pytest.mark.parametrize("name", KINDS)
async def test_changes_can_be_followed(world: World, name: str) -> None:
    """What is followed shows its states in order, up to the one that ends it."""
    kind = KINDS[name]
    ids = await asyncio.to_thread(kind.make, world)
    async with asynchronous(world.emulator) as cloud:
        changes = [change async for change in method(cloud, kind, 1)(*ids, until=kind.becomes)]

    assert changes[0].before is None
    assert state(changes[-1].after) == kind.becomes
    assert [c.before for c in changes[1:]] == [c.after for c in changes[:-1]]


@pytest.mark.parametrize("name", KINDS)
def test_changes_can_be_followed_without_await(world: World, name: str) -> None:
    """The facade's iterator gives the same changes."""
    kind = KINDS[name]
    changes = list(method(world.cloud, kind, 1)(*kind.make(world), until={kind.becomes}))

    assert changes[0].before is None
    assert state(changes[-1].after) == kind.becomes


@pytest.mark.parametrize("name", DELETED)
def test_ends_can_be_waited_for(world: World, name: str) -> None:
    """What is deleted can be waited for to be gone, and stays gone."""
    kind = KINDS[name]
    ids = kind.make(world)
    method(world.cloud, kind, 0)(*ids, kind.becomes)
    assert kind.delete is not None
    kind.delete(world, *ids)
    for _ in range(2):
        method(world.cloud, kind, 2)(*ids)

    with pytest.raises((NotFoundError, UnreachableStateError)):
        method(world.cloud, kind, 0)(*ids, kind.becomes)


@pytest.mark.parametrize("name", DELETED)
async def test_an_end_can_be_followed(world: World, name: str) -> None:
    """Without a state to follow to, the last change is that the thing is gone."""
    kind = KINDS[name]
    ids = await asyncio.to_thread(kind.make, world)
    async with asynchronous(world.emulator) as cloud:
        await method(cloud, kind, 0)(*ids, kind.becomes)
        assert kind.delete is not None
        following = method(cloud, kind, 1)(*ids)
        changes = [await anext(following)]
        await asyncio.to_thread(kind.delete, world, *ids)
        changes += [change async for change in following]

    last = changes[-1].after
    assert state(changes[0].after) == kind.becomes
    assert last is None or state(last) == "infra-terminated"


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.fault])
async def test_dead_ends(world: World, name: str) -> None:
    """From a state that nothing leaves a wait fails at once, and names the state."""
    kind = KINDS[name]
    to, of, passing = kind.fault
    world.emulator.faults.add(FailedTransition(to, kind=of, state=passing))
    ids = await asyncio.to_thread(kind.make, world)
    async with asynchronous(world.emulator) as cloud:
        with pytest.raises(UnreachableStateError, match=f" is {to}") as caught:
            await method(cloud, kind, 0)(*ids, kind.becomes)

    assert caught.value.state == to
    assert caught.value.id == ids[-1]


@pytest.mark.parametrize(
    ("name", "to", "of", "passing"),
    [
        ("service", "failed", "service", "terminating"),
        ("postgres", "unavailable", "postgres", "deleting"),
        ("endpoint", "Failed", "reverse_private_endpoint", "Deleting"),
        ("attachment", "error", "udf_attachment", "deprovisioning"),
    ],
)
def test_deletions_that_fail(counted: World, name: str, to: str, of: Any, passing: str) -> None:
    """What was being deleted and is not any more ends the wait for its end at once."""
    world, kind = counted, KINDS[name]
    ids = kind.make(world)
    method(world.cloud, kind, 0)(*ids, kind.becomes)
    world.emulator.faults.add(FailedTransition(to, kind=of, state=passing))
    assert kind.delete is not None
    kind.delete(world, *ids)


def test_what_has_no_state(world: World) -> None:
    """The size of database pipes is waited for by its numbers, and there is none without pipes."""
    pipes = world.cloud.clickpipes
    with pytest.raises(NotFoundError):
        pipes.wait_until_cdc_scaling(world.service_id, lambda _: True)
    service_id, pipe_id = KINDS["database"].make(world)
    pipes.wait_until(service_id, pipe_id, "Running")
    before = pipes.update_cdc_scaling(world.service_id, replica_cpu_millicores=4000)
    after = pipes.wait_until_cdc_scaling(
        world.service_id, lambda size: size.replica_cpu_millicores == 4000
    )

    assert after == before


@pytest.mark.parametrize("name", KINDS)
def test_what_does_not_exist(world: World, name: str) -> None:
    """What is not there is an error for whoever waits for a state, and gone for the others."""
    kind = KINDS[name]
    parents = kind.make(world)[:-1]
    ids = (*parents, 99 if name == "version" else MISSING)
    with pytest.raises(NotFoundError):
        method(world.cloud, kind, 0)(*ids, kind.becomes)
    if kind.methods[2]:
        method(world.cloud, kind, 2)(*ids)
