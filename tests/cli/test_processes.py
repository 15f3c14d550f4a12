"""What only a whole process shows: imports, pipes, signals, terminals."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async._version import __version__
from clickhouse_cloud_async.core.extras import install_command
from clickhouse_cloud_async.emulator import Emulator
from tests.client.processes import GUARD, finish, run_script, start_script

from .program import environment
from .terminal import terminal, without_escapes

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
        ["services", "get", "--help"],
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


ENDING_WITH_0 = [
    ["services", "list"],
    ["services", "list", "--output", "json"],
    ["fleet", "status"],
    ["demo", "--time-scale", "15"],
    ["--help"],
    ["fleet", "--help"],
    ["--version"],
]
"""Commands that end with 0 whether or not all was written before the reader left."""

NEVER_READ = [
    ["fleet", "start", "--all", "--no-wait"],
    ["fleet", "watch", "--initial"],
    ["emulator", "--port", "0"],
]
"""Commands that end with the code of their report, or go on, once all was written."""


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [(arguments, lines) for arguments in ENDING_WITH_0 for lines in (0, 1)]
    + [(arguments, 0) for arguments in NEVER_READ],
)
def test_closed_pipe(emulator: Emulator, arguments: list[str], lines: int) -> None:
    """A reader that goes away, at once or after a line, ends the program in silence, with 0."""
    process = start_script(MAIN, *arguments, **environment(emulator))
    assert process.stdout is not None
    for _ in range(lines):
        process.stdout.readline()
    process.stdout.close()

    outcome = finish(process)
    errors = [line for line in outcome.err.splitlines() if not line.startswith(_PROGRESS)]
    assert (outcome.status, errors) == (0, [])


_PROGRESS = ("  ", "not shown, for lack of width")


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


@pytest.mark.parametrize("output", ["json", "table"])
def test_narrow_encoding(output: str) -> None:
    """A name that the terminal's encoding lacks is escaped in a table and whole in JSON."""
    with Emulator([{"name": "Größe"}], time_scale=0) as emulator:
        outcome = run_script(
            MAIN,
            *("services", "list", "--output", output),
            PYTHONIOENCODING="ascii",
            **environment(emulator),
        )

    assert (outcome.status, outcome.err) == (0, "")
    assert ("Größe" if output == "json" else r"Gr\xf6\xdfe") in outcome.out


def test_narrow_terminal(emulator: Emulator) -> None:
    """On 80 columns a table leaves out what does not fit, says so, and breaks no line."""
    with terminal("services", "list", environment=environment(emulator)) as running:
        lines = without_escapes(running.read_all()).splitlines()

    assert lines[0].split() == ["NAME", "STATE", "REGION", "SIZE"]
    assert len(lines) == 1 + 12 + 1
    assert all(len(line) <= 80 for line in lines)
    assert lines[-1] == "not shown, for lack of width: id, tags"


def test_wide_terminal(emulator: Emulator) -> None:
    """On a wide terminal a table is whole, and in colour."""
    with terminal("services", "list", columns=160, environment=environment(emulator)) as running:
        shown = running.read_all()

    lines = without_escapes(shown).splitlines()
    assert lines[0].split() == ["NAME", "STATE", "REGION", "SIZE", "ID", "TAGS"]
    assert len(lines) == 1 + 12
    assert "\x1b[32mrunning" in shown


def test_no_color(emulator: Emulator) -> None:
    """``NO_COLOR`` is honoured on a terminal."""
    uncoloured = environment(emulator) | {"NO_COLOR": "1"}

    with terminal("services", "list", environment=uncoloured) as running:
        assert "\x1b[3" not in running.read_all()
