"""Opening, sharing, closing and forgetting a client."""

from __future__ import annotations

import asyncio
import gc
import warnings
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from clickhouse_cloud_async import (
    APIConnectionError,
    AsyncClickHouseCloud,
    CloudError,
    ConfigurationError,
    __version__,
)

from .processes import run_script
from .stub import SERVICE, Gate, session_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .stub import Stub


async def test_context_manager(stub: Stub) -> None:
    """The context manager gives the client itself, and closes its connections at the end."""
    cloud = stub.client()
    async with cloud as entered:
        assert entered is cloud
        await cloud.services.list()
        session = session_of(cloud)

    assert session.closed
    transport = stub.requests[0].transport
    assert transport is None or transport.is_closing()


async def test_context_manager_lets_errors_pass(stub: Stub) -> None:
    """An error inside the context manager comes out as it is, with the client closed."""
    cloud = stub.client()

    async def fail() -> None:
        async with cloud:
            await cloud.services.list()
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await fail()

    with pytest.raises(ConfigurationError, match="closed"):
        await cloud.services.list()


async def test_close_twice(stub: Stub) -> None:
    """Closing a closed client does nothing."""
    cloud = stub.client()
    await cloud.services.list()

    await cloud.close()
    await cloud.close()


async def test_close_unused(stub: Stub) -> None:
    """A client that was never used can be closed, and is closed then."""
    cloud = stub.client()

    await cloud.close()

    with pytest.raises(ConfigurationError, match="closed"):
        await cloud.services.list()


@pytest.mark.parametrize(
    "use",
    [
        lambda cloud: cloud.services.list(),
        lambda cloud: cloud.api_keys.list(),
        lambda cloud: anext(cloud.api_keys.iterate()),
        lambda cloud: cloud.services.delete(SERVICE),
    ],
)
async def test_use_after_close(
    stub: Stub, use: Callable[[AsyncClickHouseCloud], Awaitable[object]]
) -> None:
    """A closed client refuses every call without sending anything."""
    async with stub.client() as cloud:
        pass

    with pytest.raises(ConfigurationError, match="closed"):
        await use(cloud)

    assert stub.requests == []


async def test_close_during_a_call(stub: Stub) -> None:
    """Closing a client ends the calls under way with an error of this package."""
    stub.handler = gate = Gate()
    cloud = stub.client()
    call = asyncio.create_task(cloud.services.list())
    await gate.entered.wait()

    await cloud.close()

    with pytest.raises(CloudError):
        await call


async def test_dropped_unclosed(stub: Stub) -> None:
    """A client that is dropped with open connections warns whoever develops with it."""
    cloud = stub.client()
    await cloud.services.list()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del cloud
        gc.collect()

    ours = [each for each in caught if "AsyncClickHouseCloud" in str(each.message)]
    assert [each.category for each in ours] == [ResourceWarning]
    assert "close()" in str(ours[0].message)


@pytest.mark.parametrize("used", [True, False])
async def test_dropped_properly(stub: Stub, *, used: bool) -> None:
    """A client that was closed, or that never made a connection, is dropped without a warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cloud = stub.client()
        if used:
            await cloud.services.list()
            await cloud.close()
        del cloud
        gc.collect()

    assert caught == []


async def test_own_session(stub: Stub) -> None:
    """A caller's own session carries the requests and stays open."""
    async with aiohttp.ClientSession(headers={"X-Of-The-Session": "yes"}) as session:
        async with stub.client(http=session) as cloud:
            await cloud.services.list()

        assert not session.closed
        async with session.get(f"{stub.url}/other") as answer:
            assert answer.status == 200

    assert stub.requests[0].headers["X-Of-The-Session"] == "yes"


async def test_dropped_with_own_session(stub: Stub) -> None:
    """A client with a caller's session leaves nothing open, so dropping it is silent."""
    async with aiohttp.ClientSession() as session:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            cloud = stub.client(http=session)
            await cloud.services.list()
            del cloud
            gc.collect()

    assert caught == []


async def test_own_session_that_raises(stub: Stub) -> None:
    """A session that raises for a status of its own accord does not change our errors."""
    stub.answer({"error": "gone"}, 404)

    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        stub.client(http=session) as cloud,
    ):
        with pytest.raises(CloudError, match="gone") as caught:
            await cloud.services.get(SERVICE)

    assert caught.value.status == 404


async def test_own_session_that_is_closed(stub: Stub) -> None:
    """A caller's session that is closed already is told as an error of this package."""
    async with aiohttp.ClientSession() as session:
        pass

    async with stub.client(http=session) as cloud:
        with pytest.raises((ConfigurationError, APIConnectionError), match="closed"):
            await cloud.services.list()


async def test_two_hundred_concurrent_calls(stub: Stub) -> None:
    """Two hundred calls at once on one client all get their own answer."""

    async def echo(cloud: AsyncClickHouseCloud, name: str) -> bool:
        return (await cloud.services.get(name)).name == name

    stub.handler = naming

    async with stub.client() as cloud:
        right = await asyncio.gather(*(echo(cloud, f"service-{n}") for n in range(200)))

    assert all(right)
    assert len(stub.requests) == 200


async def naming(request: web.Request) -> web.StreamResponse:
    """Answer with a service that has the last segment of the path as its name."""
    return web.json_response({"result": {"name": request.path.rpartition("/")[2]}})


def test_second_event_loop() -> None:
    """A client works in a second `asyncio.run`, without a complaint about the first one's rest."""
    outcome = run_script(
        """
        import asyncio
        from clickhouse_cloud_async import AsyncClickHouseCloud
        from clickhouse_cloud_async.emulator import Emulator

        async def use(cloud, close):
            print(len(await cloud.services.list()))
            if close:
                await cloud.close()

        with Emulator(services=2) as emulator:
            cloud = AsyncClickHouseCloud(
                emulator.api_key, emulator.api_secret, base_url=emulator.url
            )
            asyncio.run(use(cloud, False))
            asyncio.run(use(cloud, True))
        """
    )

    assert outcome == (0, "2\n2\n", "")


async def test_client_is_made_outside_a_loop(stub: Stub) -> None:
    """Making a client needs no running event loop."""
    cloud = await asyncio.to_thread(stub.client)

    async with cloud:
        assert await cloud.services.list() == []


async def test_user_agent(stub: Stub) -> None:
    """Requests name this package and its version."""
    async with stub.client() as cloud:
        await cloud.services.list()

    assert (
        stub.requests[0].headers["User-Agent"].startswith(f"clickhouse-cloud-async/{__version__}")
    )


async def test_connections_are_reused(stub: Stub) -> None:
    """Calls one after the other share a connection."""
    async with stub.client() as cloud:
        for _ in range(3):
            await cloud.services.list()
        transports = {request.transport for request in stub.requests}

    assert len(transports) == 1
