"""Behaviour of whole processes: imports, pipes, signals, terminals."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async._version import __version__
from clickhouse_cloud_async.core.extras import install_command
from clickhouse_cloud_async.emulator import Emulator
from tests.client.processes import GUARD, finish, run_script, start_script

from .program import environment
from .sessions import in_pipes, on_terminal, unread
from .terminal import terminal

if TYPE_CHECKING:
    from aiohttp import web

    from tests.client.stub import Stub

MAIN = "from clickhouse_cloud_async.cli import main\nmain()\n"

HEAVY = {"aiohttp", "cattrs", "orjson", "anyio", "rich.live", "asyncio"}
APIS = "clickhouse_cloud_async.apis."


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["services", "--help"],
        ["services", "get", "--help"],
        ["clickstack", "dashboards", "create", "--help"],
        ["api7", "applications", "--help"],
        ["omnistrate", "wait", "instances", "-h"],
        ["fleet", "apply", "--help"],
        ["demo", "--help"],
    ],
)
def test_light_help(arguments: list[str]) -> None:
    """Help loads neither the HTTP library nor the codec nor any model."""
    outcome = run_script(
        """
        import json, sys
        from clickhouse_cloud_async.cli import main
        try:
            main()
        finally:
            print(json.dumps(sorted(sys.modules)))
        """,
        *arguments,
    )

    modules = set(json.loads(outcome.out.splitlines()[-1]))
    assert outcome.status == 0
    assert "typer" in modules
    assert not modules & HEAVY
    loaded = {
        name.split(".")[3] for name in modules if name.startswith(APIS) and name.count(".") > 2
    }
    assert loaded == {"cli"}


def test_without_typer() -> None:
    """Where the extra is not installed, one line on stderr says how to install it."""
    outcome = run_script(f"import sys\nsys.modules['typer'] = None\n{MAIN}")

    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.count("\n") == 1
    assert install_command("cli") in outcome.err


def test_module() -> None:
    """The package runs with ``python -m``."""
    command = [sys.executable, "-m", "clickhouse_cloud_async.cli", "--version"]

    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=GUARD)  # noqa: S603 - our own program

    assert shown.stdout == f"chcloud {__version__}\n"


ENDING_WITH_0 = (
    ("services", "list"),
    ("services", "list", "--output", "json"),
    ("services", "list", "--output", "csv"),
    ("services", "list", "--output", "yaml"),
    ("api", "GET", "services"),
    ("fleet", "status"),
    ("demo", "--services", "5", "--time-scale", "200"),
    ("doctor",),
    ("profiles", "list"),
    ("quotas", "list"),
    ("organizations", "list", "--output", "markdown"),
    ("--help",),
    ("fleet", "--help"),
    ("query", "--help"),
    ("wait", "services", "--help"),
    ("omnistrate", "instances", "create", "--help"),
    ("--version",),
)
"""Commands that end with 0 whether or not all was written before the reader left."""

NEVER_READ = (
    ("fleet", "start", "--all", "--no-wait"),
    ("fleet", "watch", "--initial"),
    ("emulator", "--port", "0"),
)
"""Commands that end with the code of their report, or go on, once all was written."""


def test_closed_pipe(emulator: Emulator) -> None:
    """A reader that goes away, at once or after a line, ends the program in silence, with 0."""
    commands = [(arguments, lines) for arguments in ENDING_WITH_0 for lines in (0, 1)]
    commands += [(arguments, 0) for arguments in NEVER_READ]

    codes, err = unread(commands, environment(emulator))

    assert dict(zip(commands, codes, strict=True)) == dict.fromkeys(commands, 0)
    assert [line for line in err.splitlines() if not line.startswith(_PROGRESS)] == []


_PROGRESS = ("  ", "none found", "not shown, for lack of width")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full disk to offer")
@pytest.mark.parametrize(
    ("command", "code", "err"),
    [
        (
            "--version > /dev/full",
            1,
            "error: the output cannot be written: No space left on device",
        ),
        (
            "services create --file - <&- >&-",
            2,
            "error: Invalid value for --file: standard input does",
        ),
    ],
)
def test_output_that_cannot_be_written(command: str, code: int, err: str) -> None:
    """A full disk is reported in one sentence; closed streams count as empty."""
    program = shlex.join((sys.executable, "-m", "clickhouse_cloud_async.cli"))
    ended = subprocess.run(  # noqa: S603 - redirected by a shell, as users do
        ("/bin/sh", "-c", f"{program} {command}"), capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stderr[: len(err)]) == (code, err)
    assert "Traceback" not in ended.stderr


def test_notes_without_a_reader(emulator: Emulator) -> None:
    """An action completes although its progress output has no reader."""
    process = start_script(
        MAIN, "fleet", "stop", "--all", "--no-wait", "--output", "json", **environment(emulator)
    )
    assert process.stderr is not None
    process.stderr.close()

    assert process.stdout is not None
    with process:
        report = json.loads(process.stdout.read())
    assert report["is_complete"]


def test_interrupt(stub: Stub) -> None:
    """Ctrl-C while the API is silent ends the program with 130 and without a word."""
    arrived = threading.Event()

    async def hold(request: web.Request) -> web.StreamResponse:
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError(request)

    stub.handler = hold
    process = start_script(
        MAIN,
        *("organizations", "list", "--url", stub.url),
        CLICKHOUSE_CLOUD_API_KEY="k",
        CLICKHOUSE_CLOUD_API_SECRET="s",
    )
    assert arrived.wait(GUARD)
    process.send_signal(signal.SIGINT)

    assert finish(process) == (130, "", "")


NARROW = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""A locale that knows ASCII alone."""


