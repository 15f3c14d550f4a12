"""Fixtures of the facade's tests."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from anyio.from_thread import start_blocking_portal

from clickhouse_cloud_async import ClickHouseCloud
from tests.client.processes import GUARD
from tests.client.stub import Gate, Stub

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.emulator import Emulator


def connect(emulator: Emulator) -> ClickHouseCloud:
    """Make a sync client of an emulator that sends at once."""
    return ClickHouseCloud(
        emulator.api_key, emulator.api_secret, base_url=emulator.url, rate_limit=None
    )


@pytest.fixture
def cloud(emulator: Emulator) -> Iterator[ClickHouseCloud]:
    """A sync client of the emulator."""
    with connect(emulator) as running:
        yield running


class HeldServer:
    """A server in a thread of its own that holds every request, but for those that it is told.

    Attributes:
        url: Where it listens.
        answers: Answers to requests that are not held, by method and path.
        arrivals: Released once for each request that comes.
        departures: Released once for each held request whose connection the client closes.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, object] = {}
        self.arrivals = threading.Semaphore(0)
        self.departures = threading.Semaphore(0)

    def await_arrival(self) -> None:
        """Wait until one more request has come."""
        assert self.arrivals.acquire(timeout=GUARD)

    def await_departure(self) -> None:
        """Wait until the client has given up one more request."""
        assert self.departures.acquire(timeout=GUARD)


@pytest.fixture
def held_server() -> Iterator[HeldServer]:
    """A server that answers nothing by itself and tells what becomes of the requests."""
    stub = Stub()
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(stub):
        server = HeldServer(stub.url)

        async def hold(request: web.Request) -> web.StreamResponse:
            answer = server.answers.get(f"{request.method} {request.path}")
            if answer is not None:
                return web.json_response({"result": answer})
            server.arrivals.release()
            try:
                return await Gate()(request)
            finally:
                server.departures.release()

        stub.handler = hold
        yield server
