"""The emulator as a server: its context managers and its addresses."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import authorization, serving

ANYWHERE = "0.0.0.0"  # noqa: S104 - what must be refused


def _get(url: str, headers: dict[str, str]) -> int:
    parts = urlsplit(url)
    with closing(HTTPConnection(parts.netloc, timeout=30)) as connection:
        connection.request("GET", parts.path or "/", headers=headers)
        return connection.getresponse().status


def test_sync_context_manager() -> None:
    """It serves in a thread of its own while the block runs, and time can be advanced."""
    emulator = Emulator([{"state": "stopping"}], time_scale=0)
    with emulator:
        assert _get(f"{emulator.url}/v1/organizations", authorization(emulator)) == 200
        emulator.advance(60)
        assert repr(emulator) == f"<Emulator {emulator.url}, 1 services>"
        url = emulator.url

    with pytest.raises(OSError, match="refused"):
        _get(url, {})
    with pytest.raises(RuntimeError, match="context manager"):
        _ = emulator.url


def test_sync_context_manager_lets_exceptions_through() -> None:
    """An exception in the block ends the server and is not swallowed."""
    emulator = Emulator()

    def fail() -> None:
        with emulator:
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert repr(emulator) == "<Emulator not listening, 0 services>"


async def test_state_outlives_the_block() -> None:
    """An emulator can be entered again and goes on where it was."""
    emulator = Emulator(time_scale=0)
    async with serving(emulator) as api:
        await api.create_service(name="kept")
    async with serving(emulator) as api:
        names = [service["name"] for service in (await api("GET", "/services")).result]

    assert names == ["kept"]


async def test_entering_twice_is_an_error() -> None:
    """One emulator listens once, in whichever way it was entered."""
    async with Emulator() as emulator:
        with pytest.raises(RuntimeError, match="is already running"):
            await emulator.__aenter__()
        with pytest.raises(RuntimeError, match="is already running"):
            await asyncio.to_thread(emulator.__enter__)


async def test_taken_port_is_an_error() -> None:
    """A port that is taken is reported, and a free one can be used afterwards."""
    async with Emulator() as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            await Emulator(port=port).__aenter__()
    async with Emulator(port=port) as second:
        assert second.url.endswith(f":{port}")


@pytest.mark.parametrize("host", [ANYWHERE, "::", "example.com", "192.168.0.1", ""])
def test_other_than_loopback_hosts_are_refused(host: str) -> None:
    """It never listens where others could reach it."""
    with pytest.raises(ValueError, match="is not a loopback address"):
        Emulator(host=host)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:8484", 200),
        ("LOCALHOST", 200),
        ("[::1]:80", 200),
        ("127.1.2.3", 200),
        ("emulator.test:8484", 200),
        ("elsewhere.example", 421),
        ("elsewhere.example:8484", 421),
        ("127.0.0.1.elsewhere.example", 421),
        ("192.0.2.1", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
@pytest.mark.parametrize("path", ["/", "/v1/organizations"])
async def test_only_hosts_of_this_machine_are_answered(host: str, status: int, path: str) -> None:
    """A page elsewhere that rebinds its name to this machine reads nothing, the page included."""
    async with serving(Emulator(allowed_hosts=["Emulator.test"])) as api:
        headers = {**authorization(api.emulator), "Host": host}
        async with api.session.get(f"{api.emulator.url}{path}", headers=headers) as response:
            text = await response.text()
    assert response.status == status
    assert (api.emulator.organization_id in text) == (status == 200)


async def test_requests_for_other_hosts_are_told_how_to_allow_them() -> None:
    """The refusal is in the API's envelope, and names the host and the option."""
    async with serving(Emulator()) as api:
        headers = {**authorization(api.emulator), "Host": "elsewhere.example"}
        answer = await api("GET", "", headers=headers, checked=False)
    assert "'elsewhere.example'" in answer.error
    assert "--allow-host" in answer.error


def test_a_single_text_is_no_collection_of_hosts() -> None:
    """Each letter would be a host otherwise."""
    with pytest.raises(TypeError, match="collection of names, not 'localhost'"):
        Emulator(allowed_hosts="localhost")


async def test_localhost() -> None:
    """The name of this machine works as its address."""
    async with serving(Emulator(host="localhost")) as api:
        assert (await api("GET", "/services")).status == 200
        assert api.emulator.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("scale", [-1.0, float("nan"), float("inf")])
def test_impossible_time_scales(scale: float) -> None:
    """Time does not run backwards, nor at no speed or every speed."""
    with pytest.raises(ValueError, match="time_scale"):
        Emulator(time_scale=scale)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"port": 65_536}, "port must be from 0 to 65535, not 65536"),
        ({"port": -1}, "port must be"),
        ({"kept_requests": -1}, "kept_requests must not be negative"),
        ({"api_key": ""}, "the id of a key"),
        ({"api_key": "a:b"}, "the id of a key .* 'a:b'"),
    ],
)
def test_impossible_options(options: dict[str, Any], message: str) -> None:
    """What could never work is refused when the emulator is made."""
    with pytest.raises(ValueError, match=message):
        Emulator(**options)


def test_secrets_stay_out_of_repr() -> None:
    """What an emulator shows of itself holds no credential."""
    emulator = Emulator()
    shown = repr(emulator)

    assert not any(s in shown for s in (emulator.api_key, emulator.api_secret, emulator.token))


def test_program_ends_within_the_block() -> None:
    """An emulator whose block nobody leaves, as in a notebook, lets the program end."""
    code = (
        "from clickhouse_cloud_async.emulator import Emulator;"
        " emulator = Emulator(); print(emulator.__enter__() is emulator)"
    )
    arguments = [sys.executable, "-c", code]
    done = subprocess.run(arguments, check=False, capture_output=True, timeout=300)  # noqa: S603

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"True", b"")


def test_import_is_light() -> None:
    """Importing the emulator loads no HTTP library."""
    code = (
        "import sys; from clickhouse_cloud_async.emulator import Emulator;"
        " sys.exit('aiohttp' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - fixed arguments
