"""The emulator as a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
import sqlite3
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from clickhouse_cloud_async import ClickHouseCloud
from clickhouse_cloud_async.cli.emulating import _interruption
from tests.client.processes import finish, start_script
from tests.client.profiles import write_profiles
from tests.client.stub import LONG

from .fleets import wait_for
from .terminal import terminal, without_escapes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from .program import Program

FLEET = """
services: [{name: etl, count: 2, state: stopped}]
keys: [{name: ci, api_key: ci, api_secret: secret}]
"""


class Running:
    """A running process and what it said at its start."""

    def __init__(self, process: asyncio.subprocess.Process, told: dict[str, str]) -> None:
        self.process = process
        self.told = told
        self.url = f"{told['URL']}/v1/organizations/{told['ORGANIZATION_ID']}"
        self.header = {
            "Authorization": aiohttp.encode_basic_auth(told["API_KEY"], told["API_SECRET"])
        }


@asynccontextmanager
async def running(*arguments: str) -> AsyncGenerator[Running]:
    """``chcloud emulator`` on a free port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "clickhouse_cloud_async.cli",
        "emulator",
        "--port",
        "0",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "", "NO_COLOR": "1"},
    )
    assert process.stdout is not None
    try:
        lines = [(await process.stdout.readline()).decode().strip() for _ in range(5)]
        settings = [line.removeprefix("export CLICKHOUSE_CLOUD_") for line in lines[1:]]
        pairs = (line.split("=", 1) for line in settings)
        told = {name: " ".join(shlex.split(value)) for name, value in pairs}
        yield Running(process, told)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_serves_until_a_signal(number: signal.Signals) -> None:
    """The process says where it listens, serves, logs, and ends cleanly on a signal."""
    options = ["--services", "3", "--time-scale", "0", "--rate-limit", "5/10", "--api-key", "k"]
    async with running(*options) as emulator:
        async with (
            aiohttp.ClientSession(headers=emulator.header) as session,
            session.get(f"{emulator.url}/services?filter=tag:env") as response,
        ):
            services = (await response.json())["result"]
            remaining = response.headers["X-RateLimit-Remaining"]
            # The connection is still open: it must not hold up the end.
            emulator.process.send_signal(number)
            status = await emulator.process.wait()
        assert emulator.process.stderr is not None
        log = (await emulator.process.stderr.read()).decode().split()

    assert (emulator.told["API_KEY"], len(services), remaining, status) == ("k", 3, "4", 0)
    assert log[1:] == ["200", "GET", "/services?filter=tag:env", "instanceGetList"]


async def test_signals_where_event_loops_do_not_handle_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On Windows, too, Ctrl-C ends the emulator, and its handler is removed in the end."""
    before = signal.getsignal(signal.SIGINT)
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "add_signal_handler", None, raising=False)

    with _interruption() as interrupted:
        signal.raise_signal(signal.SIGINT)
        async with asyncio.timeout(LONG):
            await interrupted.wait()

    assert signal.getsignal(signal.SIGINT) is before


async def test_signal_ends_it_while_more_is_due_than_can_be_run() -> None:
    """A clock that is too fast for what happens does not make the process deaf."""
    async with running("--services", "100", "--time-scale", "1e9") as emulator:
        async with (
            aiohttp.ClientSession(headers=emulator.header) as session,
            session.get(f"{emulator.url}/services") as response,
        ):
            assert response.status == 200
        emulator.process.send_signal(signal.SIGTERM)
        assert await emulator.process.wait() == 0


async def test_state_and_fleet(tmp_path: Path) -> None:
    """A described fleet is kept in the state file, and the same command goes on with it."""
    fleet, state = tmp_path / "fleet.yaml", tmp_path / "cloud.sqlite"
    fleet.write_text(FLEET)
    names: list[list[str]] = []
    for options in ([], ["--services", "9"]):
        kept = ["--state", str(state), "--fleet", str(fleet), "--no-log"]
        async with running(*kept, *options) as emulator:
            async with (
                aiohttp.ClientSession(headers=emulator.header) as session,
                session.get(f"{emulator.url}/services") as response,
            ):
                listed: dict[str, Any] = await response.json()
            names.append([service["name"] for service in listed["result"]])
            emulator.process.send_signal(signal.SIGTERM)
            assert await emulator.process.wait() == 0
    connection = sqlite3.connect(state)
    (count,) = connection.execute("SELECT count(*) FROM documents").fetchone()
    connection.close()

    assert names == [["etl-1", "etl-2"]] * 2
    assert count > 4


async def test_example_services_are_those_of_the_documentation() -> None:
    """``--example`` serves the three services of the tutorial, in their states."""
    async with (
        running("--example", "--time-scale", "0") as emulator,
        aiohttp.ClientSession(headers=emulator.header) as session,
        session.get(f"{emulator.url}/services") as response,
    ):
        services = (await response.json())["result"]

    assert [(service["name"], service["state"]) for service in services] == [
        ("analytics", "running"),
        ("etl", "stopped"),
        ("reports", "idle"),
    ]


@pytest.mark.parametrize("source", ["file", "variable"])
async def test_secret_that_no_command_line_shows(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret of the key comes from a file or from a variable."""
    options: list[str] = []
    if source == "file":
        (tmp_path / "secret").write_text("it's kept\n")
        options = ["--api-secret-file", str(tmp_path / "secret")]
    else:
        monkeypatch.setenv("CHCLOUD_EMULATOR_API_SECRET", "it's kept")
    monkeypatch.setenv("CHCLOUD_EMULATOR_API_KEY", "key")
    async with running("--time-scale", "0", *options) as emulator:
        assert (emulator.told["API_KEY"], emulator.told["API_SECRET"]) == ("key", "it's kept")


