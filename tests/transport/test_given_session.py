"""A session that the caller gives: it carries the requests and is not changed."""

from __future__ import annotations

import gc
import warnings
from typing import TYPE_CHECKING

import aiohttp
import pytest

from clickhouse_cloud_async import APIConnectionError, ConfigurationError, HTTPOptions
from tests.faults.connections import partly
from tests.faults.server import FaultServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.client.stub import Stub


@pytest.fixture
async def resetting() -> AsyncIterator[FaultServer]:
    """A server that resets the connection instead of sending a response."""
    async with FaultServer(partly(b"", reset=True)) as running:
        yield running


@pytest.mark.parametrize("given", [True, False])
async def test_each_attempt_is_one_request(
    stub: Stub, resetting: FaultServer, *, given: bool
) -> None:
    """Aiohttp's own retries are off, whoever made the session."""
    async with aiohttp.ClientSession() as session:
        http = session if given else HTTPOptions()
        async with stub.client(base_url=resetting.url, http=http) as cloud:
            with pytest.raises(APIConnectionError):
                await cloud.services.list()

            assert len(resetting.arrivals) == cloud.stats.requests == 1


async def test_given_session_keeps_its_retries(stub: Stub, resetting: FaultServer) -> None:
    """What the caller sends over a session is retried by aiohttp as before a client used it."""
    async with aiohttp.ClientSession() as session, stub.client(http=session) as cloud:
        await cloud.services.list()
        with pytest.raises(aiohttp.ClientError):
            await session.get(resetting.url)

    assert len(resetting.arrivals) == 2


async def test_unknown_switch_is_refused(stub: Stub) -> None:
    """Where aiohttp cannot be kept from retrying on its own, nothing is sent."""
    async with aiohttp.ClientSession() as session:
        del session._retry_connection

        async with stub.client(http=session) as cloud:
            with pytest.raises(ConfigurationError, match=r"retries .* 3\.13\.4 or later"):
                await cloud.services.list()

    assert stub.requests == []


async def test_closing_the_given_session_closes_the_client(stub: Stub) -> None:
    """A client does not outlive its session, even where that leaves its connector open."""
    async with aiohttp.TCPConnector() as connector:
        session = aiohttp.ClientSession(connector=connector, connector_owner=False)
        async with stub.client(http=session) as cloud:
            await cloud.services.list()
            await session.close()

            with pytest.raises(ConfigurationError, match="closed"):
                await cloud.services.list()

    assert len(stub.requests) == 1


@pytest.mark.parametrize("closed", [True, False])
async def test_the_end_of_a_client_is_silent(stub: Stub, *, closed: bool) -> None:
    """A client that is closed or dropped complains about nothing, and leaves the session open."""
    async with aiohttp.ClientSession() as session:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            cloud = stub.client(http=session)
            await cloud.services.list()
            if closed:
                await cloud.close()
            del cloud
            gc.collect()

        assert not session.closed
        assert (await session.get(stub.url)).status == 200

    assert caught == []
