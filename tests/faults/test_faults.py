"""Every fault of the table: the promised outcome and number of requests, nothing leaked."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

from clickhouse_cloud_async import CloudError
from tests.effort import some_of

from .calls import ATTEMPTS, KINDS, client
from .checks import GUARD, assert_no_secret, nothing_leaks
from .connections import answer_well, only_once
from .rows import ROWS
from .server import FaultServer
from .table import Where

if TYPE_CHECKING:
    from collections.abc import Generator

    from clickhouse_cloud_async import AsyncClickHouseCloud

    from .calls import Kind
    from .server import Behaviour, Wire
    from .table import Fault

PASSING = [row for row in ROWS if row.where is Where.USUAL and row.promise.of("GET").retried]
"""The faults that a second request can survive."""

CERTIFICATE = Path(__file__).parent / "self_signed.pem"


@attrs.frozen
class Meeting:
    """How a call went that met a fault.

    Attributes:
        error: What it raised; None where it gave a result.
        arrived: How many requests the server saw.
        requests: How many requests the client counted.
    """

    error: CloudError | None
    arrived: int
    requests: int


async def let_pass(_: Wire) -> None:
    """Do nothing to a connection."""


def server_of(fault: Fault, behaviour: Behaviour) -> FaultServer:
    """A server with a fault."""
    tls = None
    if fault.where is Where.SELF_SIGNED:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(CERTIFICATE)
    if fault.greets:
        return FaultServer(answer_well, greeting=behaviour, tls=tls)
    return FaultServer(behaviour, tls=tls)


@contextmanager
def url_of(fault: Fault, server: FaultServer) -> Generator[str]:
    """The URL that a fault's client is given."""
    if fault.where is not Where.NOWHERE:
        yield f"https://{server.address}" if fault.where is Where.TLS else server.url
        return
    with socket.socket() as taken:  # bound, but never listening
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


async def outcome(cloud: AsyncClickHouseCloud, kind: Kind) -> CloudError | None:
    """Make a call; give its error, or None where it has a result."""
    try:
        async with asyncio.timeout(GUARD):
            await kind.make(cloud)
    except CloudError as error:
        return error
    return None


async def meet(fault: Fault, behaviour: Behaviour, kind: Kind) -> Meeting:
    """Make a call that meets a fault."""
    async with nothing_leaks(), server_of(fault, behaviour) as server:
        with url_of(fault, server) as url:
            async with client(url, **fault.settings) as cloud:
                error = await outcome(cloud, kind)
    usual = fault.where is Where.USUAL
    arrived = [each for each in server.arrivals if each.method or usual]
    return Meeting(error, len(arrived), cloud.stats.requests)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.method)
@pytest.mark.parametrize("fault", ROWS, ids=lambda fault: fault.name)
async def test_lasting_fault(
    fault: Fault, kind: Kind, waits: list[float], logged: pytest.LogCaptureFixture
) -> None:
    """A fault that lasts ends a call as the table says, after as many requests as it says."""
    promised = fault.promise.of(kind.method)
    attempts = ATTEMPTS if promised.retried else 1
    requests = attempts + (fault.reads_state and kind.method == "DELETE")
    for behaviour in some_of(fault.variants):
        waits.clear()
        met = await meet(fault, behaviour, kind)

        assert type(met.error) is (promised.error or type(None)), repr(met.error)
        assert met.requests == requests
        assert met.error is None or met.error.attempts == attempts
        assert met.arrived == (requests if fault.where is Where.USUAL else 0)
        assert len(waits) == attempts - 1
        assert all(fault.wait[0] <= wait <= fault.wait[1] for wait in waits), waits
        assert_no_secret(met.error, logged.text)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.method)
@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.name)
@pytest.mark.usefixtures("waits")
async def test_passing_fault(fault: Fault, kind: Kind) -> None:
    """A fault that passes is survived where the request is sent again, and only there."""
    promised = fault.promise.of(kind.method)
    afterwards = let_pass if fault.greets else answer_well
    for behaviour in some_of(fault.variants):
        met = await meet(fault, only_once(behaviour, afterwards), kind)

        if promised.retried:
            assert (met.error, met.arrived, met.requests) == (None, 2, 2)
        else:
            assert type(met.error) is promised.error
            assert (met.arrived, met.requests) == (1, 1)
