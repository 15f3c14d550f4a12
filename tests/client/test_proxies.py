"""Proxies: which one requests take, what it sees, and which are refused."""

from __future__ import annotations

import asyncio
import base64
import os
import ssl
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from clickhouse_cloud_async import (
    APIConnectionError,
    AsyncClickHouseCloud,
    ClickHouseCloud,
    ConfigurationError,
    HTTPOptions,
)
from clickhouse_cloud_async.apis.clickhouse.resources.archives import upload
from clickhouse_cloud_async.core.proxies import proxy_for
from clickhouse_cloud_async.desired.resource import Scope

from .conftest import NAME
from .stub import KEY, ORGANIZATION, SECRET, SERVICE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

    from .stub import Stub

API = f"https://{NAME}"

CREDENTIALS = base64.b64encode(f"{KEY}:{SECRET}".encode())


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep proxies of the environment out of the tests."""
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


class Proxy:
    """A proxy on loopback that takes every host for one server.

    Attributes:
        url: Where it listens.
        seen: All bytes that it could read before connections became encrypted.
    """

    def __init__(self, target: int) -> None:
        self.url = ""
        self.seen = b""
        self._target = target

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.seen += head
        if not head.startswith(b"CONNECT "):
            writer.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(ConnectionError):
            await asyncio.gather(pump(reader, back), pump(there, writer))


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass bytes on until there are no more."""
    while piece := await source.read(65536):
        sink.write(piece)
        await sink.drain()
    sink.close()


