"""Calls without a complete response: broken connections, timeouts, cancellation."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import traceback
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from clickhouse_cloud_async import (
    APIConnectionError,
    APITimeoutError,
    CloudError,
    NotFoundError,
)
from clickhouse_cloud_async.core.http_errors import reason

from .stub import LONG, ORGANIZATION, SERVICE, Gate, raw_server

if TYPE_CHECKING:
    from clickhouse_cloud_async import AsyncClickHouseCloud

    from .stub import Stub

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
COOKIE = HEAD + b"Set-Cookie: session=planted\r\n"


async def broken(cloud: AsyncClickHouseCloud) -> CloudError:
    """Fetch a service over a connection that breaks, and give the error."""
    with pytest.raises(CloudError) as caught:
        await cloud.services.get(SERVICE)
    error = caught.value
    assert error.operation == "instanceGet"
    assert error.method == "GET"
    assert error.path == f"/v1/organizations/{ORGANIZATION}/services/{SERVICE}"
    assert error.message
    return error


@pytest.mark.parametrize(
    ("kind", "problem", "words"),
    [
        (
            aiohttp.ClientConnectorError,
            ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('1.2.3.4', 443)"),
            "cannot connect to api.example:443: Connection refused",
        ),
        (
            aiohttp.ClientProxyConnectionError,
            TimeoutError(errno.ETIMEDOUT, "Connect call failed ('1.2.3.4', 443)"),
            "cannot connect to the proxy api.example:443: Connection timed out",
        ),
        (
            aiohttp.ClientConnectorDNSError,
            socket.gaierror(8, "Name or service not known"),
            "cannot connect to api.example:443: Name or service not known",
        ),
        (
            aiohttp.ClientConnectorSSLError,
            ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"),
            "cannot connect to api.example:443: [SSL: WRONG_VERSION_NUMBER] wrong version number",
        ),
        (
            aiohttp.ClientConnectorError,
            OSError("Multiple exceptions: one, another"),
            "cannot connect to api.example:443: Multiple exceptions: one, another",
        ),
    ],
)
def test_failed_connection_names_its_other_end(
    kind: type[aiohttp.ClientConnectorError], problem: OSError, words: str
) -> None:
    """The reason names the server or the proxy once, in the words of the system."""
    key: Any = SimpleNamespace(host="api.example", port=443)

    assert reason(kind(key, problem)) == words


def test_refused_certificate_is_one_sentence() -> None:
    """A certificate that is not trusted is named with the reason, without ssl's own details."""
    key: Any = SimpleNamespace(host="api.example", port=443)
    problem = ssl.SSLCertVerificationError(1, "[SSL] certificate verify failed (_ssl.c:1006)")
    problem.verify_message = "self-signed certificate"

    assert reason(aiohttp.ClientConnectorCertificateError(key, problem)) == (
        "the certificate of api.example:443 was not accepted: self-signed certificate"
    )


async def test_nobody_listens(stub: Stub) -> None:
    """A refused connection is a connection error with the request that failed."""
    with socket.socket() as taken:  # bound, but never listening
        taken.bind(("127.0.0.1", 0))
        async with stub.client(base_url=f"http://127.0.0.1:{taken.getsockname()[1]}") as cloud:
            error = await broken(cloud)

    assert type(error) is APIConnectionError
    assert error.status is None
    assert error.request_id is None


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200",
        HEAD,
        HEAD + b"Content-Length: 100\r\n\r\n",
        HEAD + b'Content-Length: 100\r\n\r\n{"result": {"na',
        HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"res',
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nnot a size\r\n",
        b"this is not HTTP\r\n\r\n",
        b"\x00\xff\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"broken header\r\n\r\n",
    ],
)
async def test_answer_breaks_off(stub: Stub, answer: bytes) -> None:
    """A connection that ends early, or that speaks no HTTP, is a connection error."""
    async with raw_server(answer) as url, stub.client(base_url=url) as cloud:
        error = await broken(cloud)

    assert type(error) is APIConnectionError