def test_narrow_encoding() -> None:
    """What the locale's encoding lacks is escaped in a table, and whole in formats for programs."""
    with Emulator([{"name": "Größe"}], time_scale=0) as emulator:
        formats = ("table", "json", "yaml", "csv", "name")
        listing = [("services", "list", "--output", name) for name in formats]
        shown, err = in_pipes(*listing, environment=environment(emulator) | NARROW)

    assert err == ""
    assert [each.code for each in shown] == [0] * len(formats)
    table, *others = (each.raw for each in shown)
    assert r"Gr\xf6\xdfe" in table
    assert all("Größe" in text for text in others)


ON_TERMINALS = (
    ("services", "list"),
    ("services", "list", "--columns", "name,id,state,region"),
    ("fleet", "status"),
    ("fleet", "start", "--all", "--dry-run"),
    ("organizations", "list"),
    ("whoami",),
    ("--help",),
    ("services", "--help"),
    ("services", "create", "--help"),
    ("services", "awake", "--help"),
    ("clickpipes", "create", "--help"),
    ("fleet", "plan", "--help"),
    ("wait", "services", "--help"),
    ("query", "--help"),
    ("emulator", "--help"),
    ("contract", "diff", "--help"),
    ("api7", "applications", "create", "--help"),
    ("omnistrate", "instances", "create", "--help"),
    ("profiles", "list"),
    ("quotas", "list"),
    ("notifications", "list"),
    ("api", "-h"),
)
"""Commands that print tables and help, which have to fit the terminal."""


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_terminals(emulator: Emulator, size: tuple[int, int]) -> None:
    """Tables and help fit the terminal's width; colours are left out where they are unwanted."""
    columns, _ = size
    uncoloured = [(arguments, {"NO_COLOR": "1"}) for arguments in ON_TERMINALS]

    shown = on_terminal(*ON_TERMINALS, *uncoloured, size=size, environment=environment(emulator))

    assert [each.code for each in shown] == [0] * len(shown)
    coloured, plain = shown[: len(ON_TERMINALS)], shown[len(ON_TERMINALS) :]
    for arguments, one, other in zip(ON_TERMINALS, coloured, plain, strict=True):
        assert max(map(len, one.lines)) <= columns, arguments
        assert _without_times(other.lines) == _without_times(one.lines), arguments
        assert "\x1b[3" not in other.raw, arguments
    listed, chosen = shown[0], shown[1]
    assert "\x1b[32mrunning" in listed.raw
    assert listed.lines[0].split()[:4] == ["NAME", "STATE", "REGION", "SIZE"]
    assert len(listed.lines) == 1 + 12 + 1
    assert listed.lines[-1].startswith("not shown, for lack of width: ")
    assert chosen.lines[0].split()[:2] == ["NAME", "ID"]


@pytest.mark.parametrize("columns", [80, 120])
def test_narrow_terminals(emulator: Emulator, columns: int) -> None:
    """Where the locale knows ASCII alone, tables and help have it, and the same width."""
    variables = environment(emulator) | NARROW

    shown = on_terminal(*ON_TERMINALS, size=(columns, 24), environment=variables)

    assert [each.code for each in shown] == [0] * len(shown)
    for arguments, each in zip(ON_TERMINALS, shown, strict=True):
        assert each.raw.isascii(), arguments
        assert max(map(len, each.lines), default=0) <= columns, arguments
        assert "\\u2026" not in each.raw, arguments


def _without_times(lines: list[str]) -> list[str]:
    return [re.sub(r"\d+\.\d s", "... s", line) for line in lines]


def test_interrupted_question(emulator: Emulator) -> None:
    """Ctrl-C at a question ends the program with 130, and nothing is done."""
    service = "services/00000000-0000-4000-8000-000000000000"

    with terminal("api", "DELETE", service, environment=environment(emulator)) as running:
        running.read_question("type ")
        running.process.send_signal(signal.SIGINT)
        running.read_all()
        assert running.process.wait(GUARD) == 130

    assert "DELETE" not in {request.method for request in emulator.requests}