@asynccontextmanager
async def proxy_to(port: int) -> AsyncGenerator[Proxy]:
    """Run a proxy."""
    proxy = Proxy(port)
    server = await asyncio.start_server(proxy.talk, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield proxy


@pytest.fixture
async def proxy(tls_url: str) -> AsyncIterator[Proxy]:
    """A proxy through which the name of the tests' server is found."""
    async with proxy_to(urlsplit(tls_url).port or 0) as running:
        yield running


def trusting(certificate: tuple[Path, Path], **options: Any) -> HTTPOptions:
    """Options by which the tests' certificate is trusted."""
    return HTTPOptions(ssl_context=ssl.create_default_context(cafile=certificate[0]), **options)


@pytest.mark.parametrize("variable", [None, "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
async def test_proxy_carries_encrypted_requests(
    stub: Stub,
    proxy: Proxy,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    variable: str | None,
) -> None:
    """Requests go through a proxy of the options or the environment, which cannot read them."""
    url = proxy.url.replace("//", "//user:p%40ss@")
    if variable is None:
        http = trusting(certificate, proxy=url)
    else:
        monkeypatch.setenv(variable, url)
        http = trusting(certificate, trust_env=True)

    async with stub.client(base_url=API, http=http) as cloud:
        assert (await cloud.services.get(SERVICE)).name == "etl"

    assert proxy.seen.startswith(f"CONNECT {NAME}:443 ".encode())
    assert b"Basic " + base64.b64encode(b"user:p@ss") in proxy.seen
    assert CREDENTIALS not in proxy.seen


async def test_archives_go_the_same_way(
    stub: Stub,
    proxy: Proxy,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The storage of archives is reached like the API, through what the environment says of it."""
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    archive = tmp_path / "function.zip"
    archive.write_bytes(b"an archive")
    stub.answer({"result": {"uploadId": SERVICE, "uploadUrl": f"{API}/archive?signature=1"}})

    async with stub.client(http=trusting(certificate, trust_env=True)) as cloud:
        assert await upload(Scope(ORGANIZATION, cloud), str(archive)) == SERVICE

    assert proxy.seen.startswith(f"CONNECT {NAME}:443 ".encode())


async def test_environment_does_not_count_by_itself(
    stub: Stub, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables for proxies count only where that is wanted."""
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)

    async with stub.client(base_url=API) as cloud:
        with pytest.raises(APIConnectionError):
            await cloud.services.get(SERVICE)

    assert proxy.seen == b""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("is_explicit", [True, False], ids=["option", "environment"])
async def test_this_machine_is_not_reached_through_a_proxy(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, host: str, *, is_explicit: bool
) -> None:
    """Requests to loopback addresses go past every proxy, so none sees them unencrypted."""
    nowhere = "http://127.0.0.1:1"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, nowhere)
    http = HTTPOptions(proxy=nowhere) if is_explicit else HTTPOptions(trust_env=True)

    async with stub.client(base_url=stub.url.replace("127.0.0.1", host), http=http) as cloud:
        assert await cloud.services.list() == []


async def test_session_that_would_show_credentials_to_a_proxy_is_refused(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A caller's session does not send credentials to a proxy of the environment in the clear."""
    async with proxy_to(1) as proxy, aiohttp.ClientSession(trust_env=True) as session:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with stub.client(http=session) as cloud:
            with pytest.raises(ConfigurationError, match="HTTP_PROXY"):
                await cloud.services.list()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with stub.client(http=session) as cloud:
            assert await cloud.services.list() == []

    assert proxy.seen == b""


REFUSED = [
    ("nonsense", "has no scheme"),
    ("127.0.0.1:3128", "has no scheme"),
    ("proxy.example:3128", "has no scheme"),
    ("user:planted@proxy.example:3128", "has no scheme"),
    ("socks5://proxy.example:1080", "socks5 proxy"),
    ("socks5h://user:planted@proxy.example", "socks5h proxy"),
    ("ftp://proxy.example", "ftp proxy"),
    ("http://", "no valid host"),
    ("http://:3128", "no valid host"),
    ("http://user:planted@", "no valid host"),
    ("http://user:planted@proxy.example:port", "no valid host"),
    ("http://user:planted@proxy.example:99999", "no valid host"),
    ("http://user:planted@proxy.example:0", "no valid host"),
    ("http://user:planted@pro xy.example", "no valid host"),
    ("http://user:planted@[::1", "no valid host"),
    ("http://user:planted@proxy.example\n", "no valid host"),
    ("http://user:pla/nted@proxy.example", "no valid host"),
    ("http://user:planted@proxy.example/path", "must not have a path"),
    ("http://proxy.example?planted", "must not have a path"),
    ("", "has no scheme"),
]


@pytest.mark.parametrize(("url", "message"), REFUSED)
def test_malformed_proxy_option_is_refused_without_its_password(url: str, message: str) -> None:
    """A proxy that is no http(s) URL is refused when the options are made."""
    with pytest.raises(ConfigurationError, match=f"^proxy .*{message}") as caught:
        HTTPOptions(proxy=url)

    assert "planted" not in str(caught.value)
    assert "nted@" not in str(caught.value)


@pytest.mark.parametrize("kind", [AsyncClickHouseCloud, ClickHouseCloud])
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(("url", "message"), [each for each in REFUSED if each[0]])
def test_malformed_proxy_variable_is_refused_when_the_client_is_made(
    monkeypatch: pytest.MonkeyPatch, kind: Any, variable: str, url: str, message: str
) -> None:
    """A variable that is no http(s) URL is refused by its name when the client is made."""
    monkeypatch.setenv(variable, url)

    with pytest.raises(ConfigurationError, match=f"{variable.upper()} .*{message}") as caught:
        kind("key", "secret", http=HTTPOptions(trust_env=True))

    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("proxy", [5, b"http://proxy.example", ["http://proxy.example"]])
def test_proxy_of_a_wrong_type_is_refused(proxy: Any) -> None:
    """A proxy has to be a text."""
    with pytest.raises(ConfigurationError, match="proxy must be a str"):
        HTTPOptions(proxy=proxy)


PROXY, OTHER = "http://proxy.example:3128", "http://other.example:3128"


@pytest.mark.parametrize(
    ("url", "variables", "expected"),
    [
        ("https://api.example.com", {"HTTPS_PROXY": PROXY}, PROXY),
        (
            "https://api.example.com",
            {"HTTPS_PROXY": "https://user:pw@proxy.example"},
            "https://user:pw@proxy.example",
        ),
        (
            "https://api.example.com",
            {"HTTPS_PROXY": "http://[2001:db8::1]:80/"},
            "http://[2001:db8::1]:80/",
        ),
        ("https://api.example.com", {"HTTP_PROXY": PROXY}, None),
        ("https://api.example.com", {"ALL_PROXY": PROXY}, PROXY),
        ("https://api.example.com", {"ALL_PROXY": OTHER, "HTTPS_PROXY": PROXY}, PROXY),
        ("https://api.example.com", {"HTTPS_PROXY": OTHER, "https_proxy": PROXY}, PROXY),
        ("https://api.example.com", {"HTTPS_PROXY": PROXY, "https_proxy": ""}, None),
        ("https://api.example.com", {"HTTPS_PROXY": ""}, None),
        ("http://127.0.0.1:80", {"HTTP_PROXY": PROXY, "ALL_PROXY": PROXY}, None),
        ("https://127.1.2.3", {"HTTPS_PROXY": PROXY}, None),
        ("https://[::1]", {"HTTPS_PROXY": PROXY}, None),
        ("https://localhost:8443", {"HTTPS_PROXY": PROXY}, None),
    ],
)
def test_variables_mean_what_they_mean_to_others(
    monkeypatch: pytest.MonkeyPatch, url: str, variables: dict[str, str], expected: str | None
) -> None:
    """HTTPS_PROXY goes before ALL_PROXY, lower case before upper, and empty means none."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert proxy_for(url, None, trust_env=True) == expected


@pytest.mark.parametrize(
    ("exceptions", "is_exempt"),
    [
        ("*", True),
        ("api.example.com", True),
        ("API.Example.COM", True),
        ("example.com", True),
        (".example.com", True),
        ("com", True),
        ("other.test, example.com", True),
        ("other.test,,example.com,", True),
        ("api.example.com:443", True),
        ("example.com:8443", False),
        ("ample.com", False),
        ("www.api.example.com", False),
        ("example.org", False),
        ("*.example.org", False),
        ("", False),
        (" , ", False),
        (".", False),
    ],
)
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_exceptions_by_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, exceptions: str, *, is_exempt: bool
) -> None:
    """NO_PROXY names domains with their subdomains, with a port or without."""
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv(variable, exceptions)

    expected = None if is_exempt else PROXY
    assert proxy_for("https://api.example.com", None, trust_env=True) == expected


@pytest.mark.parametrize(
    ("host", "exceptions", "is_exempt"),
    [
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.3:443", True),
        ("10.1.2.3", "10.1.2.3:80", False),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "192.168.0.0/16,10.1.2.0/24", True),
        ("10.1.2.3", "10.2.0.0/16", False),
        ("10.1.2.3", "1.2.3", False),
        ("10.1.2.3", "10.1.2.33", False),
        ("[2001:db8::1]", "2001:db8::1", True),
        ("[2001:db8::1]", "[2001:db8::1]", True),
        ("[2001:db8::1]", "[2001:db8::1]:443", True),
        ("[2001:db8::1]", "[2001:db8::1]:80", False),
        ("[2001:db8::1]", "2001:db8::/32", True),
        ("[2001:db8::1]", "2001:db9::/32", False),
        ("[2001:db8::1]", "10.0.0.0/8", False),
    ],
)
def test_exceptions_by_address(
    monkeypatch: pytest.MonkeyPatch, host: str, exceptions: str, *, is_exempt: bool
) -> None:
    """NO_PROXY names addresses and networks, with a port or without."""
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", exceptions)

    assert proxy_for(f"https://{host}", None, trust_env=True) == (None if is_exempt else PROXY)


def test_exceptions_do_not_concern_a_proxy_of_the_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that a program asks for is used for hosts that the environment exempts."""
    monkeypatch.setenv("NO_PROXY", "*")

    assert proxy_for("https://api.example.com", PROXY, trust_env=True) == PROXY