@pytest.mark.parametrize(
    "answer",
    [
        COOKIE,
        COOKIE + b"Content-Ty",
        COOKIE + b"broken header\r\n\r\n",
        COOKIE + b"Content-Length: 10\r\n\r\nplanted",
        COOKIE + b"Transfer-Encoding: chunked\r\n\r\nplanted\r\n",
        b"HTTP/1.1 planted\r\n\r\n",
    ],
)
async def test_broken_response_is_one_sentence(stub: Stub, answer: bytes) -> None:
    """Of a response that breaks off, nothing is shown: a header may hold a cookie."""
    async with raw_server(answer) as url, stub.client(base_url=url) as cloud:
        error = await broken(cloud)

    shown = "".join(traceback.format_exception(error))
    assert "planted" not in shown
    assert "headers={" not in shown
    assert "\n" not in str(error)


async def test_refusal_breaks_off(stub: Stub) -> None:
    """A status that has arrived decides, even where the rest of a refusal is lost."""
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n{"
    async with raw_server(answer) as url, stub.client(base_url=url) as cloud:
        error = await broken(cloud)

    assert type(error) is NotFoundError


async def test_time_limit_of_a_call(stub: Stub) -> None:
    """A call that takes longer than its limit ends in a timeout error, and so does its request."""
    stub.handler = gate = Gate(skips=LONG)

    async with stub.client() as cloud:
        with pytest.raises(APITimeoutError, match=r"59\.5 s") as caught:
            await cloud.services.get(SERVICE, timeout=59.5)
        await gate.abandoned.wait()

    assert isinstance(caught.value, APIConnectionError)
    assert caught.value.operation == "instanceGet"
    assert caught.value.path == f"/v1/organizations/{ORGANIZATION}/services/{SERVICE}"
    assert not isinstance(caught.value, TimeoutError)


async def test_time_limit_of_the_client(stub: Stub) -> None:
    """The client's limit holds for calls that name none."""
    stub.handler = Gate(skips=LONG)

    async with stub.client(timeout=LONG) as cloud:
        with pytest.raises(APITimeoutError):
            await cloud.services.get(SERVICE)


@pytest.mark.parametrize("timeout", [None, 60])
async def test_call_lifts_the_limit(stub: Stub, timeout: float | None) -> None:
    """A call's own limit, or None for no limit, replaces the client's."""
    stub.handler = gate = Gate()

    async with stub.client(timeout=0.001) as cloud:
        call = asyncio.create_task(cloud.services.list(timeout=timeout))
        await gate.entered.wait()
        gate.opened.set()
        assert await call == []


async def test_time_limit_of_a_session(stub: Stub) -> None:
    """A limit that a caller's own session sets is told as a timeout error, too."""
    stub.handler = Gate(skips=LONG)

    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=LONG)) as session,
        stub.client(http=session, timeout=None) as cloud,
    ):
        error = await broken(cloud)

    assert type(error) is APITimeoutError


async def test_caller_has_a_time_limit_of_its_own(stub: Stub) -> None:
    """A limit around the call stays the caller's: it is a TimeoutError, not one of ours."""
    stub.handler = gate = Gate(skips=LONG)

    async with stub.client() as cloud:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(LONG):
                await cloud.services.get(SERVICE)
        await gate.abandoned.wait()

    assert not isinstance(caught.value, CloudError)


async def test_cancellation(stub: Stub) -> None:
    """A cancelled call is cancelled: its connection closes and the client goes on working."""
    stub.handler = gate = Gate()

    async with stub.client() as cloud:
        call = asyncio.create_task(cloud.services.get(SERVICE))
        await gate.entered.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await gate.abandoned.wait()

        stub.answer({"result": {"name": "etl"}})
        assert (await cloud.services.get(SERVICE)).name == "etl"


async def test_kept_connection_was_closed(stub: Stub) -> None:
    """After the server has dropped an idle connection the next call opens a new one."""
    stub.answer({"result": []}, Connection="close")

    async with stub.client() as cloud:
        for _ in range(3):
            await cloud.services.list()

    assert len({request.transport for request in stub.requests}) <= 3
    assert len(stub.requests) == 3


async def test_client_works_after_failures(stub: Stub) -> None:
    """A failure leaves nothing behind that breaks the next call."""
    async with stub.client() as cloud:
        stub.handler = Gate(skips=LONG)
        for _ in range(3):
            with pytest.raises(APITimeoutError):
                await cloud.services.list(timeout=LONG)
        stub.answer({"result": []})
        assert await cloud.services.list() == []