def test_secret_file_that_is_unclear(chcloud: Program, tmp_path: Path) -> None:
    """A file without one line, or a second source beside it, is wrong usage."""
    file = tmp_path / "secret"
    file.write_text("one\ntwo\n")
    assert "on one line, has 2 lines" in _words(
        chcloud("emulator", "--api-secret-file", str(file)).err
    )
    outcome = chcloud("emulator", "--api-secret-file", str(file), "--api-secret", "s")
    assert outcome.code == 2
    assert "cannot be combined" in _words(outcome.err)


def _words(text: str) -> str:
    """Return what a message says, without the frame that it stands in."""
    return " ".join(text.replace("\u2502", " ").split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--example", "--services", "3"], "--example cannot be combined"),
        (["--example", "--fleet", "fleet.yaml"], "--example cannot be combined"),
        (["--rate-limit", "many"], "'many' is neither off nor"),
        (["--rate-limit", "0/10"], "'0/10' is neither off nor"),
        (["--host", "192.0.2.1"], "192.0.2.1 is not a loopback address"),
        (["--time-scale", "-1"], "--time-scale"),
        (["--fleet", "missing.yaml"], "missing.yaml"),
        (["--state", "/missing/cloud.sqlite"], "cloud.sqlite"),
    ],
)
def test_bad_options(chcloud: Program, arguments: list[str], message: str) -> None:
    """Options that cannot be are wrong usage."""
    outcome = chcloud("emulator", *arguments)

    assert outcome.code == 2
    assert message in _words(outcome.err)


def test_no_options_about_another_api(chcloud: Program) -> None:
    """Options about an API that is there already make no sense."""
    assert chcloud("--url", "http://127.0.0.1:1", "emulator").code == 2


def test_settings_for_a_second_terminal(
    chcloud: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files with the settings, one of them a profile, lead to an emulator with its faults."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    settings = tmp_path / "emulator.env"
    process = start_script(
        "from clickhouse_cloud_async.cli import main\nmain()",
        *("emulator", "--port", "0", "--example", "--no-log"),
        *("--env-file", str(settings), "--write-profile", "local"),
        *("--fault", "error_response,status=409,operation=instanceGetList,count=1"),
    )
    wait_for(lambda: settings.exists() and settings.read_text().count("\n") == 4)
    mode, lines = settings.stat().st_mode & 0o777, settings.read_text().splitlines()
    listing = ("services", "list", "--profile", "local", "-o", "name")
    refused, listed = chcloud(*listing), chcloud(*listing)
    process.terminate()
    ended = finish(process)

    assert mode == 0o600
    assert [line for line in ended.out.splitlines() if line.startswith("export ")] == lines
    assert (ended.status, ended.err) == (0, "")
    assert refused.code == 6
    assert listed.lines == ["analytics", "etl", "reports"]
    assert not settings.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--fault", "flood"),
        ("--fault", "latency,seconds=soon"),
        ("--env-file", "/no/such/folder/file"),
        ("--write-profile", "real"),
    ],
)
def test_start_in_vain(
    chcloud: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, str]
) -> None:
    """A fault or file that cannot be ends the program before it serves for long."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    write_profiles(tmp_path, real={"token": "t"})

    outcome = chcloud("emulator", "--port", "0", *arguments)

    assert outcome.code in {1, 2}
    assert outcome.out == ""
    assert outcome.err.startswith("error: ")


@pytest.mark.parametrize(("answer", "count"), [("\n", 3), ("n\n", 0)])
def test_a_bare_emulator_offers_the_services_of_the_documentation(answer: str, count: int) -> None:
    """On a terminal, where nothing says what to serve."""
    with terminal("emulator", "--port", "0", columns=120) as shown:
        shown.read_until("example services?")
        shown.write(answer)
        said = without_escapes(shown.read_until("ORGANIZATION_ID="))
        settings = dict(re.findall(r"export CLICKHOUSE_CLOUD_(\w+)='?([^\s']*)", said))
        with ClickHouseCloud(
            settings["API_KEY"], settings["API_SECRET"], base_url=settings["URL"]
        ) as cloud:
            assert len(cloud.services.list()) == count
